"""Arithmetic that depends on the precision: products, sums and maxima along an axis, and random masks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import as_strided

from nncli.arrays import Array, Shape
from nncli.nn.engine import blas, matmul
from nncli.nn.engine.record import constant, draw, view_within
from nncli.nn.engine.rng import RandomStream
from nncli.nn.engine.watched_array import address, unwrap

Precision: TypeAlias = Literal["float32", "float64", "book"]
AffineBackward: TypeAlias = Callable[[Array], tuple[Array, Array]]

# Sizes from which each method of computing pays off, as timed in float32; results hardly depend on them.
UNITS_PER_INPUT = 16  # for adding a column of ones to the inputs
PIECE, MIN_PIECES = 8_000, 4  # numbers per piece to which biases are added at once
FEW_COLUMNS = 32  # copying them costs less than comparing within rows


class Ops:
    """Arithmetic for one precision, inside or outside training.

    Book precision is the arithmetic of the book after `nnfs.init()`: each matrix product is computed in float64 and
    rounded to float32, and NumPy's promotion applies to everything else.
    """

    def __init__(self, precision: Precision, random: RandomStream, *, training: bool = True) -> None:
        self.book = precision == "book"
        self.dtype = np.dtype(np.float32 if self.book else precision)
        self.training = training
        self._random = random
        self._ones: dict[tuple[int, np.dtype], Array] = {}

    @classmethod
    def float64(cls, seed: int = 0) -> Ops:
        """Return float64 arithmetic with masks drawn from a seed, for tests and for trying out a layer."""
        return cls("float64", np.random.default_rng(seed))

    def dot(self, a: Array, b: Array) -> Array:
        """Return the product of matrices a (n, m) and b (m, k)."""
        return matmul.book_dot(a, b) if self.book else matmul.dot(a, b)

    def affine(self, x: Array, weights: Array, biases: Array) -> tuple[Array, AffineBackward]:
        """Return y = x W + b for x (n, inputs), W (inputs, units), b (units,); and the function of dy to dW and db.

        dW = xᵀ dy        db = Σₙ dy
        """
        use_ones = x.shape[1] * UNITS_PER_INPUT <= len(biases) and not self.book
        stacked = self.weights_with_biases(weights, biases) if use_ones else None
        if stacked is None:
            y = add_row(self.dot(x, weights), biases)
        else:  # copying few inputs takes less time than adding b to many outputs and summing dy
            x_with_ones = _with_ones(x)
            y = self.dot(x_with_ones, stacked)

        def backward(dy: Array) -> tuple[Array, Array]:
            if stacked is None or not blas.has_small_kernels():
                return self.dot(x.T, dy), self.sum_over_samples(dy)
            gradients = self.dot(x_with_ones.T, dy)
            return gradients[:-1], gradients[-1]

        return y, backward

    def weights_with_biases(self, weights: Array, biases: Array) -> Array | None:
        """Return [W; b] as one matrix (inputs + 1, units) if they are adjacent in memory, as in networks, else None."""
        compatible = weights.flags.c_contiguous and weights.dtype == biases.dtype
        if not compatible or address(biases) != address(weights) + weights.nbytes:
            return None
        shape, strides = (len(weights) + 1, len(biases)), (biases.nbytes, biases.itemsize)
        return view_within(weights, as_strided(unwrap(weights), shape, strides))

    def sum_over_samples(self, x: Array) -> Array:
        """Return the sum (k,) of x (n, k) over its rows."""
        if not self.book:
            return np.dot(self._vector_of_ones(len(x), x.dtype), x)  # half the time of np.sum
        if x.shape[1] == 1 or not x.flags.c_contiguous:  # these are summed in another order
            return np.add.reduce(x, axis=0)
        return np.einsum("ij->j", x)  # the bits of np.sum in two thirds of the time

    def row_sums(self, x: Array) -> Array:
        """Return the sum of each row of x (n, k), as a column (n, 1)."""
        if self.book:
            return np.add.reduce(x, axis=1, keepdims=True)
        return np.dot(x, self._vector_of_ones(x.shape[1], x.dtype).reshape(-1, 1))  # a third of the time of np.sum

    def row_maximum(self, x: Array) -> Array:
        """Return the largest entry of each row of x (n, k), as a column (n, 1)."""
        if x.shape[1] > FEW_COLUMNS:
            return np.maximum.reduce(x, axis=1, keepdims=True)
        return np.maximum.reduce(x.T.copy(), axis=0).reshape(-1, 1)  # half the time, including the copy

    def total(self, x: Array) -> Array:
        """Return the sum of all entries, in the dtype of x."""
        return (
            np.add.reduce(x, axis=None) if self.book else np.dot(self._vector_of_ones(x.size, x.dtype), x.reshape(-1))
        )

    def sum_of_squares(self, x: Array) -> Array:
        """Return Σ x² over all entries, in the dtype of x."""
        return self.total(x * x) if self.book else np.dot(x.reshape(-1), x.reshape(-1))

    def count(self, true: Array) -> Array:
        """Return the number of true entries, in float64."""
        return np.dot(self._vector_of_ones(true.size, np.dtype(np.float64)), true.reshape(-1).astype(np.float64))

    def keep_mask(self, keep: float, shape: Shape) -> Array:
        """Return a random mask: 1 / keep with probability `keep`, else 0.

        In book precision it is drawn as in the book, in float64 from the one stream.
        """
        random = self._random
        if isinstance(random, np.random.RandomState):
            mask = draw(np.empty(shape), lambda out: np.copyto(out, random.binomial(1, keep, out.shape)))
            return mask / keep
        uniform = draw(np.empty(shape, self.dtype), lambda out: random.random(dtype=self.dtype.type, out=out))
        return (uniform < keep).astype(self.dtype) / keep

    def _vector_of_ones(self, count: int, dtype: np.dtype) -> Array:
        """Return a shared vector of ones, for sums computed as products."""
        ones = self._ones.get((count, dtype))
        if ones is None:
            ones = self._ones[count, dtype] = np.ones(count, dtype)
        return constant(ones)

    @staticmethod
    def constant(array: Array) -> Array:
        """Declare an array that a component creates, such as `np.arange(k)`, to be the same at every step."""
        return constant(array)


def add_row(y: Array, row: Array) -> Array:
    """Return y (n, k) + row (k,). For 1000 x 64 float32, adding to many rows at once takes 10 us instead of 32."""
    n, k = y.shape
    pieces = y.size // PIECE
    if k == 1 or pieces < MIN_PIECES:
        return y + (row.reshape(()) if k == 1 else row)
    rows = n // pieces
    tile, total = np.empty_like(y, shape=(rows, k)), np.empty_like(y)
    tile[...] = row
    shape, end = (pieces, rows * k), rows * pieces
    np.add(y[:end].reshape(shape), tile.reshape(-1), out=total[:end].reshape(shape))
    if end < n:
        np.add(y[end:], row, out=total[end:])
    return total


def _with_ones(x: Array) -> Array:
    """Return [x 1], whose product with [W; b] is x W + b."""
    n, inputs = x.shape
    with_ones = np.empty_like(x, shape=(n, inputs + 1))
    with_ones[:, :inputs] = x
    with_ones[:, inputs] = 1
    return with_ones
