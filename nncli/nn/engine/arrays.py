"""Replace the views and numbers of a planned program with arrays."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from nncli.arrays import Array, Shape
from nncli.nn.engine.program import Buffer, Call, View, loop_dtypes, replace_views

EXTREMA: frozenset[Any] = frozenset({np.maximum, np.minimum})

DTYPE_OPTIONS = {"dtype", "signature", "sig"}  # options that choose the dtypes in which a ufunc computes


class BoundArrays:
    """The arrays of views: one object per view, because NumPy checks two objects with the same memory for overlap."""

    def __init__(self, memory: dict[Buffer, Array], place: Callable[[View], View] = lambda view: view) -> None:
        self._memory = memory  # the bytes of each buffer
        self._place = place
        self._arrays: dict[View, Array] = {}
        self._numbers: dict[tuple[Any, ...], Array] = {}

    def of(self, view: View) -> Array:
        """Return the array that a view stands for."""
        view = self._place(view)
        array = self._arrays.get(view)
        if array is None:
            array = self._arrays[view] = view.array(self._bytes(view.buffer))
        return array

    def number(self, value: Any, dtype: np.dtype[Any], shape: Shape = ()) -> Array:
        """Return an array filled with a number. Calls share it, so none may write into it."""
        count = math.prod(shape)
        key = (value, str(value), dtype, count)  # -0.0 equals 0.0, so the text tells them apart
        array = self._numbers.get(key)
        if array is None:
            array = self._numbers[key] = np.full(count, value, dtype)
        return array.reshape(shape)

    def _bytes(self, buffer: Buffer) -> Array:
        memory = self._memory.get(buffer)
        if memory is None:
            assert buffer.owner is not None
            flat = buffer.owner.ravel(order="K")
            if not np.may_share_memory(flat, buffer.owner):
                raise TypeError("an array with gaps in memory cannot be part of a recorded step; copy it first")
            memory = self._memory[buffer] = flat.view(np.uint8)
        return memory


def bind_arrays(call: Call, arrays: BoundArrays, *, types: bool = True) -> Call:
    """Return the call with arrays for its views; with `types`, also for numbers, in the dtype NumPy would choose."""
    args = call.args
    if types and call.kind == "ufunc" and call.function.signature is None and not call.kwargs.keys() & DTYPE_OPTIONS:
        args = _numbers_as_arrays(call.function, args, call.out[0].shape, arrays)
    args, kwargs, out = replace_views((args, call.kwargs, call.out), arrays.of)
    return replace(call, args=args, kwargs=kwargs, out=out)


def _numbers_as_arrays(function: np.ufunc, args: tuple[Any, ...], shape: Shape, arrays: BoundArrays) -> tuple[Any, ...]:
    """Turn numbers into arrays of the dtype in which the call computes, which halves the time of a call.

    `maximum` and `minimum` are four times as fast with an array of the output's shape.
    """
    if all(isinstance(x, View) for x in args):
        return args
    pairs = zip(args, loop_dtypes(function, args), strict=False)
    shape = shape if function in EXTREMA else ()
    return tuple(x if isinstance(x, View) else arrays.number(x, dtype, shape) for x, dtype in pairs)
