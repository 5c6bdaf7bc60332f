"""Products of matrices where `np.dot` alone would not do: large ones in blocks, and those of the book's arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nncli.nn import blas
from nncli.nn.memory import Array

if TYPE_CHECKING:
    from nncli.nn.ops import Ops

# OpenBLAS has faster kernels for products of so few multiplications (AVX-512: in five sixths of the time), which pay
# from so many rows on.
SMALL_PRODUCT, FEWEST_ROWS = 1_000_000, 64


def dot(a: Array, b: Array, out: Array, ops: Ops) -> Array:
    """The product of a (n, m) and b (m, k), into out (n, k)."""
    if not blas.multiplies_in_blocks():
        return np.dot(a, b, out=out)
    blocks = max(1, -(-a.shape[1] * out.size // SMALL_PRODUCT))
    if a.flags.c_contiguous and len(a) >= blocks * FEWEST_ROWS:
        if not b.flags.c_contiguous and blas.has_small_kernels():
            b = _copy(b, ops)  # they take less time for it, copying included, than for a transposed matrix
        if blocks > 1 and b.flags.c_contiguous and out.flags.c_contiguous:
            return _dot_in_blocks(a, b, out, blocks, ops)
    elif blocks > 1 and len(b) >= blocks * FEWEST_ROWS and all(x.flags.c_contiguous for x in (a.T, b, out)):
        return _dot_of_blocks(a, b, out, blocks, ops)
    return np.dot(a, b, out=out)


def _copy(a: Array, ops: Ops) -> Array:
    copy = ops.empty(a.shape, a.dtype)
    np.copyto(copy, a)
    return copy


def _dot_in_blocks(a: Array, b: Array, out: Array, blocks: int, ops: Ops) -> Array:
    """Each block of the rows of a for itself."""
    rows = len(a) // blocks
    most = rows * blocks
    np.matmul(a[:most].reshape(blocks, rows, -1), b, out=out[:most].reshape(blocks, rows, -1))
    if most < len(a):
        np.dot(a[most:], b, out=out[most:])
    return out


def _dot_of_blocks(a: Array, b: Array, out: Array, blocks: int, ops: Ops) -> Array:
    """A weight gradient, xᵀ dy, as the sum of the products of blocks of rows."""
    x, rows = a.T, len(b) // blocks
    most = rows * blocks
    parts = ops.empty((blocks + (most < len(x)), *out.shape), out.dtype)
    lefts = x[:most].reshape(blocks, rows, -1).transpose(0, 2, 1)
    np.matmul(lefts, b[:most].reshape(blocks, rows, -1), out=parts[:blocks])
    if most < len(x):
        np.dot(x[most:].T, b[most:], out=parts[blocks])
    np.dot(ops.ones(len(parts), out.dtype), parts.reshape(len(parts), -1), out=out.reshape(-1))
    return out


def rounded_dot(a: Array, b: Array, out: Array, ops: Ops) -> Array:
    """The product in float64, rounded to the float32 of out."""
    if a.shape[1] == 1 and a.dtype == b.dtype == np.float32:
        # A product of two, which float64 would hold exactly: rounded at once, it differs in the sign of zeros at most.
        return np.dot(a, b, out=out)
    product = ops.scratch("product", out.shape)
    np.dot(_double(a, "left", ops), _double(b, "right", ops), out=product)
    np.copyto(out, product, casting="same_kind")
    return out


def _double(a: Array, role: str, ops: Ops) -> Array:
    """A in float64, in the same memory order: a transposed view must reach the BLAS as one, for the same bits."""
    if a.dtype == np.float64:
        return a
    if not a.flags.c_contiguous and a.T.flags.c_contiguous:
        return _double(a.T, role, ops).T
    double = ops.scratch(role, a.shape)
    np.copyto(double, a)
    return double
