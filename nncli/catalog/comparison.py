"""Two runs side by side: what was asked for, what came out, and from which epoch on it was something else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from nncli.catalog.details import full_record
from nncli.catalog.record import Record
from nncli.settings import flatten
from nncli.store import Run

Pairs: TypeAlias = dict[str, tuple[Any, Any]]

# Of a row, what does not come out of the training: its number, the clock, and what the settings say already.
NO_OUTCOME = ("epoch", "seconds", "learning_rate")


class Parting(NamedTuple):
    """The first epoch whose metrics differ, and those that do."""

    epoch: int
    metrics: Pairs


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs. Each pair holds None where a run has no such thing."""

    a: Record
    b: Record
    settings: Pairs | None  # those that differ, by path; None where those of one run cannot be read
    final: Pairs
    best: Pairs
    shared: int  # epochs that both have
    alone: int  # epochs that only one of them has
    parting: Parting | None

    @property
    def same(self) -> bool:
        """Whether nothing differs that could."""
        metrics = [*self.final.values(), *self.best.values()]
        rows = self.parting is None and not self.alone
        return self.settings == {} and rows and all(a == b for a, b in metrics)

    def as_dict(self) -> dict[str, Any]:
        """The comparison as data for JSON, each pair a list of two."""
        parting = self.parting
        return {
            "a": self.a.path,
            "b": self.b.path,
            "same": self.same,
            "settings": self.settings,
            "final": self.final,
            "best": self.best,
            "epochs": [self.a.epochs, self.b.epochs],
            "parting": parting and {"epoch": parting.epoch, "metrics": parting.metrics},
        }


def compare(a: Run, b: Run) -> Comparison:
    """Compares two runs digit for digit. Raises NncliError where the rows of one cannot be read."""
    records = full_record(a), full_record(b)
    rows = _rows(a), _rows(b)
    first, second = records
    settings = None
    if first.settings is not None and second.settings is not None:
        every = _pairs(flatten(first.settings), flatten(second.settings))
        settings = {path: pair for path, pair in every.items() if pair[0] != pair[1]}
    final, best = _pairs(first.final, second.final), _pairs(first.best or {}, second.best or {})
    shared, alone = rows[0].keys() & rows[1].keys(), rows[0].keys() ^ rows[1].keys()
    return Comparison(*records, settings, final, best, len(shared), len(alone), _parting(*rows))


def _pairs(a: Mapping[str, Any], b: Mapping[str, Any]) -> Pairs:
    return {name: (a.get(name), b.get(name)) for name in dict.fromkeys([*a, *b])}


def _rows(run: Run) -> dict[int, dict[str, Any]]:
    """The rows by their epoch, as a run may begin at another than 0."""
    return {row["epoch"]: row for row in run.rows()}


def _parting(a: Mapping[int, Mapping[str, Any]], b: Mapping[int, Mapping[str, Any]]) -> Parting | None:
    """The first epoch of both in which a figure that both have differs."""
    for epoch in sorted(a.keys() & b.keys()):
        names = [name for name in a[epoch] if name in b[epoch] and name not in NO_OUTCOME]
        differing = {name: (a[epoch][name], b[epoch][name]) for name in names if a[epoch][name] != b[epoch][name]}
        if differing:
            return Parting(epoch, differing)
    return None
