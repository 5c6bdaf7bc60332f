"""Compare two runs: settings, metrics, and the first epoch that differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from nncli.catalog.details import full_record
from nncli.catalog.record import Record
from nncli.settings import flatten
from nncli.store import Run
from nncli.store.metrics_difference import compare_metrics

Pairs: TypeAlias = dict[str, tuple[Any, Any]]

NOT_METRICS = ("epoch", "seconds", "learning_rate")  # columns of a row that are not compared


class FirstDifference(NamedTuple):
    """The first epoch whose metrics differ, and these metrics."""

    epoch: int
    metrics: Pairs


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs side by side. A pair has None for a value that one run does not have."""

    a: Record
    b: Record
    settings: Pairs | None  # those that differ, by path; None if the settings of one run cannot be read
    final: Pairs
    best: Pairs
    shared: int  # epochs in both runs
    unshared: int  # epochs in only one of them
    first_difference: FirstDifference | None

    @property
    def same(self) -> bool:
        """Return whether settings, metrics and epochs are all equal."""
        metrics = [*self.final.values(), *self.best.values()]
        rows = self.first_difference is None and not self.unshared
        return self.settings == {} and rows and all(a == b for a, b in metrics)

    def as_dict(self) -> dict[str, Any]:
        """Return the comparison as data for JSON; a pair becomes a list of two."""
        first_difference = self.first_difference
        return {
            "a": self.a.path,
            "b": self.b.path,
            "same": self.same,
            "settings": self.settings,
            "final": self.final,
            "best": self.best,
            "epochs": [self.a.epochs, self.b.epochs],
            "parting": first_difference and {"epoch": first_difference.epoch, "metrics": first_difference.metrics},
        }


def compare(a: Run, b: Run) -> Comparison:
    """Compare two runs digit for digit. Raises NncliError if the rows of one cannot be read."""
    records = full_record(a), full_record(b)
    first, second = records
    settings = None
    if first.settings is not None and second.settings is not None:
        pairs = _pairs(flatten(first.settings), flatten(second.settings))
        settings = {path: pair for path, pair in pairs.items() if pair[0] != pair[1]}
    final, best = _pairs(first.final, second.final), _pairs(first.best or {}, second.best or {})
    difference = compare_metrics(a.metrics(), b.metrics(), NOT_METRICS)
    parting = None if difference.epoch is None else FirstDifference(difference.epoch, difference.metrics)
    return Comparison(*records, settings, final, best, difference.shared, difference.unshared, parting)


def _pairs(a: Mapping[str, Any], b: Mapping[str, Any]) -> Pairs:
    return {name: (a.get(name), b.get(name)) for name in dict.fromkeys([*a, *b])}
