"""The base class of quick tests: each answers one question about an experiment in a few seconds."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from nncli.number_format import format_percent
from nncli.remedies.quick_tests.short_training import Outcome, ShortTrainings

MARGIN = 0.1  # of the variance; a smaller difference between two trainings may be chance
SMALLEST, ALL, LARGEST = 0.001, (0.9995, 1.005), 10.0  # unexplained fractions between which a sentence has other words


class QuickResult(NamedTuple):
    """The answer of a quick test. `passed` is None if it could not be found out."""

    name: str
    passed: bool | None
    line: str
    numbers: Mapping[str, float]

    def as_dict(self) -> dict[str, Any]:
        """Return the result as JSON data, with None for numbers that are not finite."""
        numbers = {name: value if math.isfinite(value) else None for name, value in self.numbers.items()}
        return {**self._asdict(), "numbers": numbers}


class QuickTest(ABC):
    """One question about an experiment.

    All errors are fractions of the variance of the targets that a network leaves unexplained on the samples it is
    trained on, as in the diagnosis. `decides` are the rules of the diagnosis whose findings the test supports or
    refutes.
    """

    name: ClassVar[str]
    decides: ClassVar[tuple[str, ...]]
    trainings: ClassVar[int] = 1  # short trainings besides the reference

    @abstractmethod
    def run(self, trainings: ShortTrainings) -> QuickResult:
        """Return the answer."""

    def result(self, passed: bool | None, line: str, **numbers: float) -> QuickResult:
        """Return the answer under the name of the test."""
        return QuickResult(self.name, passed, line, numbers)


def clearly_less(error: float, other: float) -> bool:
    """Return whether an unexplained fraction is less than another by more than chance."""
    return other - error > MARGIN


def percent(unexplained: float) -> str:
    """Return an unexplained fraction for a sentence; a network that is worse than the mean leaves more than all."""
    if unexplained < SMALLEST:
        return f"less than {SMALLEST:.1%}"
    if unexplained < ALL[1]:
        return format_percent(unexplained if unexplained < ALL[0] else 1.0)
    return f"more than all ({f'over {LARGEST:,.0%}' if unexplained > LARGEST else f'{unexplained:.0%}'})"


def so_far(reference: Outcome) -> str:
    """Return ` after 120 of 1,000 steps` if time ran out, else nothing."""
    return "" if reference.steps == reference.planned else f" after {reference.steps:,} of {reference.planned:,} steps"
