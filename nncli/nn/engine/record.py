"""Record the NumPy calls of a step while Python runs it.

Components compute with NumPy as usual, on arrays that record the calls in which they take part (`WatchedArray`). Each
result is a new array, which lives only as long as Python needs it: the program holds views, not arrays. So recording
takes no more memory than the same code on plain arrays.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextvars import ContextVar
from types import FrameType
from typing import Any, NoReturn, TypeVar

import numpy as np

from nncli.arrays import Array
from nncli.nn.engine.program import Buffer, Call, CallKind, Program, View
from nncli.nn.engine.watched_array import CONVERSIONS, WatchedArray, address, arrays_in, map_arrays, unwrap

Value = TypeVar("Value")

WRITES_FIRST: frozenset[Any] = frozenset({np.copyto, np.put, np.putmask, np.place, np.fill_diagonal})
TAKE_OUT: frozenset[Any] = frozenset(
    {np.dot, np.take, np.argmax, np.argmin, np.concatenate, np.einsum, np.cumsum}
    | {np.ndarray.dot, np.ndarray.take, np.ndarray.argmax, np.ndarray.argmin, np.ndarray.cumsum}
)
RETURN_AS_IS: frozenset[Any] = frozenset({np.atleast_1d, np.atleast_2d, np.atleast_3d, np.real})

NOT_REPLAYABLE = (
    "a step is recorded once and replayed, so {name} cannot be used on its arrays; "
    'see "Rules for components" in CONTRIBUTING.md'
)
NOT_WRITABLE = "{name} writes into an array that was not computed by the step; compute a new array instead"
UNKNOWN = "this array was not computed by the step; if it is the same at every step, write `ops.constant(...)`"
UNKNOWN_NUMBER = "this NumPy number was not computed by the step; if it is the same at every step, write `float(...)`"
NOT_CONSTANT = "`ops.constant` is only for arrays that are not computed by the step; remove it here"

ENGINE = __name__.rpartition(".")[0]

_current: ContextVar[Recording | None] = ContextVar("recording", default=None)


class Recording:
    """A step that is being recorded."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._buffers: dict[int, Buffer] = {}  # of outside arrays, by the identity of their owner

    def __enter__(self) -> Recording:
        self._token = _current.set(self)
        return self

    def __exit__(self, *exception: object) -> None:
        _current.reset(self._token)

    def watch(self, value: Value, *, fixed: bool = False) -> Value:
        """Return a recording view of the array, or of each array in a structure of tuples, lists and mappings.

        `fixed` arrays are never written, either by the step or between steps.
        """
        watched: Value = map_arrays(value, lambda array: self.wrap_outside(array, changes=not fixed))
        return watched

    def wrap_outside(self, array: Array, *, changes: bool) -> WatchedArray:
        """Wrap an outside array."""
        owner = array
        while isinstance(owner.base, np.ndarray):
            owner = owner.base
        buffer = self._buffers.get(id(owner))
        if buffer is None:
            buffer = self._buffers[id(owner)] = Buffer(owner.nbytes, owner)
        buffer.changes |= changes
        return self.wrap(array, buffer, address(owner))

    def program(self, results: list[Any]) -> Program:
        """Return the calls recorded so far and the views of the results."""
        self._check_numbers(results)
        views = [self._view(r) if isinstance(r, np.ndarray) else np.asarray(r) for r in results]
        return Program(self._calls, views)

    def wrap_new(self, array: Array) -> WatchedArray:
        """Wrap a new array of the step, which later calls fill."""
        return self.wrap(array, Buffer(array.nbytes), address(array))

    def _wrap_result(self, value: Any) -> WatchedArray:
        """Wrap the result of a NumPy call: a new array, or a number."""
        watched = self.wrap_new(np.asarray(value))
        watched.is_number = not isinstance(value, np.ndarray)
        return watched

    def wrap(self, array: Array, buffer: Buffer, origin: int) -> WatchedArray:
        """Wrap an array that lies in a buffer with the address `origin`."""
        if array.dtype.hasobject:
            self.refuse("an array of Python objects")
        watched = array.view(WatchedArray)
        watched.flags.writeable = False
        watched.recording, watched.buffer, watched.origin = self, buffer, origin
        return watched

    def draw(self, fill: Callable[[Array], object], array: Array) -> Array:
        """Let `fill` write random numbers into the array, now and at every replay; return it wrapped."""
        fill(array)
        watched = self.wrap_new(array)
        self._calls.append(Call("draw", fill, (), {}, (watched.buffer_view,)))
        return watched

    def ufunc(self, function: np.ufunc, inputs: Any, outputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Make and record the call of a ufunc."""
        name = function.__name__
        targets = tuple(self._target_view(out, name) for out in outputs)
        results = function(*unwrap(inputs), **unwrap(kwargs), **({"out": unwrap(outputs)} if outputs else {}))
        if outputs:
            watched = outputs
        else:
            arrays = results if isinstance(results, tuple) else (results,)
            watched = tuple(self._wrap_result(array) for array in arrays)
            targets = tuple(array.buffer_view for array in watched)
        self._record("ufunc", function, inputs, kwargs, targets)
        return watched[0] if len(watched) == 1 else watched

    def reduce(self, function: np.ufunc, inputs: Any, kwargs: dict[str, Any]) -> Any:
        """Make and record a reduction."""
        if "out" not in kwargs and min((0, *np.asarray(inputs[0]).strides)) < 0:
            # NumPy 2.0 sums in different directions with and without `out`.
            return self.call(function.reduce, function.__name__, inputs, kwargs)
        result = function.reduce(*unwrap(inputs), **unwrap(kwargs))
        out = kwargs.pop("out", None)
        watched = self._wrap_result(result) if out is None else out
        self._record("reduce", function, inputs, kwargs, (self._target_view(watched, function.__name__),))
        return watched

    def call(self, function: Callable[..., Any], name: str, args: Any, kwargs: dict[str, Any]) -> Any:
        """Make and record any other function or method of NumPy.

        Raises TypeError if it returns Python numbers or writes into an array that is not recorded.
        """
        if kwargs.get("out", self) is None:
            kwargs = {option: value for option, value in kwargs.items() if option != "out"}
        bare_args, bare_kwargs = unwrap(args), unwrap(kwargs)
        result = function(*bare_args, **bare_kwargs)
        if function in WRITES_FIRST or result is None:
            if not args:
                self.refuse(f"{name} with its first argument as a keyword")
            self._record("first", function, args, kwargs, (self._target_view(args[0], name),))
            return None
        out_positions = [i for i, plain in enumerate(bare_args) if plain is result]
        if out_positions == [0]:  # neither a result nor `out`
            return args[0] if function in RETURN_AS_IS else self.refuse(name)
        if "out" in kwargs or out_positions:
            out = kwargs.pop("out") if "out" in kwargs else args[out_positions[0]]
            args = args[: out_positions[0]] if out_positions else args
            self._record("out", function, args, kwargs, (self._target_view(out, name),))
            return out
        if not isinstance(result, np.ndarray | np.generic | bool | int | float) or function in CONVERSIONS:
            self.refuse(name)
        array = np.asarray(result)
        pairs = zip((*args, *kwargs.values()), (*bare_args, *bare_kwargs.values()), strict=True)
        for argument, plain in pairs:
            if isinstance(argument, WatchedArray) and np.may_share_memory(array, plain):
                return self.wrap(array, argument.buffer, argument.origin)
        watched = self._wrap_result(result)
        self._record("out" if function in TAKE_OUT else "result", function, args, kwargs, (watched.buffer_view,))
        return watched

    def _record(self, kind: CallKind, function: Any, args: Any, kwargs: dict[str, Any], out: tuple[View, ...]) -> None:
        self._check_numbers((args, kwargs))
        args, kwargs = map_arrays((tuple(args), kwargs), self._view)
        self._calls.append(Call(kind, function, args, kwargs, out))

    def _check_numbers(self, values: Any) -> None:
        """Refuse NumPy numbers that were computed unrecorded, as by `np.asarray(x).max()`."""
        if arrays_in(values, np.generic) and not _caller().f_globals.get("__name__", "").startswith("numpy"):
            raise TypeError(_with_location(UNKNOWN_NUMBER))

    def _view(self, array: Array) -> View:
        if not isinstance(array, WatchedArray):
            raise TypeError(_with_location(UNKNOWN))
        return array.buffer_view

    def _target_view(self, out: Any, name: str) -> View:
        """Return the view of an array that a call writes into. Raises TypeError if the step may not write into it."""
        if not isinstance(out, WatchedArray) or (out.buffer.owner is not None and not out.buffer.changes):
            raise TypeError(_with_location(NOT_WRITABLE.format(name=name)))
        return out.buffer_view

    def refuse(self, what: str) -> NoReturn:
        """Raise TypeError: `what` cannot be replayed."""
        raise TypeError(_with_location(NOT_REPLAYABLE.format(name=what)))


def constant(array: Array) -> Array:
    """Return an array that is the same at every step, wrapped if a step is being recorded."""
    recording = _current.get()
    if recording is None:
        return array
    owner: Any = array
    while isinstance(owner, np.ndarray):
        if isinstance(owner, WatchedArray):
            raise TypeError(_with_location(NOT_CONSTANT))
        owner = owner.base
    return recording.wrap_outside(array, changes=False)


def draw(array: Array, fill: Callable[[Array], object]) -> Array:
    """Let `fill` write random numbers into the array, in a recorded step also at every replay; return the array."""
    recording = _current.get()
    if recording is not None:
        return recording.draw(fill, array)
    fill(array)
    return array


def view_within(array: Array, part: Array) -> Array:
    """Return `part`, an array within the memory of `array`, wrapped if `array` is."""
    if not isinstance(array, WatchedArray):
        return part
    return array.recording.wrap(part, array.buffer, array.origin)


def _with_location(message: str) -> str:
    """Return the message with the place of the call in front: the nearest code outside the engine and NumPy."""
    frame = sys._getframe(1)
    while frame.f_back is not None:
        name = frame.f_globals.get("__name__", "")
        if not name.startswith((ENGINE, "numpy")):
            break
        frame = frame.f_back
    component = frame.f_code.co_qualname.split(".")[0]
    return f"{component} ({frame.f_code.co_filename}:{frame.f_lineno}): {message}"


def _caller() -> FrameType:
    """Return the nearest frame outside the recorder."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "") in (__name__, WatchedArray.__module__):
        frame = frame.f_back
    return frame
