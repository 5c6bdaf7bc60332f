"""Environment variables that choose kernels and threads, for child processes that must compute the same digits."""

from __future__ import annotations

import os

PREFIXES = ("OPENBLAS_", "GOTO_", "NPY_", "OMP_", "KMP_", "MKL_", "BLIS_", "VECLIB_", "LD_LIBRARY_", "DYLD_")


def environment() -> dict[str, str]:
    """Return the current values of these variables."""
    return {name: value for name, value in os.environ.items() if name.startswith(PREFIXES)}
