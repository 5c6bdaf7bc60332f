"""Ranges and lists as they are written in a space, and the next ones to try."""

from __future__ import annotations

import math
from typing import Any

from nncli.config.sweep import RANGES
from nncli.search.domains import Choice, Range

KEPT = 1 / 3  # part of a range that the next one keeps; it extends as far beyond the end
STEPS = 2  # points beyond the end of a list
GEOMETRIC = 8.0  # ratio of the ends from which the points of a list are taken as geometric
DIGITS = 2  # significant digits of new numbers


def distribution(domain: Range, low: float, high: float) -> dict[str, list[float]]:
    """Return a range of the same kind, as in {log_uniform: [0.01, 1]}."""
    name = next(name for name, kind in RANGES.items() if kind == (domain.logarithmic, domain.whole))
    return {name: [_short(low), _short(high)]}


def position(domain: Range, value: float) -> float:
    """Return how far a value is between the ends: the inverse of `Range.at`, from 0 to 1."""
    if domain.logarithmic:
        return math.log(value / domain.low) / math.log(domain.high / domain.low)
    return (value - domain.low) / (domain.high - domain.low)


def beyond(domain: Range, *, upper: bool, factor: float = 1.0) -> tuple[float, float]:
    """Return a range around one end: a third of the old one, and `factor` times as much beyond."""
    inner, outer = (1 - KEPT, 1 + KEPT * factor) if upper else (KEPT, -KEPT * factor)
    low, high = sorted((_at(domain, inner), _at(domain, outer)))
    return low, high


def further_points(options: list[float], *, upper: bool) -> list[float]:
    """Return the end of a list of numbers and the next ones beyond it, with the ratio or the step of its last two."""
    ordered = sorted(options, reverse=not upper)
    previous, end = ordered[-2:]
    geometric = min(options) > 0 and max(options) / min(options) >= GEOMETRIC
    new = [end * (end / previous) ** k if geometric else end + k * (end - previous) for k in range(1, STEPS + 1)]
    whole = all(isinstance(option, int) for option in options)
    return [end, *(_rounded(value, whole=whole) for value in new)]


def threshold(below: float, value: float) -> float:
    """Return the number with the fewest digits that is above one value and not above another."""
    middle = math.sqrt(below * value) if below > 0 else (below + value) / 2
    candidates = (float(f"{number:.{digits}g}") for digits in range(1, 17) for number in (middle, value))
    return next((number for number in candidates if below < number <= value), value)


def part(domain: Range | Choice, cut: float, *, upper: bool) -> Any:
    """Return what remains of a range or a list of numbers below or, if `upper`, from a threshold on."""
    if isinstance(domain, Choice):
        return [option for option in domain.options if (option >= cut) == upper]
    if domain.whole:
        return distribution(domain, *((math.ceil(cut), domain.high) if upper else (domain.low, math.ceil(cut) - 1)))
    return distribution(domain, *((cut, domain.high) if upper else (domain.low, cut)))


def _at(domain: Range, u: float) -> float:
    value = domain.low * (domain.high / domain.low) ** u if domain.logarithmic else _between(domain, u)
    return _rounded(value, whole=domain.whole)


def _between(domain: Range, u: float) -> float:
    value = domain.low + u * (domain.high - domain.low)
    return max(value, 0.0) if domain.low >= 0 else value


def _rounded(value: float, *, whole: bool) -> float:
    """Return a number with few digits."""
    rounded = float(f"{value:.{DIGITS}g}")
    return round(rounded) if whole else _short(rounded)


def _short(value: float) -> float:
    """Return a whole number without its decimal point, unless an exponent is shorter."""
    return round(value) if float(value).is_integer() and abs(value) < 1e6 else value
