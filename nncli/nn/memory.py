"""The memory of steps: arrays that are made once and used again at every step."""

from __future__ import annotations

import math
from abc import ABC
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from nncli.nn.recording import Array, Recording

LINE = 64  # bytes of a line of the processor's cache


def aligned(shape: tuple[int, ...], dtype: DTypeLike) -> Array:
    """An array that begins with a line of the cache, on which the widest instructions are up to a fifth faster."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    memory = np.empty(size + LINE, np.uint8)
    start = -memory.__array_interface__["data"][0] % LINE
    return memory[start : start + size].view(dtype).reshape(shape)


class _Arrays:
    """Those of one step."""

    def __init__(self) -> None:
        self.asked_for: list[tuple[tuple[int, ...], DTypeLike, Array]] = []
        self.scratch: dict[tuple[str, tuple[int, ...]], Array] = {}


class Memory(ABC):
    """Arrays for steps, which ask for the same ones in the same order every time; what computes in them is above it.

    So the k-th request after `rewind` gets the array made for the k-th request of an earlier step. Nothing from here
    outlives its step.
    """

    def __init__(self) -> None:
        self.recording: Recording | None = None
        self._of_rows: dict[int, _Arrays] = {}
        self._spare: dict[int, Array] = {}
        self._constants: dict[tuple[Any, ...], Array] = {}
        self.rewind(0)

    def rewind(self, rows: int) -> None:
        """Starts a step over `rows` samples; steps of as many samples use the same arrays."""
        self._begin(self._of_rows.setdefault(rows, _Arrays()))

    @contextmanager
    def recorded(self, recording: Recording) -> Iterator[None]:
        """Has the step within recorded; nobody else is given its arrays, so that they hold what it left there."""
        self.recording = recording
        self._begin(_Arrays())
        try:
            yield
        finally:
            self.recording = None
            self._begin(_Arrays())

    def _begin(self, arrays: _Arrays) -> None:
        self._arrays = arrays
        self._next = 0
        self._spare.clear()

    def empty(self, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
        """The array of this request, its content left from the step before."""
        k = self._next
        self._next = k + 1
        asked_for = self._arrays.asked_for
        try:
            made_of_shape, made_of_dtype, array = asked_for[k]
            if made_of_shape == shape and made_of_dtype is dtype:
                return self.seen(array)
        except IndexError:
            pass
        array = aligned(shape, dtype)
        asked_for[k : k + 1] = [(shape, dtype, array)]
        return self.seen(array)

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

    def scratch(self, role: str, shape: tuple[int, ...]) -> Array:
        """Float64 for the length of one product: one array of a shape for all layers, to keep a step in the cache."""
        array = self._arrays.scratch.get((role, shape))
        if array is None:
            array = self._arrays.scratch[role, shape] = aligned(shape, np.float64)
        return self.seen(array)

    def zeros(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """Zeros to read from: `maximum` with an array is four times as fast as with the number 0."""
        return self.full(0, shape, dtype)

    def full(self, value: float, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
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

    def seen(self, array: Array) -> Array:
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
