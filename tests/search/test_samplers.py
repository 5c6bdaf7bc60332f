"""Samplers that do not learn: grid, random and halton."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nncli.search.domains import Choice, Range
from nncli.search.samplers import halton
from nncli.search.samplers.grid import Grid
from nncli.search.samplers.halton import Halton, _fraction
from nncli.search.samplers.random import Random
from nncli.search.space import Space

UNIT = Space({"x": Range(0, 1), "y": Range(0, 1)})
LINE = Space({"x": Range(0, 1)})


def test_grid_takes_the_points_in_order() -> None:
    space = Space({"a": Choice((1, 2)), "b": Choice((3, 4))})
    assert [Grid().settings(space, number) for number in range(4)] == [space.point(number) for number in range(4)]


@pytest.mark.parametrize("sampler", [Random, Halton])
def test_seeds_draw_different_trials(sampler: type[Random | Halton]) -> None:
    draws = [[sampler(seed=seed).settings(UNIT, number)["x"] for number in range(20)] for seed in range(5)]
    assert len({tuple(draw) for draw in draws}) == 5
    assert all(not set(a) & set(b) for a, b in pairwise(draws))


@pytest.mark.parametrize("sampler", [Random, Halton])
def test_trials_are_all_different(sampler: type[Random | Halton]) -> None:
    assert len({sampler().settings(LINE, number)["x"] for number in range(1000)}) > 990  # six digits


@pytest.mark.parametrize("sampler", [Random, Halton])
def test_every_option_is_drawn_about_as_often(sampler: type[Random | Halton]) -> None:
    space = Space({"a": Choice(tuple("abcde"))})
    drawn = [sampler().settings(space, number)["a"] for number in range(1000)]
    assert all(150 < drawn.count(option) < 250 for option in "abcde")


def test_random_parameter_does_not_change_when_another_setting_is_added_after_it() -> None:
    before, after = (Random(seed=1).settings(space, 5)["x"] for space in (LINE, UNIT))
    assert before == after


@pytest.mark.parametrize(("position", "base"), [(0, 2), (1, 3), (2, 5), (3, 7)])
def test_halton_puts_one_trial_into_each_interval(position: int, base: int) -> None:
    """Any base^k successive trials, from a multiple on, fall into the base^k intervals of equal length once each."""
    space = Space({f"x{i}": Range(0, 1) for i in range(4)})
    for seed, intervals in ((0, base), (1, base**2), (2, base**3)):
        for first in (0, 3 * intervals):
            drawn = [
                Halton(seed=seed).settings(space, number)[f"x{position}"] for number in range(first, first + intervals)
            ]
            assert sorted(int(value * intervals) for value in drawn) == list(range(intervals))


def test_halton_without_permutations_is_the_radical_inverse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halton, "_permutations", lambda base, seed: [list(range(base))] * 10)
    points = [tuple(Halton().settings(UNIT, number).values()) for number in range(6)]
    inverse = [(0, 0), (1 / 2, 1 / 3), (1 / 4, 2 / 3), (3 / 4, 1 / 9), (1 / 8, 4 / 9), (5 / 8, 7 / 9)]
    assert np.allclose(points, inverse, atol=1e-6)


def test_halton_covers_a_square_more_evenly_than_random_draws() -> None:
    """The centred discrepancy of 128 trials (Hickernell 1998)."""

    def discrepancy(points: np.ndarray) -> float:
        n, x = len(points), np.abs(points - 0.5)
        first = np.prod(1 + x / 2 - x**2 / 2, axis=1).sum()
        pairs = 1 + x[:, None] / 2 + x[None] / 2 - np.abs(points[:, None] - points[None]) / 2
        return float((13 / 12) ** 2 - 2 / n * first + np.prod(pairs, axis=2).sum() / n**2)

    def of(sampler: Random | Halton) -> float:
        return discrepancy(np.array([list(sampler.settings(UNIT, number).values()) for number in range(128)]))

    assert all(of(Halton(seed=seed)) < of(Random(seed=seed)) / 5 for seed in range(5))


def test_halton_parameters_are_not_correlated() -> None:
    """Without permutations, the parameters with the bases 17 and 19 would lie on lines."""
    space = Space({f"x{i}": Range(0, 1) for i in range(8)})
    for seed in range(5):
        trials = np.array([list(Halton(seed=seed).settings(space, number).values()) for number in range(200)])
        correlations = np.corrcoef(trials.T) - np.eye(8)
        assert np.abs(correlations).max() < 0.35


@given(st.integers(0, 2**32 - 1), st.integers(0, 10**9))
def test_halton_fractions_are_below_one(seed: int, number: int) -> None:
    for base in (2, 3, 7919):
        assert 0 <= _fraction(number, base, seed) <= math.nextafter(1, 0)


def test_halton_uses_prime_bases() -> None:
    assert halton._primes()[:6] == [2, 3, 5, 7, 11, 13]
    assert halton._primes()[999] == 7919
