"""Tests of the network, most of them second opinions from outside."""
