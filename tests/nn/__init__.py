"""Tests of the network, most of them against independent implementations."""
