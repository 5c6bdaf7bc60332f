"""`fast_dataclass` creates the same classes as `dataclasses.dataclass`."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any, ClassVar

import pytest

from nncli.start_up.fast_dataclass import fast_dataclass


def plain_class() -> type[Any]:
    """Return a class with a field of every kind, before a decorator is applied."""

    class Point:
        """A point."""

        x: float
        y: float = 0.5
        names: list[str] = dataclasses.field(default_factory=list)
        example: ClassVar[int] = 3

        def double(self) -> float:
            return self.x * 2

    return Point


Fast: Any = fast_dataclass(plain_class())
Standard: Any = dataclasses.dataclass(frozen=True, slots=True, kw_only=True)(plain_class())


@fast_dataclass
class Pair:
    """A class with hashable fields, at module level so that it can be pickled."""

    a: int
    b: tuple[int, ...] = ()


@pytest.mark.parametrize("values", [{"x": 1.0}, {"x": 1.0, "y": 2.0}, {"x": 1.0, "names": ["a"]}])
def test_equals_a_standard_dataclass(values: dict[str, Any]) -> None:
    fast, standard = Fast(**values), Standard(**values)
    assert repr(fast) == repr(standard)
    assert dataclasses.asdict(fast) == dataclasses.asdict(standard)
    replaced = [dataclasses.replace(point, y=7.0) for point in (fast, standard)]
    assert dataclasses.asdict(replaced[0]) == dataclasses.asdict(replaced[1])
    assert (fast.double(), fast.example) == (2.0, 3)
    assert fast == Fast(**values) != standard
    assert fast != Fast(**values | {"y": 9.0})


def test_has_slots_only() -> None:
    assert Fast.__slots__ == Standard.__slots__
    assert not hasattr(Fast(x=1.0), "__dict__")


def test_own_method_is_kept() -> None:
    @fast_dataclass
    class Quiet:
        """A class with its own repr."""

        x: int = 1

        def __repr__(self) -> str:
            return "hush"

    assert repr(Quiet()) == "hush"


def test_equal_instances_have_equal_hashes() -> None:
    assert len({Pair(a=1), Pair(a=1, b=()), Pair(a=1, b=(2,))}) == 2
    with pytest.raises(TypeError):
        hash(Fast(x=1.0))  # a list has no hash


@pytest.mark.parametrize("copier", [copy.copy, copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))])
def test_can_be_copied_and_pickled(copier: Any) -> None:
    assert copier(Pair(a=1, b=(2, 3))) == Pair(a=1, b=(2, 3))


def test_default_factories_are_called_for_each_instance() -> None:
    assert Fast(x=1.0).names is not Fast(x=1.0).names


@pytest.mark.parametrize(
    ("arguments", "keywords", "message"),
    [
        ((), {}, "Point needs x"),
        ((), {"x": 1.0, "z": 2.0}, "Point has no field z"),
        ((1.0,), {}, "keyword arguments only"),
    ],
)
def test_wrong_arguments_are_refused(arguments: tuple[float, ...], keywords: dict[str, float], message: str) -> None:
    for cls in (Fast, Standard):
        with pytest.raises(TypeError):
            cls(*arguments, **keywords)
    with pytest.raises(TypeError, match=message):
        Fast(*arguments, **keywords)


def test_instances_are_frozen() -> None:
    for point in (Fast(x=1.0), Standard(x=1.0)):
        with pytest.raises(dataclasses.FrozenInstanceError):
            point.x = 2.0
        with pytest.raises(dataclasses.FrozenInstanceError):
            del point.x
        assert point.x == 1.0


def test_post_init_is_called() -> None:
    @fast_dataclass
    class Positive:
        x: float

        def __post_init__(self) -> None:
            if self.x <= 0:
                raise ValueError("x must be positive")

    assert Positive(x=1.0).x == 1.0
    with pytest.raises(ValueError, match="must be positive"):
        Positive(x=-1.0)


def test_own_comparison_keeps_the_hash() -> None:
    @fast_dataclass
    class Loose:
        x: int

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Loose)

    assert (Loose(x=1) == Loose(x=2), hash(Loose(x=1)) == hash(Loose(x=1))) == (True, True)


def test_unsupported_classes_are_refused() -> None:
    class Hidden:
        x: int = dataclasses.field(init=False, default=1)

    for cls, message in ((Standard, "Point is a dataclass already"), (Hidden, "Hidden has a field with init=False: x")):
        with pytest.raises(TypeError, match=message):
            fast_dataclass(cls)
