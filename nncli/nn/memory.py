"""The memory of steps: arrays that are made once and used again at every step."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array: TypeAlias = NDArray[Any]
Shape: TypeAlias = tuple[int, ...]

LINE = 64  # bytes of a line of the processor's cache


def aligned(shape: Shape, dtype: DTypeLike) -> Array:
    """An array that begins with a line of the cache, on which the widest instructions are up to a fifth faster."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    memory = np.empty(size + LINE, np.uint8)
    start = -memory.__array_interface__["data"][0] % LINE
    return memory[start : start + size].view(dtype).reshape(shape)


class StepArrays:
    """The arrays of a step, which asks for the same ones in the same order every time.

    So the k-th request after `begin` gets the array made for the k-th request of an earlier step.
    """

    def __init__(self) -> None:
        self._made: list[tuple[Shape, DTypeLike, Array]] = []
        self._scratch: dict[tuple[str, Shape], Array] = {}
        self.begin()

    def begin(self) -> None:
        """Starts a step."""
        self._next = 0

    def next(self, shape: Shape, dtype: DTypeLike) -> Array:
        """The array of this request, its content left from the step before."""
        k = self._next
        self._next = k + 1
        try:
            made_of_shape, made_of_dtype, array = self._made[k]
            if made_of_shape == shape and made_of_dtype is dtype:
                return array
        except IndexError:
            pass
        array = aligned(shape, dtype)
        self._made[k : k + 1] = [(shape, dtype, array)]
        return array

    def scratch(self, role: str, shape: Shape) -> Array:
        """Float64 for the length of one product: one array of a shape for all layers, to keep a step in the cache."""
        array = self._scratch.get((role, shape))
        if array is None:
            array = self._scratch[role, shape] = aligned(shape, np.float64)
        return array
