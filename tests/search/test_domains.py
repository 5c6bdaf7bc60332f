"""Domains: the values at fractions, rounding, and which values of earlier trials they contain."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nncli.search.domains import Choice, Range, matches
from tests.search.spaces import ranges

LAST = math.nextafter(1, 0)
fractions = st.floats(0, LAST)


@pytest.mark.parametrize(
    ("domain", "ends"),
    [
        (Range(0, 0.99), (0, 0.99)),
        (Range(1e-4, 1e-1, logarithmic=True), (1e-4, 1e-1)),
        (Range(8, 128, whole=True), (8, 128)),
        (Range(8, 128, logarithmic=True, whole=True), (8, 128)),
        (Choice(("a", "b", "c")), (0, 2)),
    ],
)
def test_fractions_reach_both_ends(domain: Range | Choice, ends: tuple[float, float]) -> None:
    assert (domain.at(0.0), domain.at(LAST)) == ends


def test_middle_of_a_range_is_the_mean_or_the_geometric_mean() -> None:
    assert Range(2, 8).at(0.5) == 5
    assert Range(2, 8, logarithmic=True).at(0.5) == 4


def test_whole_numbers_are_equally_likely() -> None:
    values = [Range(1, 4, whole=True).at(i / 1000) for i in range(1000)]
    assert [values.count(value) for value in (1, 2, 3, 4)] == [250] * 4


@given(ranges(), fractions)
def test_value_at_a_fraction_is_in_the_range(domain: Range, u: float) -> None:
    value = domain.at(u)
    assert domain.contains(value)
    assert type(value) is (int if domain.whole else float) or value in (domain.low, domain.high)


@given(ranges(), fractions)
def test_rounded_value_has_six_digits_unless_it_is_an_end(domain: Range, u: float) -> None:
    value = domain.at(u)
    assert value in (domain.low, domain.high) or domain.whole or value == float(f"{value:.6g}")


@given(ranges(), fractions, fractions)
def test_values_grow_with_the_fraction(domain: Range, u: float, v: float) -> None:
    assert domain.at(min(u, v)) <= domain.at(max(u, v))


@pytest.mark.parametrize(
    ("template", "inside", "outside"),
    [
        (Range(0, 1), [0, 0.5, 1, 1.0], [-0.1, 1.1, True, "1", None, math.nan]),
        (Range(1, 9, whole=True), [1, 9], [0, 10, 5.0, True]),
        (Choice((0.01, 0.1)), [0.01, 0.1], [0.05, "0.1"]),
        (Choice((True, None)), [True, None], [1, False, 0]),
        (Choice((1, 0)), [1, 0], [True, False]),
        (Choice(([1, 2], [3])), [[1, 2], [3]], [[1], [2, 1], 3]),
        ({"type": "sgd", "momentum": Range(0, 1)}, [{"type": "sgd", "momentum": 0.5}], [{"type": "sgd"}, "sgd"]),
        ([Range(0, 1), 5], [[0.5, 5]], [[0.5], [0.5, 6]]),
    ],
)
def test_template_matches_its_values_only(template: object, inside: list[object], outside: list[object]) -> None:
    assert all(matches(template, value) for value in inside)
    assert not any(matches(template, value) for value in outside)
