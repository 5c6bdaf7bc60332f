"""Runs that differ only in the seed, folded into one line with median and range."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nncli.catalog.keys import Keys
from nncli.catalog.record import Record, number

IGNORED_SETTINGS = ("seed", "name")  # the settings in which runs of one group may differ


@dataclass(frozen=True, slots=True)
class MedianRange:
    """Median and range of some numbers."""

    median: float
    min: float
    max: float


@dataclass(frozen=True, slots=True)
class Group:
    """Runs of the same settings but for the seed and the name, in the order in which they were given."""

    records: list[Record]

    @property
    def settings(self) -> dict[str, Any] | None:
        """What all have in common; None where run.json has no copy of it, for such a run is alone."""
        settings = self.records[0].settings
        return (
            None if settings is None else {key: value for key, value in settings.items() if key not in IGNORED_SETTINGS}
        )

    @property
    def metric_records(self) -> list[Record]:
        """The runs whose figures count: those that are done, or all where none is."""
        return [record for record in self.records if record.status == "done"] or self.records

    @property
    def seeds(self) -> list[int]:
        """The seeds, lowest first."""
        return sorted({record.seed for record in self.records if record.seed is not None})

    @property
    def name(self) -> str:
        """The names of the experiments, each once."""
        return ", ".join(dict.fromkeys(record.folder for record in self.records))

    @property
    def status(self) -> dict[str, int]:
        """How many runs there are of each status."""
        return dict(Counter(record.status for record in self.records))

    @property
    def start(self) -> str | None:
        """When the newest began."""
        return next((record.start for record in self.records if record.start), None)

    def as_dict(self) -> dict[str, Any]:
        """The group as data for JSON; a number that is measured is its median, min and max."""
        best = [record.best for record in self.metric_records if record.best]
        return {
            "runs": [record.path for record in self.records],
            "name": self.name,
            "count": len(self.records),
            "status": self.status,
            "start": self.start,
            "seconds": as_data(median_range(record.seconds for record in self.metric_records)),
            "epochs": as_data(median_range(record.epochs for record in self.metric_records)),
            "final": median_ranges([record.final for record in self.metric_records]),
            "best": median_ranges(best) if best else None,
            "settings": self.settings,
            "seeds": self.seeds,
        }


FIELDS: dict[str, Callable[[Group], Any]] = {
    "run": lambda group: group.name,
    "name": lambda group: group.name,
    "count": lambda group: len(group.records),
    "status": lambda group: group.status,
    "start": lambda group: group.start,
    "seed": lambda group: group.seeds,
}


def seed_groups(records: Iterable[Record]) -> list[Group]:
    """The groups of runs that differ in nothing but seed and name, in the order of the first of each."""
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(_identity(record), []).append(record)
    return list(map(Group, groups.values()))


def reader(key: str, keys: Keys, place: str) -> Callable[[Group], Any]:
    """What gives a group's value for a key: a spread of what is measured, else what all have. Raises UsageError."""
    if key in FIELDS:
        return FIELDS[key]
    read = keys.reader(key, place)
    if keys.is_metric(key):
        return lambda group: median_range(map(read, group.metric_records))
    return lambda group: read(group.records[0])


def median_range(values: Iterable[float | None]) -> MedianRange | None:
    """Median and range of the numbers among some values; None where there is none."""
    numbers = [value for value in values if value is not None]
    return MedianRange(statistics.median(numbers), min(numbers), max(numbers)) if numbers else None


def median_ranges(metrics: Sequence[Mapping[str, float | None]]) -> dict[str, dict[str, Any]]:
    """The spread of each figure that all have, as data."""
    names = [name for name in (metrics[0] if metrics else {}) if all(each.get(name) is not None for each in metrics)]
    found = {name: as_data(median_range(each[name] for each in metrics)) for name in names}
    return {name: each for name, each in found.items() if each}


def as_data(found: MedianRange | None) -> dict[str, Any] | None:
    """A spread as data for JSON."""
    # The mean of two that are nearly too large for a float is infinite, which JSON has no word for.
    return None if found is None else {"median": number(found.median), "min": found.min, "max": found.max}


def _identity(record: Record) -> str:
    if record.settings is None:
        return record.path
    return json.dumps(
        {key: value for key, value in record.settings.items() if key not in IGNORED_SETTINGS}, sort_keys=True
    )
