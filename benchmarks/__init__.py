"""Benchmarks: what nncli reaches beside what people would pick instead. `python -m benchmarks` tells of them."""
