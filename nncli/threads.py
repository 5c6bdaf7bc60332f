"""How many threads multiply matrices: decided before NumPy is imported, which reads it once."""

from __future__ import annotations

import os

VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def pin(threads: int | None = None) -> None:
    """Sets the number of BLAS threads; without one, the environment's own setting stays, else it is 1.

    One is the default since networks of this size gain nothing from two and lose much where a core is busy.
    """
    if threads is None and any(os.environ.get(name) for name in VARIABLES):
        return
    os.environ.update(setting(threads or 1))


def is_one() -> bool:
    """Whether the environment gives a single thread; where it says nothing, libraries take all cores."""
    return next((os.environ[name] for name in VARIABLES if os.environ.get(name)), "") == "1"


def setting(threads: int) -> dict[str, str]:
    """The environment variables that give a process so many threads."""
    return dict.fromkeys(VARIABLES, str(threads))
