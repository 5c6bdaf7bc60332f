"""The contracts that every registered component keeps; each test loops over the registry."""
