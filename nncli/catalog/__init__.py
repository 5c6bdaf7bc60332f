"""Runs as records: read, filter, sort, group by seed, compare. Nothing here imports NumPy."""
