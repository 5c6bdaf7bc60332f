"""Intervals for proportions, with the examples of their publications."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nncli.remedies.proportions import difference_interval, proportion_interval


def test_interval_of_a_proportion_is_that_of_wilson() -> None:
    assert proportion_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)  # Newcombe 1998, two-sided, (a)
    assert proportion_interval(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert proportion_interval(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)
    assert proportion_interval(0, 0) == (0, 1)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((56, 70), (48, 80), (0.0524, 0.3339)),  # Newcombe 1998, "Interval Estimation", table II, (a), method 10
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((6, 7), (2, 7), (0.0582, 0.8062)),
        ((10, 10), (0, 10), (0.6075, 1.0)),
    ],
)
def test_interval_of_a_difference_is_that_of_newcombe(first, second, expected) -> None:
    assert difference_interval(first, second) == pytest.approx(expected, abs=5e-5)


COUNTS = st.integers(0, 12).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials)))


@given(COUNTS, COUNTS)
def test_interval_of_a_difference_contains_it_and_changes_sign_with_it(first, second) -> None:
    low, high = difference_interval(first, second)
    assert -1 <= low <= high <= 1
    if first[1] and second[1]:
        assert low - 1e-12 <= first[0] / first[1] - second[0] / second[1] <= high + 1e-12
    assert difference_interval(second, first) == pytest.approx((-high, -low))
