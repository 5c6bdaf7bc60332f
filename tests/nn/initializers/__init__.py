"""Tests of initializers."""
