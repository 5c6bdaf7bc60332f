"""Arithmetic that depends on the precision: products, sums and maxima along an axis, and random masks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import as_strided

from nncli.arrays import Array, Shape
from nncli.nn.engine import blas, matmul
from nncli.nn.engine.record import constant, draw, view_within
from nncli.nn.engine.rng import Generator
from nncli.nn.engine.watched import address, unwatched

Precision: TypeAlias = Literal["float32", "float64", "book"]
AffineBackward: TypeAlias = Callable[[Array], tuple[Array, Array]]

# Where each way of computing begins to pay, as timed in float32; results hardly depend on it.
UNITS_PER_INPUT = 16  # a column of ones beside the inputs
PIECE, MIN_PIECES = 8_000, 4  # numbers to which a bias is added at once
FEW_COLUMNS = 32  # to copy them costs less than to compare within rows


class Ops:
    """Arithmetic for one precision, while training or not.

    `book` rounds each product of matrices, computed in float64, to float32 and leaves all else to NumPy's promotion:
    the arithmetic of the book after `nnfs.init()`.
    """

    def __init__(self, precision: Precision, random: Generator, *, training: bool = True) -> None:
        self.book = precision == "book"
        self.dtype = np.dtype(np.float32 if self.book else precision)
        self.training = training
        self._random = random
        self._ones: dict[tuple[int, np.dtype], Array] = {}

    @classmethod
    def float64(cls, seed: int = 0) -> Ops:
        """Arithmetic in float64 whose masks are drawn from a seed: for tests and for trying a layer by hand."""
        return cls("float64", np.random.default_rng(seed))

    def dot(self, a: Array, b: Array) -> Array:
        """The product of matrices a (n, m) and b (m, k)."""
        return matmul.rounded_dot(a, b) if self.book else matmul.dot(a, b)

    def affine(self, x: Array, weights: Array, biases: Array) -> tuple[Array, AffineBackward]:
        """y = x W + b for x (n, inputs), W (inputs, units), b (units,), and what gives dW and db for dy (n, units).

        dW = xᵀ dy        db = Σₙ dy
        """
        few = x.shape[1] * UNITS_PER_INPUT <= len(biases) and not self.book
        joined = self.joined(weights, biases) if few else None
        if joined is None:
            y = add_row(self.dot(x, weights), biases)
        else:  # to copy few inputs takes less than to add to many outputs, and to sum these up in the end
            beside_ones = _beside_ones(x)
            y = self.dot(beside_ones, joined)

        def backward(dy: Array) -> tuple[Array, Array]:
            if joined is None or not blas.has_small_kernels():
                return self.dot(x.T, dy), self.sum_over_samples(dy)
            both = self.dot(beside_ones.T, dy)
            return both[:-1], both[-1]

        return y, backward

    def joined(self, weights: Array, biases: Array) -> Array | None:
        """[W; b] as one matrix (inputs + 1, units), if they lie one after the other, as a network's do, else None."""
        together = weights.flags.c_contiguous and weights.dtype == biases.dtype
        if not together or address(biases) != address(weights) + weights.nbytes:
            return None
        shape, strides = (len(weights) + 1, len(biases)), (biases.nbytes, biases.itemsize)
        return view_within(weights, as_strided(unwatched(weights), shape, strides))

    def sum_over_samples(self, x: Array) -> Array:
        """The sum of x (n, k) over its rows: (k,)."""
        if not self.book:
            return np.dot(self._one(len(x), x.dtype), x)  # half the time of a sum
        if x.shape[1] == 1 or not x.flags.c_contiguous:  # such sums have an order of their own
            return np.add.reduce(x, axis=0)
        return np.einsum("ij->j", x)  # the bits of a sum in two thirds of its time

    def row_sums(self, x: Array) -> Array:
        """The sum of each row of x (n, k), as a column (n, 1)."""
        if self.book:
            return np.add.reduce(x, axis=1, keepdims=True)
        return np.dot(x, self._one(x.shape[1], x.dtype).reshape(-1, 1))  # a third of the time of a sum

    def row_maximum(self, x: Array) -> Array:
        """The largest entry of each row of x (n, k), as a column (n, 1)."""
        if x.shape[1] > FEW_COLUMNS:
            return np.maximum.reduce(x, axis=1, keepdims=True)
        return np.maximum.reduce(x.T.copy(), axis=0).reshape(-1, 1)  # half the time, with the copy

    def total(self, x: Array) -> Array:
        """The sum of all entries, of x's dtype."""
        return np.add.reduce(x, axis=None) if self.book else np.dot(self._one(x.size, x.dtype), x.reshape(-1))

    def sum_of_squares(self, x: Array) -> Array:
        """Σ x² over all entries, of x's dtype."""
        return self.total(x * x) if self.book else np.dot(x.reshape(-1), x.reshape(-1))

    def count(self, true: Array) -> Array:
        """How many entries are true, in float64."""
        return np.dot(self._one(true.size, np.dtype(np.float64)), true.reshape(-1).astype(np.float64))

    def keep_mask(self, keep: float, shape: Shape) -> Array:
        """1 / keep where an entry is kept, which happens with probability `keep`, else 0.

        Under book precision drawn as the book does, in float64 from the one stream.
        """
        random = self._random
        if isinstance(random, np.random.RandomState):
            kept = draw(np.empty(shape), lambda out: np.copyto(out, random.binomial(1, keep, out.shape)))
            return kept / keep
        uniform = draw(np.empty(shape, self.dtype), lambda out: random.random(dtype=self.dtype.type, out=out))
        return (uniform < keep).astype(self.dtype) / keep

    def _one(self, count: int, dtype: np.dtype) -> Array:
        """Ones to read from: a product with them is a sum."""
        ones = self._ones.get((count, dtype))
        if ones is None:
            ones = self._ones[count, dtype] = np.ones(count, dtype)
        return constant(ones)

    @staticmethod
    def constant(array: Array) -> Array:
        """An array that a component makes by itself and that is the same at every step, such as `np.arange(k)`."""
        return constant(array)


def add_row(y: Array, row: Array) -> Array:
    """y (n, k) + row (k,): if y is large, in pieces of many rows: 10 us in place of 32 for 1000 x 64 float32."""
    n, k = y.shape
    pieces = y.size // PIECE
    if k == 1 or pieces < MIN_PIECES:
        return y + (row.reshape(()) if k == 1 else row)
    rows = n // pieces
    tile, total = np.empty_like(y, shape=(rows, k)), np.empty_like(y)
    tile[...] = row
    shape, most = (pieces, rows * k), rows * pieces
    np.add(y[:most].reshape(shape), tile.reshape(-1), out=total[:most].reshape(shape))
    if most < n:
        np.add(y[most:], row, out=total[most:])
    return total


def _beside_ones(x: Array) -> Array:
    """[x 1], whose product with [W; b] is x W + b."""
    n, inputs = x.shape
    beside = np.empty_like(x, shape=(n, inputs + 1))
    beside[:, :inputs] = x
    beside[:, inputs] = 1
    return beside
