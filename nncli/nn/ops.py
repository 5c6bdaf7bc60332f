"""The one place that knows about precision and memory: arrays used again at every step, sums and products."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import DTypeLike

from nncli.nn import blas, products
from nncli.nn.memory import Array as Array  # known to all from here
from nncli.nn.memory import Shape, StepArrays, aligned
from nncli.nn.recording import Recording
from nncli.nn.streams import Generator

Precision: TypeAlias = Literal["float32", "float64", "book"]
AffineBackward: TypeAlias = Callable[[Array, Array, Array], None]

# Where each way of computing begins to pay, as timed in float32; results hardly depend on it.
UNITS_PER_INPUT = 16  # a column of ones beside the inputs
FEW_COLUMNS = 32  # to copy them costs less than to compare within rows
TILE, FEWEST_TILES = 8_000, 4  # numbers in a piece to which a bias is added, and pieces


class Ops:
    """Arithmetic for one precision, training or not, with the memory that its steps share.

    Nothing from here outlives its step.

    `book` rounds each product of matrices, computed in float64, to float32 and leaves all else to NumPy's promotion:
    the arithmetic of the book after `nnfs.init()`.
    """

    def __init__(self, precision: Precision, random: Generator, *, training: bool = True) -> None:
        self.book = precision == "book"
        self.dtype = np.dtype(np.float32 if self.book else precision)
        self.training = training
        self.recording: Recording | None = None
        self._random = random
        self._arrays_of_rows: dict[int, StepArrays] = {}
        self._spare: dict[int, Array] = {}
        self._constants: dict[tuple[Any, ...], Array] = {}
        self.rewind(0)

    @classmethod
    def float64(cls, seed: int = 0) -> Ops:
        """Arithmetic in float64 whose masks are drawn from a seed: for tests and for trying a layer by hand."""
        return cls("float64", np.random.default_rng(seed))

    def rewind(self, rows: int) -> None:
        """Starts a step over `rows` samples; steps of as many samples use the same arrays."""
        self._begin(self._arrays_of_rows.setdefault(rows, StepArrays()))

    @contextmanager
    def recorded(self, recording: Recording) -> Iterator[None]:
        """Has the step within recorded; nobody else is given its arrays, so that they hold what it left there."""
        self.recording = recording
        self._begin(StepArrays())
        try:
            yield
        finally:
            self.recording = None
            self._begin(StepArrays())

    def empty(self, shape: Shape, dtype: DTypeLike) -> Array:
        """An array to write into, its content left from the step before."""
        return self._seen(self._arrays.next(shape, dtype))

    def scratch(self, role: str, shape: Shape) -> Array:
        """Float64 to write into, until the next request of its role."""
        return self._seen(self._arrays.scratch(role, shape))

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

    def zeros(self, shape: Shape, dtype: np.dtype[Any]) -> Array:
        """Zeros to read from: `maximum` with an array is four times as fast as with the number 0."""
        return self.full(0, shape, dtype)

    def full(self, value: float, shape: Shape, dtype: np.dtype[Any]) -> Array:
        """One number everywhere, to read from: as fast to compare with."""
        return self._constant(("full", value, shape, dtype), lambda: np.full(shape, value, dtype))

    def ones(self, count: int, dtype: np.dtype[Any]) -> Array:
        """Ones to read from: a product with them is a sum, in half the time."""
        return self.full(1, (count,), dtype)

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
        return products.rounded_dot(a, b, out, self) if self.book else products.dot(a, b, out, self)

    def affine(self, x: Array, weights: Array, biases: Array) -> tuple[Array, AffineBackward]:
        """y = x W + b for x (n, inputs), W (inputs, units), b (units,), and what writes dW and db for dy (n, units).

        dW = xᵀ dy        db = Σₙ dy
        """
        few = x.shape[1] * UNITS_PER_INPUT <= len(biases) and not self.book
        joined = self.joined(weights, biases) if few else None
        if joined is None:
            left, y = None, self._add_row(self.dot(x, weights), biases)
        else:  # to copy few inputs takes less than to add to many outputs, and to sum these up in the end
            left = self._beside_ones(x)
            y = self.dot(left, joined)

        def backward(dy: Array, weight_gradient: Array, bias_gradient: Array) -> None:
            both = self.joined(weight_gradient, bias_gradient) if blas.has_small_kernels() else None
            if left is None or both is None:
                self.dot(x.T, dy, out=weight_gradient)
                self.column_sums(dy, out=bias_gradient)
            else:
                self.dot(left.T, dy, out=both)

        return self.spare(y), backward

    def joined(self, weights: Array, biases: Array) -> Array | None:
        """[W; b] as one matrix (inputs + 1, units), where they lie one after the other, as a network's do."""
        end = weights.__array_interface__["data"][0] + weights.nbytes
        whole = weights.flags.c_contiguous and weights.dtype == biases.dtype
        if not whole or biases.__array_interface__["data"][0] != end:
            return None
        shape, strides = (len(weights) + 1, len(biases)), (biases.nbytes, biases.itemsize)
        return self._seen(as_strided(weights.view(np.ndarray), shape, strides))

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

    def promoted(self, x: Array, y: Array) -> Array:
        """X in the dtype to which NumPy promotes it beside y: once, where every call would do it again."""
        dtype = np.result_type(x, y)
        if x.dtype == dtype:
            return x
        copy = self.empty(x.shape, dtype)
        np.copyto(copy, x)
        return copy

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

    def _begin(self, arrays: StepArrays) -> None:
        self._arrays = arrays
        self._arrays.begin()
        self._spare.clear()

    def _seen(self, array: Array) -> Array:
        """The array, watched while a step is recorded."""
        return array if self.recording is None else self.recording.watched(array)

    def _constant(self, key: tuple[Any, ...], make: Callable[[], Array]) -> Array:
        """An array that is made once and never written."""
        array = self._constants.get(key)
        if array is None:
            made = make()
            array = self._constants[key] = aligned(made.shape, made.dtype)
            array[...] = made
            array.flags.writeable = False
        return array

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
