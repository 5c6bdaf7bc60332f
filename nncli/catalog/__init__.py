"""Runs as records: read fast, chosen by a filter, sorted, folded by seed and compared. Nothing here imports NumPy."""
