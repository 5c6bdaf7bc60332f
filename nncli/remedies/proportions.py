"""Intervals for proportions of few trainings, which are exact enough where the normal approximation is not."""

from __future__ import annotations

import math
from typing import NamedTuple

Z = 1.959964  # of a 95 % interval


class Interval(NamedTuple):
    """The ends of a 95 % confidence interval."""

    low: float
    high: float


def proportion_interval(successes: int, trials: int) -> Interval:
    """Return the Wilson interval of a proportion; from 0 to 1 without any trial.

    Source: Wilson 1927, "Probable Inference, the Law of Succession, and Statistical Inference".
    """
    if not trials:
        return Interval(0.0, 1.0)
    center = (successes + Z**2 / 2) / (trials + Z**2)
    half = Z * math.sqrt(successes * (trials - successes) / trials + Z**2 / 4) / (trials + Z**2)
    return Interval(max(center - half, 0.0), min(center + half, 1.0))


def difference_interval(first: tuple[int, int], second: tuple[int, int]) -> Interval:
    """Return the interval of the first proportion minus the second; each is a pair of successes and trials.

    Source: Newcombe 1998, "Interval Estimation for the Difference between Independent Proportions", method 10.
    """
    (p, (p_low, p_high)), (q, (q_low, q_high)) = (_proportion(*pair) for pair in (first, second))
    low = p - q - math.hypot(p - p_low, q_high - q)
    high = p - q + math.hypot(p_high - p, q - q_low)
    return Interval(max(low, -1.0), min(high, 1.0))


def _proportion(successes: int, trials: int) -> tuple[float, Interval]:
    return (successes / trials if trials else 0.5), proportion_interval(successes, trials)
