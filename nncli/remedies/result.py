"""The result of trying variants: which of them make a network learn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from nncli.remedies.quick_tests.quick_test import QuickResult
from nncli.remedies.race import Entry, Race

MIN_SEEDS = 4  # of a variant and of the unchanged experiment, for a proof
IMPROVED = 0.5  # of what a network leaves unexplained, of which a change must leave at most this fraction

Status: TypeAlias = Literal["helps", "may_help", "nothing_helps", "nothing_to_mend", "unfinished"]


@dataclass(frozen=True)
class Remedies:
    """The race of variants, the quick tests before it, the most epochs of its trainings, and the seconds in all."""

    race: Race
    tests: Sequence[QuickResult]
    epochs: int
    all_epochs: int  # of the experiment
    seconds: float

    @property
    def ranking(self) -> list[Entry]:
        """The variants that were trained, best first."""
        return self.race.ranking()

    @property
    def best(self) -> Entry | None:
        """The first of the ranking, if it learns more often than the unchanged experiment.

        If that is expected to be healthy, it must do so beyond chance.
        """
        first = next(iter(self.ranking), None)
        if first is None or self.race.is_healthy:
            return None
        (learned, trained), (before, of) = first.counts, self.race.unchanged.counts
        is_better = self._is_proven(first) if self.race.expected_healthy else learned * of > before * trained
        return first if of and is_better else None

    @property
    def improvement(self) -> Entry | None:
        """If nothing needs mending, the variant with the smallest errors that always learns and halves the errors.

        Variants that change the loss are left out, because class weights change the measure of errors.
        """
        before = self.race.unchanged.unexplained
        if not before or not self.race.improvable or self.status != "nothing_to_mend":
            return None
        always = [entry for entry in self.ranking if entry.trained >= MIN_SEEDS and not entry.failed]
        always = [entry for entry in always if not any(each.startswith("loss") for each in entry.variant.overrides)]
        halves = [(error, entry) for entry in always if (error := entry.unexplained or 0.0) <= IMPROVED * before]
        return min(halves, key=lambda pair: pair[0], default=(0.0, None))[1]

    @property
    def recommended(self) -> Entry | None:
        """The change to make, if any: the best one, or the improvement of a healthy network."""
        return self.best or self.improvement

    @property
    def _mostly_learns(self) -> bool:
        """True if the experiment is expected to be healthy, and learns on at least three in four seeds."""
        learned, trained = self.race.unchanged.counts
        return self.race.expected_healthy and trained >= MIN_SEEDS and 4 * learned >= 3 * trained

    def _is_proven(self, entry: Entry) -> bool:
        enough = min(entry.trained, self.race.unchanged.trained) >= MIN_SEEDS
        return enough and self.race.interval(entry).low > 0

    @property
    def status(self) -> Status:
        """The conclusion; a variant helps if the interval of its difference to the unchanged experiment is above 0."""
        unchanged, best = self.race.unchanged, self.best
        if self.race.is_healthy or (best is None and self._mostly_learns):
            return "nothing_to_mend"
        if best is None:
            return "nothing_helps" if unchanged.failed and self.ranking else "unfinished"
        return "helps" if self._is_proven(best) else "may_help"

    @property
    def trainings(self) -> int:
        """The number of trainings that counted."""
        return sum(entry.trained for entry in [self.race.unchanged, *self.race.entries])

    def as_dict(self) -> dict[str, Any]:
        """Return the result for JSON."""
        best, improvement = self.best, self.improvement
        return {
            "status": self.status,
            "best": None if best is None else list(best.variant.overrides),
            "improvement": None if improvement is None else list(improvement.variant.overrides),
            "seconds": round(self.seconds, 3),
            "epochs": self.epochs,
            "quick_tests": [test.as_dict() for test in self.tests],
            "unchanged": self._entry_as_dict(self.race.unchanged),
            "variants": [self._entry_as_dict(entry) for entry in self.ranking],
            "not_tried": [
                {"overrides": list(entry.variant.overrides), "reason": next(iter(entry.crashes), None)}
                for entry in self.race.entries
                if not entry.trained
            ],
        }

    def _entry_as_dict(self, entry: Entry) -> dict[str, Any]:
        low, high = self.race.interval(entry)
        (learned, trained), unexplained = entry.counts, entry.unexplained
        difference = {} if entry is self.race.unchanged else {"difference": {"low": low, "high": high}}
        return {
            "overrides": list(entry.variant.overrides),
            "source": entry.variant.source or None,
            "learned": learned,
            "trained": trained,
            **difference,
            "median_epochs": entry.epochs,
            "unexplained": unexplained if unexplained is None or math.isfinite(unexplained) else None,
        }
