"""A recorded step: its calls in order, and the memory that they read and write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from nncli.arrays import Array, Shape

CallKind: TypeAlias = Literal["ufunc", "reduce", "out", "first", "result", "draw"]


class Buffer:
    """The memory of one result of a step, or of an array from outside the step.

    `owner` is the outside array, None for a result. `changes` is true if the outside array is written, by the step or
    between steps.
    """

    __slots__ = ("changes", "owner", "size")

    def __init__(self, size: int, owner: Array | None = None, *, changes: bool = False) -> None:
        self.size = size
        self.owner = owner
        self.changes = changes


class View(NamedTuple):
    """An array within a buffer: its offset in bytes, shape, strides and dtype."""

    buffer: Buffer
    offset: int
    shape: Shape
    strides: Shape
    dtype: np.dtype[Any]

    @classmethod
    def of(cls, array: Array, buffer: Buffer, offset: int = 0) -> View:
        """Return a view with the shape, strides and dtype of the array, at an offset in the buffer."""
        return cls(buffer, offset, array.shape, array.strides, array.dtype)

    @property
    def bounds(self) -> tuple[int, int]:
        """The first byte, and the byte after the last."""
        start = stop = self.offset
        for length, stride in zip(self.shape, self.strides, strict=True):
            if stride < 0:
                start += (length - 1) * stride
            else:
                stop += (length - 1) * stride
        return start, stop + self.dtype.itemsize

    @property
    def is_whole(self) -> bool:
        """True if the view covers each byte of its buffer."""
        size = self.dtype.itemsize
        for length in self.shape:
            size *= length
        return size == self.buffer.size and self.bounds == (0, size)

    def overlaps(self, other: View) -> bool:
        """Return whether two views may share a byte."""
        if self.buffer is not other.buffer:
            return False
        (start, stop), (other_start, other_stop) = self.bounds, other.bounds
        return start < other_stop and other_start < stop

    def array(self, memory: Array) -> Array:
        """Return the array, given the bytes of its buffer."""
        return np.ndarray(self.shape, self.dtype, memory.data, self.offset, self.strides)


@dataclass(frozen=True)
class Call:
    """A NumPy call with views in place of arrays, and the way in which its result gets into `out`.

    - ufunc: `function(*args, out)`, elementwise, so that an argument may lie in the memory of the output
    - reduce: `function.reduce(*args, out=out, **kwargs)`
    - out: `function(*args, out=out, **kwargs)`
    - first: `function(*args, **kwargs)` writes into its first argument, which is `out`
    - result: `function(*args, **kwargs)` returns a new array, which is copied
    - draw: `function(out)` fills `out` with random numbers
    """

    kind: CallKind
    function: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    out: tuple[View, ...]

    @cached_property
    def reads(self) -> list[View]:
        """The views on whose content the result depends."""
        args = self.args[1:] if self.is_copy else self.args
        return [*views_in(args), *views_in(self.kwargs)]

    @cached_property
    def is_copy(self) -> bool:
        """True if the call copies one view into another, perhaps into another dtype."""
        return self.function is np.copyto and not self.kwargs.keys() - {"casting"}

    @cached_property
    def elementwise(self) -> bool:
        """True if each entry of the output depends only on the entries of the arguments at the same index."""
        if self.is_copy:
            return True
        plain = self.kind == "ufunc" and len(self.out) == 1 and not self.kwargs.keys() - {"casting"}
        return plain and self.function.signature is None  # matmul, for one, has a signature


class Program(NamedTuple):
    """The calls of a step, and the results to read after it: each a view, or an array that never changes."""

    calls: list[Call]
    results: list[View | Array]


def loop_dtypes(function: np.ufunc, args: tuple[Any, ...]) -> tuple[np.dtype[Any], ...]:
    """Return the dtypes with which a ufunc computes for views or numbers: one for each argument and each result."""
    operands = tuple(_promotion_operand(x) for x in args)
    dtypes: tuple[np.dtype[Any], ...] = function.resolve_dtypes(operands + (None,) * function.nout)
    return dtypes


def _promotion_operand(argument: Any) -> Any:
    """Return what NumPy's promotion takes for an argument: the dtype of an array, or the type of a Python number."""
    if type(argument) in (int, float, complex):
        return type(argument)
    return argument.dtype if isinstance(argument, View) else np.asarray(argument).dtype


def views_in(value: Any) -> list[View]:
    """Return all views within arguments."""
    if isinstance(value, View):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, tuple | list) else ()
    return [view for item in items for view in views_in(item)]


def replace_views(value: Any, replace: Callable[[View], Any]) -> Any:
    """Return the arguments with each view replaced."""
    if isinstance(value, View):
        return replace(value)
    if isinstance(value, dict):
        return {name: replace_views(item, replace) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return type(value)([replace_views(item, replace) for item in value])
    return value
