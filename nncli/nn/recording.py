"""A step's NumPy calls, recorded while Python runs it once and played back at every step after.

A step of a small network is some sixty calls on arrays of a few thousand numbers: to find out anew each time what
comes next takes Python longer than NumPy takes to compute it. What a step does is the same every time, and so are the
arrays it works on; hence its calls are kept as a list, and its Python is left out, as are calls whose outcome is there
already. Layers are written as if there were no list: they compute with NumPy as ever, on arrays that notice it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import numpy as np

from nncli.nn.calls import Call, needed
from nncli.nn.memory import Array

Value = TypeVar("Value")

ABOUT_SHAPES: frozenset[Any] = frozenset({np.result_type, np.shape, np.ndim, np.size, np.can_cast})
WRITE_TO_FIRST: frozenset[Any] = frozenset({np.copyto, np.put, np.putmask, np.place, np.fill_diagonal})
OUT_BY_NAME_ONLY = (np.maximum, np.minimum)  # NumPy deprecates the place of their third argument

CANNOT_FOLLOW = "a step is recorded once and played back, which {name} of its numbers cannot be"
NOT_OURS = "a recorded step writes only into arrays from `ops` and into those it is given, not here, in {name}"


class Recording:
    """The calls of a step, in order, on arrays that stay the same; what is computed in them is written by it alone."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._changing: list[Array] = []

    def watch(self, value: Value, *, fixed: bool = False) -> Value:
        """A view of the array, or of each in a structure: what NumPy computes from it and writes into it is seen.

        `fixed` says that nobody else writes into them between steps.
        """
        if not fixed:
            self._changing += _arrays(_bare(value))
        watched: Value = _each_array(value, self.watched)
        return watched

    def watched(self, array: Array) -> Array:
        """A view of an array of the step's own."""
        view = array.view(Watched)
        view.recording = self
        return view

    def end(self) -> Replay:
        """What computes the step anew from its present inputs. Nothing more is recorded.

        It is apart, as views of the arrays know their recording: together they would keep each other in memory.
        """
        replay = Replay([call.make for call in needed(self._calls, self._changing)])
        self._calls, self._changing = [], []
        return replay

    def run(self, call: Callable[[], object], reads: Any, writes: Any) -> None:
        """Makes a call and keeps it, with the arrays in what it reads and in what it writes."""
        call()
        self._keep(call, reads, writes)

    def _keep(self, call: Callable[[], object], reads: Any, writes: Any) -> None:
        self._calls.append(Call(call, _arrays(_bare(reads)), _arrays(_bare(writes))))

    def compute(self, function: Callable[..., Any], name: str, args: Any, kwargs: dict[str, Any]) -> Any:
        """The result of a function or method of arrays, which is recorded.

        Raises TypeError where it cannot be followed: Python's own numbers come out, or an array that nobody watches.
        """
        bare_args, bare_kwargs = _bare(args), _bare(kwargs)
        call = _shorter(function, bare_args, bare_kwargs)
        result = call()
        if function in WRITE_TO_FIRST or result is None:
            self._keep(call, (args[1:] if function is np.copyto else args, kwargs), _written(args[0], name))
            return None
        values, bare_values = (*args, *kwargs.values()), (*bare_args, *bare_kwargs.values())
        for i, (given, bare) in enumerate(zip(values, bare_values, strict=True)):
            # NumPy gives back a number, not the array, where `out` has no axes.
            if isinstance(given, np.ndarray) and (bare is result or given is kwargs.get("out")):
                self._keep(call, values[:i] + values[i + 1 :], _written(given, name))
                return given
        if not isinstance(result, np.ndarray | np.generic | bool | int | float) or function in INSPECTING:
            raise TypeError(CANNOT_FOLLOW.format(name=name))
        array = np.asarray(result)
        if not any(np.may_share_memory(array, arg) for arg in _arrays(bare_args)):
            self._keep(lambda: np.copyto(array, call()), values, array)
        return self.watched(array)


class Replay:
    """The calls of a step; playing them back lets all arrays hold what comes of the present inputs."""

    def __init__(self, calls: list[Callable[[], object]]) -> None:
        self._calls = calls

    def __call__(self) -> None:
        """Computes the step anew."""
        for call in self._calls:
            call()


