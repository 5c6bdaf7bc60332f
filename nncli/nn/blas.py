"""What is to be known of OpenBLAS: its kernels, and what it needs before it multiplies at full speed."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

COLUMNS, ROWS = 512, 64


@functools.cache
def has_small_kernels() -> bool:
    """Whether there are kernels for matrices that are small in a direction: OpenBLAS has them for AVX-512 alone."""
    found: list[str] = np.show_config(mode="dicts").get("SIMD Extensions", {}).get("found", [])
    return any(name.startswith(("AVX512", "X86_V4")) for name in found)


@functools.cache
def warm_up(dtype: np.dtype[Any]) -> None:
    """Multiplies once in a way that touches the memory into which OpenBLAS packs matrices, in half a millisecond.

    Its kernels look ahead, beyond what is packed. Where nobody has written there yet, the look ahead finds no page
    of memory, every time anew, and products such as (128, 784) by (784, 128) take twice their time (OpenBLAS 0.3.31,
    Haswell kernels on an AMD EPYC). A product xᵀ x packs differently, and writes there.
    """
    x = np.ones((ROWS, COLUMNS), dtype)
    np.dot(x.T, x)
