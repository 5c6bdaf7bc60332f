"""Arrays that record the NumPy calls in which they take part."""

from __future__ import annotations

import operator
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import DTypeLike

from nncli.arrays import Array
from nncli.nn.engine.program import Buffer, View

Value = TypeVar("Value")

SHAPE_QUERIES: frozenset[Any] = frozenset({np.result_type, np.shape, np.ndim, np.size, np.can_cast})
# NumPy implements these by ufunc calls and views, which are recorded one by one.
MADE_OF_UFUNCS: frozenset[Any] = frozenset(
    {np.sum, np.prod, np.max, np.min, np.any, np.all, np.var, np.std, np.clip} | {np.stack, np.expand_dims}
)
DEFAULTS: dict[str, tuple[Any, ...]] = {"dtype": (None,), "keepdims": (False,), "where": (True,), "subok": (False,)}


class Recorder(Protocol):
    """Make and record the calls of watched arrays."""

    def ufunc(self, function: np.ufunc, inputs: Any, outputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Make and record the call of a ufunc."""

    def reduce(self, function: np.ufunc, inputs: Any, kwargs: dict[str, Any]) -> Any:
        """Make and record a reduction."""

    def call(self, function: Callable[..., Any], name: str, args: Any, kwargs: dict[str, Any]) -> Any:
        """Make and record any other function or method of NumPy."""

    def wrap_new(self, array: Array) -> Any:
        """Wrap a new array of the step."""

    def wrap(self, array: Array, buffer: Buffer, origin: int) -> Any:
        """Wrap an array that lies in a buffer with the address `origin`."""

    def refuse(self, what: str) -> Any:
        """Raise TypeError: `what` cannot be replayed."""


class WatchedArray(np.ndarray):
    """An array that records the NumPy calls in which it takes part.

    It is read-only for anything that cannot be recorded, such as `np.asarray(x)[0] = 1` or `random.random(out=x)`.
    """

    recording: Recorder
    buffer: Buffer
    origin: int  # the address of the buffer
    is_number: bool = False  # stands for a NumPy number, which `+=` does not change in place

    def __array_finalize__(self, parent: Any) -> None:
        if isinstance(parent, WatchedArray):  # such as .T
            self.recording, self.buffer, self.origin = parent.recording, parent.buffer, parent.origin

    @property
    def buffer_view(self) -> View:
        """The array as a view of its buffer."""
        view = View.of(self, self.buffer, address(self) - self.origin)
        start, stop = view.bounds
        if self.size > 0 and (start < 0 or stop > self.buffer.size):
            self.recording.refuse("a copy not made by the method `copy`")
        return view

    @property
    def real(self) -> Any:
        """The real part, as a view."""
        return np.ndarray.real.__get__(self)

    @real.setter
    def real(self, value: Any) -> None:
        self.recording.refuse("writing into `real`")

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        kwargs = {name: value for name, value in kwargs.items() if not _is_default(name, value)}
        outputs = kwargs.pop("out", ())
        if method == "__call__":
            target = inputs[0]
            if len(outputs) == 1 and outputs[0] is target and isinstance(target, WatchedArray) and target.is_number:
                outputs = ()
            return self.recording.ufunc(ufunc, inputs, outputs, kwargs)
        kwargs |= {"out": outputs[0]} if outputs else {}
        if method == "reduce":
            return self.recording.reduce(ufunc, inputs, kwargs)
        return self.recording.call(getattr(ufunc, method), ufunc.__name__, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function in SHAPE_QUERIES:
            return function(*unwrap(args), **kwargs)
        if function is np.mean:
            return mean(*args, **kwargs)
        if function in (np.zeros_like, np.ones_like):
            array = self.recording.wrap_new(np.empty_like(*unwrap(args), **kwargs))
            np.copyto(array, int(function is np.ones_like), casting="unsafe")
            return array
        if function is np.empty_like:
            return self.recording.wrap_new(function(*unwrap(args), **kwargs))
        if function in MADE_OF_UFUNCS:
            return super().__array_function__(function, types, args, kwargs)
        return self.recording.call(function, function.__name__, args, kwargs)

    def __getitem__(self, index: Any) -> Any:
        if any(array.dtype == bool for array in arrays_in(index)):
            self.recording.refuse("a boolean index")
        return self.recording.call(operator.getitem, "an index", (self, index), {})

    def __setitem__(self, index: Any, value: Any) -> None:
        indices = index if isinstance(index, tuple) else (index,)
        if all(type(item) is int or item is None or item is ... or isinstance(item, slice) for item in indices):
            np.copyto(self[indices if ... in indices else (*indices, ...)], value, casting="unsafe")
        else:
            self.recording.call(operator.setitem, "an index", (self, index, value), {})

    def astype(  # type: ignore[override]
        self, dtype: DTypeLike, order: Any = "K", casting: Any = "unsafe", subok: bool = True, copy: bool = True
    ) -> Any:
        """Return the array in another dtype: a copy, unless `copy` is False and it already has that dtype."""
        if not copy and self.dtype == dtype:
            return self
        like = self.view(np.ndarray)
        result = self.recording.wrap_new(np.empty_like(like, dtype, order=order))
        np.copyto(result, self, casting=casting)
        return result

    def copy(self, order: Any = "C") -> Any:
        """Return a copy of the array."""
        like = self.view(np.ndarray)
        result = self.recording.wrap_new(np.empty_like(like, order=order))
        np.copyto(result, self)
        return result

    def __repr__(self) -> str:
        return repr(self.view(np.ndarray))

    def __str__(self) -> str:
        return str(self.view(np.ndarray))

    def mean(self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:  # type: ignore[override]
        """Return the mean along an axis."""
        return mean(self, axis, dtype, out, keepdims)


def mean(x: Array, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """Return sum / count. `np.mean` divides in float64, which gives the same bits for counts below 2²⁴."""
    if dtype is None and x.dtype.kind not in "fc":
        dtype = np.float64
    total: Any = np.add.reduce(x, axis=axis, dtype=dtype, keepdims=keepdims)  # type: ignore[call-overload]
    return np.divide(total, x.size // max(total.size, 1), out=total if out is None else out)


def address(array: Array) -> int:
    """Return the address of an array's first entry."""
    place: int = array.__array_interface__["data"][0]
    return place


def _is_default(name: str, value: Any) -> bool:
    return name in DEFAULTS and any(value is default for default in DEFAULTS[name])


def unwrap(value: Value) -> Value:
    """Return the value with plain arrays in place of recording ones."""
    plain: Value = map_arrays(value, _plain)
    return plain


def _plain(array: Array) -> Array:
    plain = array.view(np.ndarray)
    if isinstance(array, WatchedArray):
        with suppress(ValueError):  # if the outside array is read-only
            plain.flags.writeable = True
    return plain


def map_arrays(value: Any, change: Callable[[Array], Any]) -> Any:
    """Apply a function to every array of a value, within tuples, lists and mappings."""
    if isinstance(value, np.ndarray):
        return change(value)
    if isinstance(value, dict):
        return {name: map_arrays(item, change) for name, item in value.items()}
    if isinstance(value, tuple | list):
        items = [map_arrays(item, change) for item in value]
        return items if isinstance(value, list) else tuple(items) if type(value) is tuple else type(value)(*items)
    return value


def arrays_in(value: Any, kind: type = np.ndarray) -> list[Any]:
    """Return all arrays, or all objects of another type, within arguments."""
    if isinstance(value, kind):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, tuple | list) else ()
    return [array for item in items for array in arrays_in(item, kind)]


def _recording_method(name: str) -> Callable[..., Any]:
    function = getattr(np.ndarray, name)
    return lambda self, *args, **kwargs: self.recording.call(function, name, (self, *args), kwargs)


def _refusing_property(name: str) -> property:
    """Return a property that refuses access to numbers that would bypass the recorder."""

    def refuse(array: WatchedArray, *value: Any) -> None:
        array.recording.refuse(f"`{name}`")

    return property(refuse, refuse)


CONVERSIONS = {getattr(np.ndarray, name) for name in ("__bool__", "__int__", "__float__", "__index__", "__complex__")}
PUBLIC = {name for name in dir(np.ndarray) if not name.startswith("_") and callable(getattr(np.ndarray, name))}
UFUNC_METHODS = {"sum", "prod", "max", "min", "any", "all", "var", "std", "clip"}  # NumPy turns these into ufunc calls
OWN_METHODS = {"view", "astype", "copy", "mean", "setflags"}
for _name in {method.__name__ for method in CONVERSIONS} | PUBLIC - UFUNC_METHODS - OWN_METHODS:
    setattr(WatchedArray, _name, _recording_method(_name))
for _name in ("ctypes", "data", "flat", "imag"):
    setattr(WatchedArray, _name, _refusing_property(_name))
