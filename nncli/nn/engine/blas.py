"""OpenBLAS: when its fast paths apply, and the warm-up that it needs for full speed."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from nncli import threads

WARM_UP_ROWS, WARM_UP_COLUMNS = 64, 512
OPENBLAS = "openblas"
# The kernels for AVX-512 are the only ones with faster code for matrices that are small in one dimension.
SMALL_KERNELS = ("skylakex", "cooperlake", "sapphirerapids")


def multiplies_in_blocks() -> bool:
    """Return whether to cut large products into blocks: only on OpenBLAS, where this was timed, and with one thread."""
    return threads.blas().library == OPENBLAS and threads.count() == 1


@functools.cache
def has_small_kernels() -> bool:
    """Return whether the kernels in use, which the environment may select, have code for small matrices."""
    blas = threads.blas()
    return blas.library == OPENBLAS and (blas.kernels or "").lower() in SMALL_KERNELS


@functools.cache
def warm_up(dtype: np.dtype[Any]) -> None:
    """Touch the memory into which OpenBLAS packs matrices, by one product that takes half a millisecond.

    Its kernels prefetch beyond the packed matrix. Until those pages are mapped, every prefetch faults, and products
    such as (128, 784) by (784, 128) take twice as long (OpenBLAS 0.3.31, Haswell kernels on an AMD EPYC). A product
    xᵀ x packs differently and writes to those pages.
    """
    if threads.blas().library == OPENBLAS:
        x = np.ones((WARM_UP_ROWS, WARM_UP_COLUMNS), dtype)
        np.dot(x.T, x)