class Watched(np.ndarray):
    """An array whose part in NumPy's calls is recorded."""

    recording: Recording

    def __array_finalize__(self, parent: Any) -> None:
        if isinstance(parent, Watched):
            self.recording = parent.recording

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        outputs = tuple(_written(out, ufunc.__name__) for out in kwargs.pop("out", ()))
        kwargs = {name: _bare(value) for name, value in kwargs.items()}
        if method == "at":
            _written(inputs[0], ufunc.__name__)
        operands = _bare(inputs) if method != "__call__" or "dtype" in kwargs else _typed(ufunc, _bare(inputs))
        operands = tuple(_as_written(x, outputs) for x in operands)
        function = ufunc if method == "__call__" else getattr(ufunc, method)
        if not outputs and method != "at":
            first = function(*operands, **kwargs)
            outputs = tuple(np.asarray(y) for y in (first if isinstance(first, tuple) else (first,)))
        reads, writes = (operands, kwargs), outputs or operands[0]
        if method == "reduce" and set(kwargs) <= {"axis"}:  # by place, which takes a fifth less time
            call = partial(function, *operands, kwargs.get("axis", 0), None, *outputs)
            self.recording.run(call, reads, writes)
        elif kwargs or ufunc in OUT_BY_NAME_ONLY or method != "__call__":
            out = {"out": outputs[0] if len(outputs) == 1 else outputs} if outputs else {}
            self.recording.run(partial(function, *operands, **kwargs, **out), reads, writes)
        else:
            self.recording.run(partial(function, *operands, *outputs), reads, writes)
        watched = tuple(self.recording.watched(y) for y in outputs)
        return watched[0] if len(watched) == 1 else watched or None

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function in ABOUT_SHAPES:
            return function(*_bare(args), **kwargs)
        return self.recording.compute(function, function.__name__, args, kwargs)

    def __getitem__(self, index: Any) -> Any:
        if any(array.dtype == bool for array in _arrays(index)):
            raise TypeError(CANNOT_FOLLOW.format(name="a choice by true and false"))
        return self.recording.compute(operator.getitem, "an index", (self, index), {})

    def __setitem__(self, index: Any, value: Any) -> None:
        self.recording.run(partial(operator.setitem, _bare(self), _bare(index), _bare(value)), (index, value), self)


def _bare(value: Value) -> Value:
    """The value with plain arrays in place of watched ones."""
    bare: Value = _each_array(value, lambda array: array.view(np.ndarray))
    return bare


def _each_array(value: Any, change: Callable[[Array], Array]) -> Any:
    """The value with every array in it changed, within tuples, lists and mappings."""
    if isinstance(value, np.ndarray):
        return change(value)
    if isinstance(value, dict):
        return {name: _each_array(item, change) for name, item in value.items()}
    if isinstance(value, tuple | list):
        items = [_each_array(item, change) for item in value]
        return items if isinstance(value, list) else tuple(items) if type(value) is tuple else type(value)(*items)
    return value


def _arrays(value: Any) -> list[Array]:
    """Every array within arguments."""
    if isinstance(value, np.ndarray):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, tuple | list) else ()
    return [array for item in items for array in _arrays(item)]


def _written(out: Any, name: str) -> Array:
    """An array to be written into, bare; one that is not watched would be read unnoticed."""
    if not isinstance(out, Watched):
        raise TypeError(NOT_OURS.format(name=name))
    return out.view(np.ndarray)


def _as_written(operand: Any, outputs: tuple[Array, ...]) -> Any:
    """The output itself for an operand of the same memory: to find that out takes NumPy a third of a small call."""
    if isinstance(operand, np.ndarray):
        for out in outputs:
            if operand.__array_interface__ == out.__array_interface__:
                return out
    return operand


def _typed(ufunc: np.ufunc, operands: tuple[Any, ...]) -> tuple[Any, ...]:
    """Numbers as arrays of the dtype that the call turns them into: half the time of the call."""
    kinds = tuple(type(x) if type(x) in (int, float) else np.asarray(x).dtype for x in operands)
    dtypes = ufunc.resolve_dtypes(kinds + (None,) * ufunc.nout)
    pairs = zip(operands, dtypes, strict=False)
    return tuple(np.array(x, dtype) if isinstance(x, int | float | np.generic) else x for x, dtype in pairs)


def _shorter(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[], Any]:
    """The call with all its arguments, by the shortest way: the method spares NumPy a look at who overrides `dot`."""
    if function is np.dot and not set(kwargs) - {"out"}:
        return partial(args[0].dot, *args[1:], *kwargs.values())
    return partial(function, *args, **kwargs)


def _method(name: str) -> Callable[..., Any]:
    function = getattr(np.ndarray, name)
    return lambda self, *args, **kwargs: self.recording.compute(function, name, (self, *args), kwargs)


INSPECTING = {getattr(np.ndarray, name) for name in ("__bool__", "__int__", "__float__", "__index__", "__complex__")}
PUBLIC = {name for name in dir(np.ndarray) if not name.startswith("_") and callable(getattr(np.ndarray, name))}
for _name in {method.__name__ for method in INSPECTING} | PUBLIC - {"view"}:
    setattr(Watched, _name, _method(_name))
