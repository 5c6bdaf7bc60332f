"""Matrix products for which `np.dot` alone would be slow or differ in the last bits.

Large float32 and float64 products are computed in blocks of rows; in book precision all are computed in float64.
"""

from __future__ import annotations

import numpy as np

from nncli.arrays import Array
from nncli.nn.engine import blas
from nncli.nn.engine.record import constant

# OpenBLAS has faster kernels for products of at most this many multiplications (AVX-512: five sixths of the time),
# which pay off from this many rows.
SMALL_PRODUCT, MIN_ROWS = 1_000_000, 64


def dot(a: Array, b: Array) -> Array:
    """Return the product of a (n, m) and b (m, k)."""
    if not blas.multiplies_in_blocks():
        return np.dot(a, b)
    blocks = max(1, -(-a.shape[0] * a.shape[1] * b.shape[1] // SMALL_PRODUCT))
    if a.flags.c_contiguous and len(a) >= blocks * MIN_ROWS:
        if not b.flags.c_contiguous and blas.has_small_kernels():
            b = b.copy()  # (1000, 64) by (64, 64): 123 us with the copy, 137 us transposed
        if blocks > 1 and b.flags.c_contiguous:
            return _dot_in_blocks(a, b, blocks)
    elif blocks > 1 and len(b) >= blocks * MIN_ROWS and a.T.flags.c_contiguous and b.flags.c_contiguous:
        return _sum_over_blocks(a, b, blocks)
    return np.dot(a, b)


def _dot_in_blocks(a: Array, b: Array, blocks: int) -> Array:
    """Return the product, computed separately for each block of rows of a."""
    rows = len(a) // blocks
    end = rows * blocks
    product = np.empty_like(a, shape=(len(a), b.shape[1]))
    np.matmul(a[:end].reshape(blocks, rows, -1), b, out=product[:end].reshape(blocks, rows, -1))
    if end < len(a):
        np.dot(a[end:], b, out=product[end:])
    return product


def _sum_over_blocks(a: Array, b: Array, blocks: int) -> Array:
    """Return a weight gradient, xᵀ dy, as the sum of the products of blocks of rows."""
    x, rows = a.T, len(b) // blocks
    end = rows * blocks
    parts = np.empty_like(b, shape=(blocks + (end < len(x)), x.shape[1], b.shape[1]))
    lefts = x[:end].reshape(blocks, rows, -1).transpose(0, 2, 1)
    np.matmul(lefts, b[:end].reshape(blocks, rows, -1), out=parts[:blocks])
    if end < len(x):
        np.dot(x[end:].T, b[end:], out=parts[blocks])
    ones = constant(np.ones(len(parts), b.dtype))
    return np.dot(ones, parts.reshape(len(parts), -1)).reshape(parts.shape[1:])


def book_dot(a: Array, b: Array) -> Array:
    """Return the product computed in float64 and rounded to float32, as in the book."""
    if a.shape[1] == 1 and a.dtype == b.dtype == np.float32:
        # Each entry is one product, exact in float64, so rounding directly changes at most the sign of zeros.
        return np.dot(a, b)
    return np.dot(_as_float64(a), _as_float64(b)).astype(np.float32)


def _as_float64(a: Array) -> Array:
    """Return a in float64, in its memory order: for the same bits, BLAS must get a transposed view transposed."""
    if not a.flags.c_contiguous and a.T.flags.c_contiguous:
        return _as_float64(a.T).T
    return a.astype(np.float64, copy=False)
