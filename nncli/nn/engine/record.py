"""Record the NumPy calls of a step while Python runs it.

Components compute with NumPy as usual, on arrays that record what is done with them (`Watched`). Each result is a
new array, which lives only as long as Python needs it: the program holds views, not arrays. So recording takes no
more memory than the plain NumPy code does.
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
from nncli.nn.engine.watched import INSPECTING, Watched, address, arrays_in, map_arrays, unwatched

Value = TypeVar("Value")

WRITES_FIRST: frozenset[Any] = frozenset({np.copyto, np.put, np.putmask, np.place, np.fill_diagonal})
TAKE_OUT: frozenset[Any] = frozenset(
    {np.dot, np.take, np.argmax, np.argmin, np.concatenate, np.einsum, np.cumsum}
    | {np.ndarray.dot, np.ndarray.take, np.ndarray.argmax, np.ndarray.argmin, np.ndarray.cumsum}
)
RETURN_AS_IS: frozenset[Any] = frozenset({np.atleast_1d, np.atleast_2d, np.atleast_3d, np.real})

CANNOT_FOLLOW = "a step is recorded once and replayed, so {name} cannot be used on its arrays"
NOT_WRITABLE = "{name} writes into an array that the step did not compute; compute a new array instead"
UNKNOWN = (
    "an array that the step did not compute is used here; if it is the same at every step, write `ops.constant(...)`"
)
UNKNOWN_NUMBER = (
    "a NumPy number that the step did not compute is used here; if it is the same at every step, write `float(...)`"
)
NOT_CONSTANT = "`ops.constant` is for arrays that the step did not compute; leave it out here"

ENGINE = __name__.rpartition(".")[0]

_current: ContextVar[Recording | None] = ContextVar("recording", default=None)


class Recording:
    """The program of a step, as it is being recorded."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._buffers: dict[int, Buffer] = {}  # of arrays from outside, by the identity of their owner

    def __enter__(self) -> Recording:
        self._token = _current.set(self)
        return self

    def __exit__(self, *exception: object) -> None:
        _current.reset(self._token)

    def watch(self, value: Value, *, fixed: bool = False) -> Value:
        """Return a recording view of the array, or of each array in a structure of tuples, lists and mappings.

        `fixed` arrays are never written, neither by the step nor between steps.
        """
        watched: Value = map_arrays(value, lambda array: self.outside(array, changes=not fixed))
        return watched

    def outside(self, array: Array, *, changes: bool) -> Watched:
        """An array from outside, watched."""
        owner = array
        while isinstance(owner.base, np.ndarray):
            owner = owner.base
        buffer = self._buffers.get(id(owner))
        if buffer is None:
            buffer = self._buffers[id(owner)] = Buffer(owner.nbytes, owner)
        buffer.changes |= changes
        return self.watched(array, buffer, address(owner))

    def program(self, results: list[Any]) -> Program:
        """Return the calls recorded so far, and where the results of the step lie."""
        self._check_numbers(results)
        places = [self._view(r) if isinstance(r, np.ndarray) else np.asarray(r) for r in results]
        return Program(self._calls, places)

    def result(self, array: Array) -> Watched:
        """An array of the step, watched; its content is what later calls write into it."""
        return self.watched(array, Buffer(array.nbytes), address(array))

    def _computed(self, value: Any) -> Watched:
        """The result of a NumPy call, watched: a new array, or a number."""
        watched = self.result(np.asarray(value))
        watched.is_number = not isinstance(value, np.ndarray)
        return watched

    def watched(self, array: Array, buffer: Buffer, origin: int) -> Watched:
        """The array, watched as a part of a buffer that begins at the address `origin`."""
        if array.dtype.hasobject:
            self.refuse("an array of Python objects")
        watched = array.view(Watched)
        watched.flags.writeable = False
        watched.recording, watched.buffer, watched.origin = self, buffer, origin
        return watched

    def draw(self, fill: Callable[[Array], object], array: Array) -> Array:
        """The array, which `fill` writes random numbers into, here and at every replay."""
        fill(array)
        watched = self.result(array)
        self._calls.append(Call("draw", fill, (), {}, (watched.place,)))
        return watched

    def ufunc(self, function: np.ufunc, inputs: Any, outputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Make and record an elementwise call."""
        name = function.__name__
        targets = tuple(self._written(out, name) for out in outputs)
        results = function(*unwatched(inputs), **unwatched(kwargs), **({"out": unwatched(outputs)} if outputs else {}))
        if outputs:
            watched = outputs
        else:
            arrays = results if isinstance(results, tuple) else (results,)
            watched = tuple(self._computed(array) for array in arrays)
            targets = tuple(array.place for array in watched)
        self._record("ufunc", function, inputs, kwargs, targets)
        return watched[0] if len(watched) == 1 else watched

    def reduce(self, function: np.ufunc, inputs: Any, kwargs: dict[str, Any]) -> Any:
        """Make and record a reduction."""
        if "out" not in kwargs and min((0, *np.asarray(inputs[0]).strides)) < 0:
            # NumPy 2.0 sums backwards or forwards, depending on whether it is given `out`.
            return self.call(function.reduce, function.__name__, inputs, kwargs)
        result = function.reduce(*unwatched(inputs), **unwatched(kwargs))
        out = kwargs.pop("out", None)
        watched = self._computed(result) if out is None else out
        self._record("reduce", function, inputs, kwargs, (self._written(watched, function.__name__),))
        return watched

    def call(self, function: Callable[..., Any], name: str, args: Any, kwargs: dict[str, Any]) -> Any:
        """Make and record any other function or method of NumPy.

        Raises TypeError if it gives Python's own numbers or writes into an array that is not watched.
        """
        if kwargs.get("out", self) is None:
            kwargs = {option: value for option, value in kwargs.items() if option != "out"}
        bare_args, bare_kwargs = unwatched(args), unwatched(kwargs)
        result = function(*bare_args, **bare_kwargs)
        if function in WRITES_FIRST or result is None:
            if not args:
                self.refuse(f"{name} with its first argument by name")
            self._record("first", function, args, kwargs, (self._written(args[0], name),))
            return None
        given_out = [i for i, plain in enumerate(bare_args) if plain is result]
        if given_out == [0]:  # neither a result nor `out`
            return args[0] if function in RETURN_AS_IS else self.refuse(name)
        if "out" in kwargs or given_out:
            out = kwargs.pop("out") if "out" in kwargs else args[given_out[0]]
            args = args[: given_out[0]] if given_out else args
            self._record("out", function, args, kwargs, (self._written(out, name),))
            return out
        if not isinstance(result, np.ndarray | np.generic | bool | int | float) or function in INSPECTING:
            self.refuse(name)
        array = np.asarray(result)
        pairs = zip((*args, *kwargs.values()), (*bare_args, *bare_kwargs.values()), strict=True)
        for given, plain in pairs:
            if isinstance(given, Watched) and np.may_share_memory(array, plain):
                return self.watched(array, given.buffer, given.origin)
        watched = self._computed(result)
        self._record("out" if function in TAKE_OUT else "result", function, args, kwargs, (watched.place,))
        return watched

    def _record(self, how: CallKind, function: Any, args: Any, kwargs: dict[str, Any], out: tuple[View, ...]) -> None:
        self._check_numbers((args, kwargs))
        args, kwargs = map_arrays((tuple(args), kwargs), self._view)
        self._calls.append(Call(how, function, args, kwargs, out))

    def _check_numbers(self, values: Any) -> None:
        """Refuse numbers that NumPy gave past the recorder, such as `np.asarray(x).max()`."""
        if arrays_in(values, np.generic) and not _caller().f_globals.get("__name__", "").startswith("numpy"):
            raise TypeError(_at_fault(UNKNOWN_NUMBER))

    def _view(self, array: Array) -> View:
        if not isinstance(array, Watched):
            raise TypeError(_at_fault(UNKNOWN))
        return array.place

    def _written(self, out: Any, name: str) -> View:
        """The view of an array to be written into."""
        if not isinstance(out, Watched) or (out.buffer.owner is not None and not out.buffer.changes):
            raise TypeError(_at_fault(NOT_WRITABLE.format(name=name)))
        return out.place

    def refuse(self, what: str) -> NoReturn:
        """Raise TypeError: what cannot be replayed."""
        raise TypeError(_at_fault(CANNOT_FOLLOW.format(name=what)))


def constant(array: Array) -> Array:
    """An array that is the same at every step, as the step that is being recorded needs it."""
    recording = _current.get()
    if recording is None:
        return array
    owner: Any = array
    while isinstance(owner, np.ndarray):
        if isinstance(owner, Watched):
            raise TypeError(_at_fault(NOT_CONSTANT))
        owner = owner.base
    return recording.outside(array, changes=False)


def draw(array: Array, fill: Callable[[Array], object]) -> Array:
    """The array, which `fill` writes random numbers into: again at every replay."""
    recording = _current.get()
    if recording is not None:
        return recording.draw(fill, array)
    fill(array)
    return array


def view_within(array: Array, part: Array) -> Array:
    """The part, an array within the memory of another, watched if that one is."""
    if not isinstance(array, Watched):
        return part
    return array.recording.watched(part, array.buffer, array.origin)


def _at_fault(message: str) -> str:
    """The message, after the place of the code that made the call: the nearest outside the engine and NumPy."""
    frame = sys._getframe(1)
    while frame.f_back is not None:
        name = frame.f_globals.get("__name__", "")
        if not name.startswith((ENGINE, "numpy")):
            break
        frame = frame.f_back
    component = frame.f_code.co_qualname.split(".")[0]
    return f"{component} ({frame.f_code.co_filename}:{frame.f_lineno}): {message}"


def _caller() -> FrameType:
    """The nearest frame outside the recorder."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "") in (__name__, Watched.__module__):
        frame = frame.f_back
    return frame
