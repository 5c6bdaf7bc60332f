"""Spaces: settings and values of trials, points of grids, and conditional parameters."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from itertools import islice, product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nncli.search.domains import Choice, Range
from nncli.search.space import Parameter, Space, labels
from tests.search.spaces import EVERY_KIND, chooser, finite_spaces, spaces

fractions = st.lists(st.floats(0, math.nextafter(1, 0)), min_size=1, max_size=12)


@given(spaces, fractions)
def test_settings_are_in_their_space(space: Space, draws: list[float]) -> None:
    assert space.contains(space.settings(chooser(draws)))


@given(spaces, fractions)
def test_values_of_settings_give_the_settings_again(space: Space, draws: list[float]) -> None:
    settings = space.settings(chooser(draws))
    values = space.values(settings)
    assert space.settings(lambda parameter: values[parameter.key]) == settings


@given(spaces, fractions)
def test_settings_survive_the_journal(space: Space, draws: list[float]) -> None:
    settings = space.settings(chooser(draws))
    assert space.contains(json.loads(json.dumps(settings)))


@given(spaces, fractions)
def test_every_value_has_a_parameter_with_this_key(space: Space, draws: list[float]) -> None:
    keys = [parameter.key for parameter in space.parameters()]
    assert len(set(keys)) == len(keys)
    assert space.values(space.settings(chooser(draws))).keys() <= set(keys)


@given(finite_spaces)
def test_points_of_a_finite_space_are_all_its_settings(space: Space) -> None:
    every = list(islice(expand(dict(space.templates)), 300))
    assert space.size is not None
    assert [space.point(number) for number in range(min(space.size, 300))] == every
    assert all(map(space.contains, every))


def expand(template: Any) -> Iterator[Any]:
    """Yield every value of a template without ranges."""
    match template:
        case Choice():
            for option in template.options:
                yield from expand(option)
        case dict():
            for items in product(*(list(expand(item)) for item in template.values())):
                yield dict(zip(template, items, strict=True))
        case list():
            yield from map(list, product(*(list(expand(item)) for item in template)))
        case _:
            yield template


def test_last_setting_changes_fastest() -> None:
    space = Space({"a": Choice((1, 2)), "b": Choice(("x", "y", "z"))})
    points = [tuple(space.point(number).values()) for number in range(6)]
    assert points == [(1, "x"), (1, "y"), (1, "z"), (2, "x"), (2, "y"), (2, "z")]


def test_size_counts_the_options_of_options() -> None:
    inner = {"type": "sgd", "momentum": Choice((0, 0.5, 0.9))}
    assert Space({"optimizer": Choice(({"type": "adam"}, inner)), "a": Choice((1, 2))}).size == (1 + 3) * 2
    assert Space({"optimizer": Choice((1, {"rate": Range(0, 1)}))}).size is None


def test_parameter_of_an_option_exists_only_in_trials_with_this_option() -> None:
    def asked(optimizer: int) -> list[str]:
        keys = list[str]()

        def choose(parameter: Parameter) -> Any:
            keys.append(parameter.key)
            return optimizer if parameter.key == "optimizer" else parameter.domain.at(0)

        EVERY_KIND.settings(choose)
        return keys

    others = ["layers", "layers[0].0.units", "train.batch_size", "train.shuffle", "init.scale", "train.epochs"]
    assert asked(0) == ["optimizer", "optimizer[0].learning_rate", *others]
    assert asked(1) == ["optimizer", "optimizer[1].learning_rate", "optimizer[1].momentum", *others]


def test_parameters_of_two_options_share_a_path_but_no_key() -> None:
    rates = [each for each in EVERY_KIND.parameters() if each.path == "optimizer.learning_rate"]
    assert [each.key for each in rates] == ["optimizer[0].learning_rate", "optimizer[1].learning_rate"]


def test_settings_outside_of_a_narrower_space_are_not_in_it() -> None:
    wide, narrow = (Space({"rate": Range(low, 1.0, logarithmic=True)}) for low in (1e-4, 1e-2))
    assert wide.contains({"rate": 1e-3})
    assert not narrow.contains({"rate": 1e-3})
    assert not wide.contains({"rate": 1e-3, "scale": 1})
    assert not wide.contains({})


def test_labels_are_short_and_different() -> None:
    assert labels(EVERY_KIND.templates["optimizer"]) == ["adam", "sgd"]
    assert labels(Choice((None, True, 0.1, "relu"))) == ["null", "true", "0.1", "relu"]
    assert labels(Choice(({"type": "sgd", "m": 0}, {"type": "sgd", "m": 1}))) == ["m=0", "m=1"]
    ranges = tuple({"type": "sgd", "m": Range(low, 1.0)} for low in (0.0, 0.5))
    assert labels(Choice(ranges)) == ["sgd #0", "sgd #1"], "only their ranges differ"
    assert labels(Choice(({"type": "sgd", "m": 0}, {"type": "sgd", "m": 1}, {"type": "adam"}))) == [
        "sgd m=0",
        "sgd m=1",
        "adam",
    ]
