"""OpenBLAS: when its fast paths apply, and the warm-up before it multiplies at full speed."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from nncli import threads

COLUMNS, ROWS = 512, 64
OPENBLAS = "openblas"
# The kernels for AVX-512, the only ones with faster code for matrices that are small in a direction.
SMALL_KERNELS = ("skylakex", "cooperlake", "sapphirerapids")


def multiplies_in_blocks() -> bool:
    """Return whether a large product may be cut into blocks: they were timed on OpenBLAS, and threads share none."""
    return threads.blas().library == OPENBLAS and threads.count() == 1


@functools.cache
def has_small_kernels() -> bool:
    """Return whether the kernels that run, which the environment may choose, have code for small matrices."""
    blas = threads.blas()
    return blas.library == OPENBLAS and (blas.kernels or "").lower() in SMALL_KERNELS


@functools.cache
def warm_up(dtype: np.dtype[Any]) -> None:
    """Touch the memory into which OpenBLAS packs matrices, by one product that takes half a millisecond.

    Its kernels prefetch beyond the packed matrix. Until those pages exist, every prefetch faults, and products such as
    (128, 784) by (784, 128) take twice their time (OpenBLAS 0.3.31, Haswell kernels on an AMD EPYC). A product xᵀ x
    packs differently, and writes there.
    """
    if threads.blas().library == OPENBLAS:
        x = np.ones((ROWS, COLUMNS), dtype)
        np.dot(x.T, x)
