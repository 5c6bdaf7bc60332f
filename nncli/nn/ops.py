"""The one place that knows about memory and precision: arrays used again at every step, and products of matrices."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import DTypeLike

from nncli.nn.recording import Array as Array  # known to all from here
from nncli.nn.recording import Recording
from nncli.nn.streams import Generator

Precision: TypeAlias = Literal["float32", "float64", "book"]

# Where each way of computing begins to pay, as timed in float32 on an AVX2 processor; results hardly depend on it.
SMALL_PRODUCT, FEWEST_ROWS = 800_000, 64  # multiplications of a block of rows in a weight gradient, and its rows
UNITS_PER_INPUT = 16  # a column of ones beside the inputs
FEW_COLUMNS = 32  # to copy them costs less than to compare within rows
TILE, FEWEST_TILES = 8_000, 4  # numbers in a piece to which a bias is added, and pieces


class Ops:
    """Arithmetic for one precision, training or not, with the memory that its steps share.

    A step asks for the same arrays in the same order every time, so the k-th request after `rewind` gets the array
    made for the k-th request of an earlier step. Nothing from here outlives its step.

    `book` rounds each product of matrices, computed in float64, to float32 and leaves all else to NumPy's promotion:
    the arithmetic of the book after `nnfs.init()`.
    """

    def __init__(self, precision: Precision, random: Generator, *, training: bool = True) -> None:
        self.book = precision == "book"
        self.dtype = np.dtype(np.float32 if self.book else precision)
        self.training = training
        self.recording: Recording | None = None
        self._random = random
        self._arenas: dict[int, list[tuple[tuple[int, ...], DTypeLike, Array]]] = {}
        self._spare: dict[int, Array] = {}
        self._scratch: dict[tuple[str, tuple[int, ...]], Array] = {}
        self._constants: dict[tuple[Any, ...], Array] = {}
        self.rewind(0)

    @classmethod
    def float64(cls, seed: int = 0) -> Ops:
        """Arithmetic in float64 whose masks are drawn from a seed: for tests and for trying a layer by hand."""
        return cls("float64", np.random.default_rng(seed))

    def rewind(self, rows: int) -> None:
        """Starts a step over `rows` samples; steps of as many samples use the same arrays."""
        self._arena = self._arenas.setdefault(rows, [])
        self._next = 0
        self._spare.clear()

    def empty(self, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
        """The array of this request, its content left from the step before."""
        k = self._next
        self._next = k + 1
        try:
            made_of_shape, made_of_dtype, array = self._arena[k]
            if made_of_shape == shape and made_of_dtype is dtype:
                return self._seen(array)
        except IndexError:
            pass
        array = np.empty(shape, dtype)
        self._arena[k : k + 1] = [(shape, dtype, array)]
        return self._seen(array)

    def spare(self, y: Array) -> Array:
        """Marks an output that its layer needs no more, so that the next layer may write over it once it is done."""
        self._spare[id(y)] = y
        return y

    def reuse(self, x: Array, dtype: DTypeLike) -> Array:
        """An array of x's shape to write into: x itself where it is spare, which keeps a step within the cache."""
        if id(x) in self._spare and x.dtype == dtype:
            del self._spare[id(x)]
            return x
        return self.empty(x.shape, dtype)

    def zeros(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """Zeros to read from: `maximum` with an array is four times as fast as with the number 0."""
        return self.full(0, shape, dtype)

    def full(self, value: float, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """One number everywhere, to read from: as fast to compare with."""
        return self._constant(("full", value, shape, dtype), lambda: np.full(shape, value, dtype))

    def counting(self, stop: int, step: int = 1) -> Array:
        """0, step, 2 step and so on, below `stop`: to read from."""
        return self._constant(("counting", stop, step), lambda: np.arange(0, stop, step))

    def numbers(self, values: tuple[float, ...], dtype: DTypeLike) -> Array:
        """A row of numbers, to read from."""
        return self._constant(("numbers", values, dtype), lambda: np.array(values, dtype))

    def dot(self, a: Array, b: Array, out: Array | None = None) -> Array:
        """The product of matrices a (n, m) and b (m, k), into `out` where given."""
        if out is None:
            out = self.empty((a.shape[0], b.shape[1]), self.dtype)
        if self.book:
            product = self._scratch_array("product", out.shape)
            left, right = self._double(a, "left"), self._double(b, "right")
            if a.shape[1] == 1:  # nothing is summed, so the bits are the same in two thirds of the time
                np.einsum("ij,jk->ik", left, right, out=product)
            else:
                np.dot(left, right, out=product)
            np.copyto(out, product, casting="same_kind")
            return out
        if a.shape[1] * out.size > SMALL_PRODUCT and not a.flags.c_contiguous:
            return self._dot_of_many_rows(a, b, out)
        return np.dot(a, b, out=out)

    def affine(self, x: Array, weights: Array, biases: Array) -> Array:
        """x W + b for x (n, inputs), W (inputs, units), b (units,)."""
        if x.shape[1] * UNITS_PER_INPUT <= len(biases) and not self.book:
            return self.spare(self.dot(*self._with_ones(x, weights, biases)))
        return self.spare(self._add_row(self.dot(x, weights), biases))

    def column_sums(self, x: Array, out: Array) -> Array:
        """The sum of x (n, k) over its rows, into out (k,)."""
        if not self.book:
            return np.dot(self._ones(len(x), x.dtype), x, out=out)  # half the time of a sum
        if x.shape[1] == 1 or not x.flags.c_contiguous or x.dtype != out.dtype:  # such sums have an order of their own
            return np.add.reduce(x, axis=0, out=out)
        summed: Array = np.einsum("ij->j", x, out=out)  # the bits of a sum in two thirds of its time
        return summed

    def row_sums(self, x: Array) -> Array:
        """The sum of each row of x (n, k), as a column (n, 1)."""
        sums = self.empty((len(x), 1), x.dtype)
        if self.book:
            return np.add.reduce(x, axis=1, keepdims=True, out=sums)
        return np.dot(x, self._ones(x.shape[1], x.dtype).reshape(-1, 1), out=sums)  # a third of the time of a sum

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
        return np.dot(self._ones(len(flat), x.dtype), flat, out=out)

    def sum_of_squares(self, x: Array) -> Array:
        """Σ x² over all entries, an array () of x's dtype."""
        if self.book:
            return self.total(np.multiply(x, x, out=self.empty(x.shape, x.dtype)))
        flat = x.reshape(-1)
        return np.dot(flat, flat, out=self.empty((), x.dtype))

    def keep_mask(self, keep: float, shape: tuple[int, ...]) -> Array:
        """1 / keep where an entry is kept, which happens with probability `keep`, else 0.

        Under book precision drawn as the book does, in float64 from the one stream.
        """
        legacy = self._random if isinstance(self._random, np.random.RandomState) else None
        mask = self.empty(shape, self.dtype if legacy is None else np.float64)
        plain = mask.view(np.ndarray)  # a generator writes into it unseen
        if legacy is not None:
            self._run(lambda: np.divide(legacy.binomial(1, keep, shape), keep, out=plain))
            return mask
        self._run(partial(self._random.random, dtype=self.dtype, out=plain))
        np.less(mask, keep, out=mask, casting="unsafe")
        return np.divide(mask, keep, out=mask)

    def _seen(self, array: Array) -> Array:
        """The array, watched while a step is recorded."""
        return array if self.recording is None else self.recording.watch(array)

    def _run(self, call: Callable[[], object]) -> None:
        """Makes a call that no array would notice, and has it recorded."""
        if self.recording is None:
            call()
        else:
            self.recording.run(call)

    def _ones(self, count: int, dtype: np.dtype[Any]) -> Array:
        return self._constant(("ones", count, dtype), lambda: np.ones(count, dtype))

    def _constant(self, key: tuple[Any, ...], make: Callable[[], Array]) -> Array:
        """An array that is made once and never written."""
        array = self._constants.get(key)
        if array is None:
            array = self._constants[key] = make()
            array.flags.writeable = False
        return array

    def _with_ones(self, x: Array, weights: Array, biases: Array) -> tuple[Array, Array]:
        """[x 1] and [W; b], whose product is x W + b: to copy few inputs takes less than to add to many outputs."""
        n, inputs = x.shape
        left = self.empty((n, inputs + 1), x.dtype)
        right = self.empty((inputs + 1, len(biases)), weights.dtype)
        left.view(np.ndarray)[:, inputs] = 1  # unseen, so not again when the step is played back
        np.copyto(left[:, :inputs], x)
        np.copyto(right[:inputs], weights)
        np.copyto(right[inputs], biases)
        return left, right

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

    def _dot_of_many_rows(self, a: Array, b: Array, out: Array) -> Array:
        """A weight gradient, xᵀ dy, summed from blocks of rows: half the time where the whole outgrows the cache."""
        rows, block = a.shape[1], SMALL_PRODUCT // out.size
        if block < FEWEST_ROWS:
            return np.dot(a, b, out=out)
        parts = self.empty((-(-rows // block), *out.shape), self.dtype)
        for part, start in zip(parts, range(0, rows, block), strict=True):
            np.dot(a[:, start : start + block], b[start : start + block], out=part)
        return np.add.reduce(parts, axis=0, out=out)

    def _double(self, a: Array, role: str) -> Array:
        """A in float64, in the same memory order: a transposed view must reach the BLAS as one, for the same bits."""
        if a.dtype == np.float64:
            return a
        if not a.flags.c_contiguous and a.T.flags.c_contiguous:
            return self._double(a.T, role).T
        double = self._scratch_array(role, a.shape)
        np.copyto(double, a)
        return double

    def _scratch_array(self, role: str, shape: tuple[int, ...]) -> Array:
        """Float64 for the length of one product: one array of a shape for all layers, to keep a step in the cache."""
        array = self._scratch.get((role, shape))
        if array is None:
            array = self._scratch[role, shape] = np.empty(shape, np.float64)
        return self._seen(array)
