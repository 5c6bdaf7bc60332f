"""Tests of the experiment file: reading, layering, checking and describing it."""
