"""Products of matrices, where `np.dot` alone would be slow or have other bits.

Large float32 and float64 products are made in blocks of rows; those of the book's arithmetic are computed in float64.
"""

from __future__ import annotations

import numpy as np

from nncli.arrays import Array
from nncli.nn.engine import blas
from nncli.nn.engine.record import constant

# OpenBLAS has faster kernels for products of so few multiplications (AVX-512: in five sixths of the time), which pay
# from so many rows on.
SMALL_PRODUCT, MIN_ROWS = 1_000_000, 64


def dot(a: Array, b: Array) -> Array:
    """The product of a (n, m) and b (m, k)."""
    if not blas.multiplies_in_blocks():
        return np.dot(a, b)
    blocks = max(1, -(-a.shape[0] * a.shape[1] * b.shape[1] // SMALL_PRODUCT))
    if a.flags.c_contiguous and len(a) >= blocks * MIN_ROWS:
        if not b.flags.c_contiguous and blas.has_small_kernels():
            b = b.copy()  # copying included, 123 us for (1000, 64) by (64, 64) in place of 137 for a transposed matrix
        if blocks > 1 and b.flags.c_contiguous:
            return _dot_in_blocks(a, b, blocks)
    elif blocks > 1 and len(b) >= blocks * MIN_ROWS and a.T.flags.c_contiguous and b.flags.c_contiguous:
        return _dot_of_blocks(a, b, blocks)
    return np.dot(a, b)


def _dot_in_blocks(a: Array, b: Array, blocks: int) -> Array:
    """Each block of the rows of a for itself."""
    rows = len(a) // blocks
    most = rows * blocks
    product = np.empty_like(a, shape=(len(a), b.shape[1]))
    np.matmul(a[:most].reshape(blocks, rows, -1), b, out=product[:most].reshape(blocks, rows, -1))
    if most < len(a):
        np.dot(a[most:], b, out=product[most:])
    return product


def _dot_of_blocks(a: Array, b: Array, blocks: int) -> Array:
    """A weight gradient, xᵀ dy, as the sum of the products of blocks of rows."""
    x, rows = a.T, len(b) // blocks
    most = rows * blocks
    parts = np.empty_like(b, shape=(blocks + (most < len(x)), x.shape[1], b.shape[1]))
    lefts = x[:most].reshape(blocks, rows, -1).transpose(0, 2, 1)
    np.matmul(lefts, b[:most].reshape(blocks, rows, -1), out=parts[:blocks])
    if most < len(x):
        np.dot(x[most:].T, b[most:], out=parts[blocks])
    ones = constant(np.ones(len(parts), b.dtype))
    return np.dot(ones, parts.reshape(len(parts), -1)).reshape(parts.shape[1:])


def rounded_dot(a: Array, b: Array) -> Array:
    """The product in float64, rounded to float32: the arithmetic of the book."""
    if a.shape[1] == 1 and a.dtype == b.dtype == np.float32:
        # A product of two, which float64 would hold exactly: rounded at once, it differs in the sign of zeros at most.
        return np.dot(a, b)
    return np.dot(_double(a), _double(b)).astype(np.float32)


def _double(a: Array) -> Array:
    """a in float64, in the same memory order: a transposed view must reach the BLAS as one, for the same bits."""
    if not a.flags.c_contiguous and a.T.flags.c_contiguous:
        return _double(a.T).T
    return a.astype(np.float64, copy=False)
