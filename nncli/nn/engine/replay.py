"""Replay a planned step: its calls, one after the other, on the same arrays every time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from nncli.nn.engine.program import Call

METHODS: dict[Any, Any] = {np.dot: np.ndarray.dot, np.take: np.ndarray.take, np.argmax: np.ndarray.argmax}
OUT_BY_NAME: frozenset[Any] = frozenset({np.maximum, np.minimum})  # NumPy deprecates their third argument by place


class Replay:
    """Calls whose views are arrays; when all have been made, the results are those of the present inputs."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self._calls = [_prepared(call) for call in calls]

    def __call__(self) -> None:
        """Compute the step from its present inputs."""
        for call in self._calls:
            call()


def _prepared(call: Call) -> Callable[[], object]:
    """The call as a function without arguments, in the quickest form that NumPy has for it."""
    function, args, kwargs, out = call.function, call.args, call.kwargs, call.out
    if call.how == "draw":
        return partial(function, out[0])
    if call.how == "result":
        return partial(_copy_result, partial(function, *args, **kwargs), out[0])
    if call.how == "first":
        safe = call.is_copy and isinstance(args[1], np.ndarray) and np.can_cast(args[1], args[0].dtype, "same_kind")
        return partial(function, *args, **({} if safe else kwargs))  # a named argument takes time
    if call.how in ("out", "reduce"):
        return _with_out(call)
    if kwargs or function in OUT_BY_NAME:
        return partial(function, *args, out=out[0] if len(out) == 1 else out, **kwargs)
    return partial(function, *args, *out)


def _copy_result(make: Callable[[], Any], out: Any) -> None:
    """Call a function and copy its result. Raises TypeError if its shape depends on the numbers."""
    result = make()
    if np.shape(result) != out.shape:
        raise TypeError(f"a step is recorded once, but here an array {out.shape} has become one of {np.shape(result)}")
    np.copyto(out, result)


def _with_out(call: Call) -> Callable[[], object]:
    """A call by place or as a method: reductions take a fifth less, `take` and `argmax` half the time."""
    function, args, kwargs, (out,) = call.function, call.args, call.kwargs, call.out
    if call.how == "reduce":
        if kwargs.keys() <= {"axis"}:
            return partial(function.reduce, *args, kwargs.get("axis", 0), None, out)
        return partial(function.reduce, *args, out=out, **kwargs)
    method = METHODS.get(function, function)
    if method is np.ndarray.dot:
        return partial(args[0].dot, *args[1:], out)
    if method in METHODS.values():
        return partial(method.__get__(args[0]), *args[1:], out=out, **kwargs)
    return partial(function, *args, out=out, **kwargs)
