"""Domains: the values that a parameter of a sweep can take."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

DIGITS = 6  # significant digits of drawn numbers, so that an override holds the number exactly


@dataclass(frozen=True)
class Choice:
    """One of several options: plain values, or templates, which contain domains themselves.

    `ordered` is true if the options are points of a range, as in {linspace: [0, 1, 5]}.
    """

    options: tuple[Any, ...]
    ordered: bool = False

    @cached_property
    def count(self) -> int:
        """The number of values, if no option has a range."""
        return sum(map(count_values, self.options))

    def at(self, u: float) -> int:
        """Return the number of the option at u in [0, 1)."""
        return int(u * len(self.options))

    def option_of(self, value: Any) -> int | None:
        """Return the number of the first option that a value matches, or None."""
        return next((number for number, option in enumerate(self.options) if matches(option, value)), None)


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers from `low` to `high`, spread evenly, or evenly in their logarithms.

    value at u = low + u (high - low), or low (high / low)^u        whole: high + 1 instead of high, rounded down
    """

    low: float
    high: float
    logarithmic: bool = False
    whole: bool = False

    def at(self, u: float) -> float:
        """Return the value at u in [0, 1)."""
        high = self.high + 1 if self.whole else self.high
        value = self.low * (high / self.low) ** u if self.logarithmic else self.low + u * (high - self.low)
        return min(math.floor(value), int(self.high)) if self.whole else self.rounded(value)  # u close to 1 rounds up

    def rounded(self, value: float) -> float:
        """Return a value with few digits that is still in the range."""
        return min(max(float(f"{value:.{DIGITS}g}"), self.low), self.high)

    def contains(self, value: Any) -> bool:
        """Return whether a value of an earlier trial is in the range."""
        kinds = (int,) if self.whole else (int, float)
        return type(value) in kinds and self.low <= value <= self.high


Domain: TypeAlias = Choice | Range


def matches(template: Any, value: Any) -> bool:
    """Return whether a value can come from a template: a plain value, a domain, or a mapping or list with domains."""
    match template:
        case Choice():
            return template.option_of(value) is not None
        case Range():
            return template.contains(value)
        case dict():
            return (
                isinstance(value, dict)
                and template.keys() == value.keys()
                and all(matches(item, value[key]) for key, item in template.items())
            )
        case list():
            return isinstance(value, list) and len(template) == len(value) and all(map(matches, template, value))
        case _:
            return bool(template == value) and isinstance(template, bool) == isinstance(value, bool)


def count_values(template: Any) -> int:
    """Return the number of values of a template without ranges."""
    match template:
        case Choice():
            return template.count
        case dict() | list():
            return math.prod(map(count_values, template.values() if isinstance(template, dict) else template))
        case _:
            return 1
