"""Frozen dataclasses of our own making, which are to be what `dataclasses.dataclass` would make."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any, ClassVar

import pytest

from nncli.start_up.fast_dataclass import fast_dataclass


def bare() -> type[Any]:
    """A class before it is made a dataclass, with a field of every sort."""

    class Point:
        """A point."""

        x: float
        y: float = 0.5
        names: list[str] = dataclasses.field(default_factory=list)
        example: ClassVar[int] = 3

        def double(self) -> float:
            return self.x * 2

    return Point


Ours: Any = fast_dataclass(bare())
Theirs: Any = dataclasses.dataclass(frozen=True, slots=True, kw_only=True)(bare())


@fast_dataclass
class Pair:
    """Of two values that have hashes; not within a function, so that it can be pickled."""

    a: int
    b: tuple[int, ...] = ()


@pytest.mark.parametrize("given", [{"x": 1.0}, {"x": 1.0, "y": 2.0}, {"x": 1.0, "names": ["a"]}])
def test_is_what_the_usual_dataclass_is(given: dict[str, Any]) -> None:
    ours, theirs = Ours(**given), Theirs(**given)
    assert repr(ours) == repr(theirs)
    assert dataclasses.asdict(ours) == dataclasses.asdict(theirs)
    moved = [dataclasses.replace(point, y=7.0) for point in (ours, theirs)]
    assert dataclasses.asdict(moved[0]) == dataclasses.asdict(moved[1])
    assert (ours.double(), ours.example) == (2.0, 3)
    assert ours == Ours(**given) != theirs
    assert ours != Ours(**given | {"y": 9.0})


def test_has_no_room_for_anything_else() -> None:
    assert Ours.__slots__ == Theirs.__slots__
    assert not hasattr(Ours(x=1.0), "__dict__")


def test_a_method_of_its_own_stays() -> None:
    @fast_dataclass
    class Quiet:
        """A class that says itself how it is shown."""

        x: int = 1

        def __repr__(self) -> str:
            return "hush"

    assert repr(Quiet()) == "hush"


def test_two_that_are_equal_have_one_hash() -> None:
    assert len({Pair(a=1), Pair(a=1, b=()), Pair(a=1, b=(2,))}) == 2
    with pytest.raises(TypeError):
        hash(Ours(x=1.0))  # a list has none


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))])
def test_can_be_copied(again: Any) -> None:
    assert again(Pair(a=1, b=(2, 3))) == Pair(a=1, b=(2, 3))


def test_defaults_are_made_anew() -> None:
    assert Ours(x=1.0).names is not Ours(x=1.0).names


@pytest.mark.parametrize(
    ("arguments", "named", "message"),
    [((), {}, "Point needs x"), ((), {"x": 1.0, "z": 2.0}, "Point has no field z"), ((1.0,), {}, "by name only")],
)
def test_wrong_arguments_are_refused(arguments: tuple[float, ...], named: dict[str, float], message: str) -> None:
    for cls in (Ours, Theirs):
        with pytest.raises(TypeError):
            cls(*arguments, **named)
    with pytest.raises(TypeError, match=message):
        Ours(*arguments, **named)


def test_cannot_be_changed() -> None:
    for point in (Ours(x=1.0), Theirs(x=1.0)):
        with pytest.raises(dataclasses.FrozenInstanceError):
            point.x = 2.0
        with pytest.raises(dataclasses.FrozenInstanceError):
            del point.x
        assert point.x == 1.0


def test_what_is_checked_after_the_fields_are_set_is_checked() -> None:
    @fast_dataclass
    class Positive:
        x: float

        def __post_init__(self) -> None:
            if self.x <= 0:
                raise ValueError("x must be positive")

    assert Positive(x=1.0).x == 1.0
    with pytest.raises(ValueError, match="must be positive"):
        Positive(x=-1.0)


def test_a_comparison_of_its_own_leaves_it_its_hash() -> None:
    @fast_dataclass
    class Loose:
        x: int

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Loose)

    assert (Loose(x=1) == Loose(x=2), hash(Loose(x=1)) == hash(Loose(x=1))) == (True, True)


def test_what_cannot_be_made_is_refused() -> None:
    class Hidden:
        x: int = dataclasses.field(init=False, default=1)

    for cls, why in ((Theirs, "Point is a dataclass already"), (Hidden, "Hidden has a field that cannot be given: x")):
        with pytest.raises(TypeError, match=why):
            fast_dataclass(cls)
