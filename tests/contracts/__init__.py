"""Contracts that every registered component must keep; each test loops over the registry."""
