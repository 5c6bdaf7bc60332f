"""The one place that knows about precision and speed: sums and products of matrices, in the memory of a step."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import as_strided

from nncli.nn.memory import Memory
from nncli.nn.recording import Array as Array  # known to all from here
from nncli.nn.streams import Generator

Precision: TypeAlias = Literal["float32", "float64", "book"]
AffineBackward: TypeAlias = Callable[[Array, Array, Array], None]

# Where each way of computing begins to pay, as timed in float32; results hardly depend on it.
SMALL_PRODUCT, FEWEST_ROWS = 1_000_000, 64  # multiplications of a block of a product, and its rows
UNITS_PER_INPUT = 16  # a column of ones beside the inputs
FEW_COLUMNS = 32  # to copy them costs less than to compare within rows
TILE, FEWEST_TILES = 8_000, 4  # numbers in a piece to which a bias is added, and pieces


class Ops(Memory):
    """Arithmetic for one precision, training or not, with the memory that its steps share.

    `book` rounds each product of matrices, computed in float64, to float32 and leaves all else to NumPy's promotion:
    the arithmetic of the book after `nnfs.init()`.
    """

    def __init__(self, precision: Precision, random: Generator, *, training: bool = True) -> None:
        self.book = precision == "book"
        self.dtype = np.dtype(np.float32 if self.book else precision)
        self.training = training
        self._random = random
        super().__init__()

    @classmethod
    def float64(cls, seed: int = 0) -> Ops:
        """Arithmetic in float64 whose masks are drawn from a seed: for tests and for trying a layer by hand."""
        return cls("float64", np.random.default_rng(seed))

    def dot(self, a: Array, b: Array, out: Array | None = None) -> Array:
        """The product of matrices a (n, m) and b (m, k), into `out` where given."""
        if out is None:
            out = self.empty((a.shape[0], b.shape[1]), self.dtype)
        if self.book:
            return self._rounded_dot(a, b, out)
        blocks = -(-a.shape[1] * out.size // SMALL_PRODUCT)
        if blocks > 1 and out.flags.c_contiguous:
            if a.flags.c_contiguous and len(a) >= blocks * FEWEST_ROWS:
                return self._dot_in_blocks(a, b, out, blocks)
            if a.T.flags.c_contiguous and b.flags.c_contiguous and len(b) >= blocks * FEWEST_ROWS:
                return self._dot_of_blocks(a, b, out, blocks)
        return np.dot(a, b, out=out)

    def affine(self, x: Array, weights: Array, biases: Array) -> tuple[Array, AffineBackward]:
        """y = x W + b for x (n, inputs), W (inputs, units), b (units,), and what writes dW and db for dy (n, units).

        dW = xᵀ dy        db = Σₙ dy
        """
        joined = self.joined(weights, biases) if x.shape[1] * UNITS_PER_INPUT <= len(biases) else None
        if joined is None:
            left, y = None, self._add_row(self.dot(x, weights), biases)
        else:  # to copy few inputs takes less than to add to many outputs, and to sum these up in the end
            left = self._beside_ones(x)
            y = self.dot(left, joined)

        def backward(dy: Array, weight_gradient: Array, bias_gradient: Array) -> None:
            gradient = None if left is None else self.joined(weight_gradient, bias_gradient)
            if left is None or gradient is None:
                self.dot(x.T, dy, out=weight_gradient)
                self.column_sums(dy, out=bias_gradient)
            else:
                self.dot(left.T, dy, out=gradient)

        return self.spare(y), backward

    def joined(self, weights: Array, biases: Array) -> Array | None:
        """[W; b] as one matrix (inputs + 1, units), where they lie one after the other, as a network's do.

        Not in the book's arithmetic, which adds them up apart.
        """
        end = weights.__array_interface__["data"][0] + weights.nbytes
        if self.book or not weights.flags.c_contiguous or biases.__array_interface__["data"][0] != end:
            return None
        return self.seen(as_strided(weights.view(np.ndarray), (len(weights) + 1, len(biases))))

    def column_sums(self, x: Array, out: Array) -> Array:
        """The sum of x (n, k) over its rows, into out (k,)."""
        if not self.book:
            return np.dot(self.ones(len(x), x.dtype), x, out=out)
        if x.shape[1] == 1 or not x.flags.c_contiguous or x.dtype != out.dtype:  # such sums have an order of their own
            return np.add.reduce(x, axis=0, out=out)
        summed: Array = np.einsum("ij->j", x, out=out)  # the bits of a sum in two thirds of its time
        return summed

    def row_sums(self, x: Array) -> Array:
        """The sum of each row of x (n, k), as a column (n, 1)."""
        sums = self.empty((len(x), 1), x.dtype)
        if self.book:
            return np.add.reduce(x, axis=1, keepdims=True, out=sums)
        return np.dot(x, self.ones(x.shape[1], x.dtype).reshape(-1, 1), out=sums)  # a third of the time of a sum

    def row_maximum(self, x: Array) -> Array:
        """The largest entry of each row of x (n, k), as a column (n, 1)."""
        (n, k), largest = x.shape, self.empty((len(x), 1), x.dtype)
        if k > FEW_COLUMNS:
            return np.maximum.reduce(x, axis=1, keepdims=True, out=largest)
        columns = self.empty((k, n), x.dtype)  # compared as wholes, with the copy that takes half the time or less
        np.copyto(columns, x.T)
        np.maximum.reduce(columns, axis=0, out=largest.reshape(n))
        return largest

    def total(self, x: Array) -> Array:
        """The sum of all entries, an array () of x's dtype."""
        out = self.empty((), x.dtype)
        if self.book:
            return np.add.reduce(x, axis=None, out=out)
        flat = x.reshape(-1)
        return np.dot(self.ones(len(flat), x.dtype), flat, out=out)

    def sum_of_squares(self, x: Array) -> Array:
        """Σ x² over all entries, an array () of x's dtype."""
        if self.book:
            return self.total(np.multiply(x, x, out=self.empty(x.shape, x.dtype)))
        flat = x.reshape(-1)
        return np.dot(flat, flat, out=self.empty((), x.dtype))

    def count(self, true: Array) -> Array:
        """How many entries are true, an array () of float64."""
        numbers = self.empty((true.size,), np.float64)
        np.copyto(numbers, true.reshape(-1))
        return np.dot(self.ones(true.size, numbers.dtype), numbers, out=self.empty((), np.float64))

    def keep_mask(self, keep: float, shape: tuple[int, ...]) -> Array:
        """1 / keep where an entry is kept, which happens with probability `keep`, else 0.

        Under book precision drawn as the book does, in float64 from the one stream.
        """
        legacy = self._random if isinstance(self._random, np.random.RandomState) else None
        mask = self.empty(shape, self.dtype if legacy is None else np.float64)
        plain = mask.view(np.ndarray)  # a generator writes into it unseen
        if legacy is not None:
            self._draw(lambda: np.divide(legacy.binomial(1, keep, shape), keep, out=plain), plain)
            return mask
        self._draw(partial(self._random.random, dtype=self.dtype, out=plain), plain)
        np.less(mask, keep, out=mask, casting="unsafe")
        return np.divide(mask, keep, out=mask)

    def _draw(self, call: Callable[[], object], out: Array) -> None:
        """Makes a call that no array would notice, and has it recorded; as it reads `out`, no two are the same."""
        if self.recording is None:
            call()
        else:
            self.recording.run(call, out, out)

    def _beside_ones(self, x: Array) -> Array:
        """[x 1], whose product with [W; b] is x W + b."""
        n, inputs = x.shape
        beside = self.empty((n, inputs + 1), x.dtype)
        beside.view(np.ndarray)[:, inputs] = 1  # unseen, so not again when the step is played back
        np.copyto(beside[:, :inputs], x)
        return beside

    def _add_row(self, y: Array, row: Array) -> Array:
        """Adds a row (k,) to each of y (n, k), in place: where they are many, in pieces, which halves the time."""
        n, k = y.shape
        tiles = y.size // TILE
        if tiles < FEWEST_TILES:
            return np.add(y, row.reshape(()) if k == 1 else row, out=y)
        rows = n // tiles
        tile = self.empty((rows, k), row.dtype)
        np.copyto(tile, row)
        pieces = y[: rows * tiles].reshape(tiles, rows * k)
        np.add(pieces, tile.reshape(rows * k), out=pieces)
        if rows * tiles < n:
            rest = y[rows * tiles :]
            np.add(rest, row, out=rest)
        return y

    def _dot_in_blocks(self, a: Array, b: Array, out: Array, blocks: int) -> Array:
        """a b, each block of rows for itself: OpenBLAS has faster kernels for small products (AVX-512: a sixth)."""
        rows = len(a) // blocks
        most = rows * blocks
        if not b.flags.c_contiguous:
            b = self._copy(b)
        np.matmul(a[:most].reshape(blocks, rows, -1), b, out=out[:most].reshape(blocks, rows, -1))
        if most < len(a):
            np.dot(a[most:], b, out=out[most:])
        return out

    def _dot_of_blocks(self, a: Array, b: Array, out: Array, blocks: int) -> Array:
        """A weight gradient, xᵀ dy, as the sum of products of blocks of rows, for the same reason."""
        x, rows = a.T, len(b) // blocks
        most = rows * blocks
        parts = self.empty((blocks + (most < len(x)), *out.shape), self.dtype)
        lefts = x[:most].reshape(blocks, rows, -1).transpose(0, 2, 1)
        np.matmul(lefts, b[:most].reshape(blocks, rows, -1), out=parts[:blocks])
        if most < len(x):
            np.dot(x[most:].T, b[most:], out=parts[blocks])
        np.dot(self.ones(len(parts), self.dtype), parts.reshape(len(parts), -1), out=out.reshape(-1))
        return out

    def _copy(self, a: Array) -> Array:
        copy = self.empty(a.shape, a.dtype)
        np.copyto(copy, a)
        return copy

    def _rounded_dot(self, a: Array, b: Array, out: Array) -> Array:
        """The product in float64, rounded to float32."""
        if a.shape[1] == 1 and a.dtype == b.dtype == np.float32:  # one product of two, which float64 would hold exactly
            return np.dot(a, b, out=out)
        product = self.scratch("product", out.shape)
        np.dot(self._double(a, "left"), self._double(b, "right"), out=product)
        np.copyto(out, product, casting="same_kind")
        return out

    def _double(self, a: Array, role: str) -> Array:
        """A in float64, in the same memory order: a transposed view must reach the BLAS as one, for the same bits."""
        if a.dtype == np.float64:
            return a
        if not a.flags.c_contiguous and a.T.flags.c_contiguous:
            return self._double(a.T, role).T
        double = self.scratch(role, a.shape)
        np.copyto(double, a)
        return double
