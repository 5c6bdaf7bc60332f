"""Frozen, slotted, keyword-only dataclasses, created in a tenth of the usual time.

`dataclasses.dataclass` compiles six functions for each class, and every start of nncli creates about eighty classes of
a spec. Here these functions are written once and look up the fields of the class.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, fields
from typing import Any, NoReturn, TypeVar, dataclass_transform

T = TypeVar("T", bound=type)


@dataclass_transform(kw_only_default=True, frozen_default=True)
def fast_dataclass(cls: T) -> T:
    """Replace `@dataclass(frozen=True, slots=True, kw_only=True)`.

    The differences: the signature of the class names no fields, and its subclasses must use this decorator too. Raises
    TypeError for a class that is a dataclass already, and for a field with init=False.
    """
    if "__dataclass_fields__" in vars(cls):
        raise TypeError(f"{cls.__name__} is a dataclass already; remove one of the decorators")
    own = {name for name, value in vars(cls).items() if value is not None}  # with an __eq__, Python sets no __hash__
    for name in METHODS.keys() - own:
        setattr(cls, name, METHODS[name])
    new_class: Any = dataclass(init=False, repr=False, eq=False, slots=True, kw_only=True)(cls)
    if hidden := [field.name for field in fields(new_class) if not field.init]:
        raise TypeError(f"{cls.__name__} has a field with init=False: {', '.join(hidden)}")
    return new_class  # type: ignore[no-any-return]


def _init(self: Any, /, *args: Any, **values: Any) -> None:
    if args:
        raise TypeError(f"{type(self).__name__} takes keyword arguments only")
    for field in fields(self):
        object.__setattr__(self, field.name, values.pop(field.name) if field.name in values else _default(self, field))
    if values:
        raise TypeError(f"{type(self).__name__} has no field {', '.join(values)}")
    if hasattr(self, "__post_init__"):
        self.__post_init__()


def _default(self: Any, field: Field[Any]) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    if field.default is MISSING:
        raise TypeError(f"{type(self).__name__} needs {field.name}")
    return field.default


def _values(self: Any) -> tuple[Any, ...]:
    return tuple(getattr(self, field.name) for field in fields(self))


def _repr(self: Any) -> str:
    values = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in fields(self))
    return f"{type(self).__qualname__}({values})"


def _eq(self: Any, other: object) -> bool:
    return _values(self) == _values(other) if type(self) is type(other) else NotImplemented


def _hash(self: Any) -> int:
    return hash(_values(self))


def _refuse(self: Any, name: str, *value: Any) -> NoReturn:
    raise FrozenInstanceError(f"cannot change {name!r} of a {type(self).__name__}")


def _restore(self: Any, state: tuple[None, dict[str, Any]]) -> None:
    """Set the slots for `copy` and `pickle`, whose plain assignments would be refused."""
    for name, value in state[1].items():
        object.__setattr__(self, name, value)


METHODS: dict[str, Callable[..., Any]] = {
    "__init__": _init,
    "__repr__": _repr,
    "__eq__": _eq,
    "__hash__": _hash,
    "__setattr__": _refuse,
    "__delattr__": _refuse,
    "__setstate__": _restore,
}
