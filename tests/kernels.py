"""The environment variables that choose kernels and threads: a process needs them to compute the digits of this one."""

from __future__ import annotations

import os

PREFIXES = ("OPENBLAS_", "GOTO_", "NPY_", "OMP_", "KMP_", "MKL_", "BLIS_", "VECLIB_", "LD_LIBRARY_", "DYLD_")


def environment() -> dict[str, str]:
    """Return these variables as they are here."""
    return {name: value for name, value in os.environ.items() if name.startswith(PREFIXES)}
