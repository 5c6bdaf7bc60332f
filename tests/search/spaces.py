"""Spaces for tests: a strategy of Hypothesis, and one that contains every kind of parameter."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from nncli.search.domains import Choice, Range
from nncli.search.space import Parameter, Space

EVERY_KIND = Space(
    {
        "optimizer": Choice(
            (
                {"type": "adam", "learning_rate": Range(1e-4, 1e-1, logarithmic=True)},
                {"type": "sgd", "learning_rate": Range(1e-3, 1.0, logarithmic=True), "momentum": Range(0, 0.99)},
            )
        ),
        "layers": Choice(([{"units": Range(4, 64, whole=True)}], [{"units": 8}, {"units": Choice((8, 16))}])),
        "train.batch_size": Choice((None, 16, 32)),
        "train.shuffle": Choice((True, False)),
        "init.scale": Choice((0.01, 0.1, 1.0), ordered=True),
        "train.epochs": Range(10, 1000, logarithmic=True, whole=True),
    }
)

scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-1, 1) | st.sampled_from(["relu", "tanh"])
keys = st.sampled_from(["type", "units", "rate", "scale"])


@st.composite
def ranges(draw: st.DrawFn) -> Range:
    """Return a range, of numbers or whole numbers."""
    logarithmic, whole = draw(st.booleans()), draw(st.booleans())
    if whole:
        low = draw(st.integers(1, 1000))
        return Range(low, low + draw(st.integers(1, 1000)), logarithmic, whole)
    low = draw(st.floats(1e-6, 1e3))
    return Range(low, low * draw(st.floats(1.01, 1e6)), logarithmic)


def choices(options: st.SearchStrategy[Any]) -> st.SearchStrategy[Choice]:
    """Return choices between different options."""
    return st.lists(options, min_size=1, max_size=3, unique_by=repr).map(lambda each: Choice(tuple(each)))


def templates(domains: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return templates: values, domains, and mappings, lists and choices that contain them."""
    return st.recursive(
        scalars | domains,
        lambda inner: (
            st.dictionaries(keys, inner, max_size=3) | st.lists(inner, min_size=1, max_size=2) | choices(inner)
        ),
        max_leaves=6,
    )


paths = st.sampled_from(["optimizer", "layers.0.units", "init.scale", "train.epochs"])
spaces = st.dictionaries(paths, choices(templates(ranges())) | ranges(), min_size=1, max_size=3).map(Space)
finite_spaces = st.dictionaries(paths, choices(templates(choices(scalars))), min_size=1, max_size=3).map(Space)


def chooser(draws: list[float]) -> Any:
    """Return a function that chooses by the fractions of a list, again from its start after its end."""
    position = iter(range(10**6))

    def choose(parameter: Parameter) -> Any:
        return parameter.domain.at(draws[next(position) % len(draws)])

    return choose
