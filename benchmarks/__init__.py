"""Benchmarks of nncli against the alternatives; `python -m benchmarks --help` lists them."""
