"""The result of trying variants: which of them make a network learn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from nncli.remedies.quick_tests.quick_test import QuickResult
from nncli.remedies.race import Entry, Race

MIN_SEEDS = 4  # of a variant and of the unchanged experiment, for a proof

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
        """The variant that learns more often than the unchanged experiment and is the first of the ranking."""
        first = next(iter(self.ranking), None)
        (learned, trained), (before, of) = first.counts if first else (0, 0), self.race.unchanged.counts
        return first if of and learned * of > before * trained and not self.race.is_healthy else None

    @property
    def status(self) -> Status:
        """The conclusion; a variant helps if the interval of its difference to the unchanged experiment is above 0."""
        unchanged, best = self.race.unchanged, self.best
        if self.race.is_healthy:
            return "nothing_to_mend"
        if not unchanged.trained:
            return "unfinished"
        if best is None:
            return "nothing_helps" if self.ranking else "unfinished"
        enough = min(best.trained, unchanged.trained) >= MIN_SEEDS
        return "helps" if enough and self.race.interval(best).low > 0 else "may_help"

    @property
    def trainings(self) -> int:
        """The number of trainings that counted."""
        return sum(entry.trained for entry in [self.race.unchanged, *self.race.entries])

    def as_dict(self) -> dict[str, Any]:
        """Return the result for JSON."""
        best = self.best
        return {
            "status": self.status,
            "best": None if best is None else list(best.variant.overrides),
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
        learned, trained = entry.counts
        difference = {} if entry is self.race.unchanged else {"difference": {"low": low, "high": high}}
        return {
            "overrides": list(entry.variant.overrides),
            "source": entry.variant.source or None,
            "learned": learned,
            "trained": trained,
            **difference,
            "median_epochs": entry.epochs,
            "unexplained": entry.unexplained,
        }
