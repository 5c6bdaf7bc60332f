"""Group runs that differ only in the seed, with the median and range of their metrics."""

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
    """The median and range of some numbers."""

    median: float
    min: float
    max: float


@dataclass(frozen=True, slots=True)
class Group:
    """Runs with the same settings except seed and name, in the given order."""

    records: list[Record]

    @property
    def settings(self) -> dict[str, Any] | None:
        """The shared settings; None for a single run without a copy of them in run.json."""
        return _compared_settings(self.records[0])

    @property
    def metric_records(self) -> list[Record]:
        """The runs whose metrics count: those that are done, or all if none is."""
        return [record for record in self.records if record.status == "done"] or self.records

    @property
    def seeds(self) -> list[int]:
        """The seeds in increasing order."""
        return sorted({record.seed for record in self.records if record.seed is not None})

    @property
    def name(self) -> str:
        """The names of the experiments without repetition."""
        return ", ".join(dict.fromkeys(record.folder for record in self.records))

    @property
    def status(self) -> dict[str, int]:
        """The number of runs by status."""
        return dict(Counter(record.status for record in self.records))

    @property
    def verdict(self) -> dict[str, int]:
        """The number of runs by verdict, of those that have one."""
        return dict(Counter(record.verdict for record in self.records if record.verdict is not None))

    @property
    def start(self) -> str | None:
        """The start of the newest run."""
        return next((record.start for record in self.records if record.start), None)

    def as_dict(self) -> dict[str, Any]:
        """Return the group as data for JSON, with median, min and max for each metric."""
        best = [record.best for record in self.metric_records if record.best]
        return {
            "runs": [record.path for record in self.records],
            "name": self.name,
            "count": len(self.records),
            "status": self.status,
            "verdict": self.verdict,
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
    "verdict": lambda group: group.verdict,
    "start": lambda group: group.start,
    "seed": lambda group: group.seeds,
}


def seed_groups(records: Iterable[Record]) -> list[Group]:
    """Group runs that differ only in seed and name, in the order of their first runs."""
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(_identity(record), []).append(record)
    return list(map(Group, groups.values()))


def reader(key: str, keys: Keys, place: str) -> Callable[[Group], Any]:
    """Return a function that gives a group's value for a key: median and range of a metric, else the shared value.

    Raises UsageError for an unknown key.
    """
    if key in FIELDS:
        return FIELDS[key]
    read = keys.reader(key, place)
    if keys.is_metric(key):
        return lambda group: median_range(map(read, group.metric_records))
    return lambda group: read(group.records[0])


def median_range(values: Iterable[float | None]) -> MedianRange | None:
    """Return median and range of the values that are not None; None if all are."""
    numbers = [value for value in values if value is not None]
    return MedianRange(statistics.median(numbers), min(numbers), max(numbers)) if numbers else None


def median_ranges(metrics: Sequence[Mapping[str, float | None]]) -> dict[str, dict[str, Any]]:
    """Return the median and range, as data for JSON, of each metric that all runs have."""
    names = [name for name in (metrics[0] if metrics else {}) if all(each.get(name) is not None for each in metrics)]
    ranges = {name: as_data(median_range(each[name] for each in metrics)) for name in names}
    return {name: each for name, each in ranges.items() if each}


def as_data(values: MedianRange | None) -> dict[str, Any] | None:
    """Return median and range as data for JSON."""
    # The median of two numbers near the largest float overflows to infinity, which JSON cannot represent.
    return None if values is None else {"median": number(values.median), "min": values.min, "max": values.max}


def _identity(record: Record) -> str:
    settings = _compared_settings(record)
    return record.path if settings is None else json.dumps(settings, sort_keys=True)


def _compared_settings(record: Record) -> dict[str, Any] | None:
    if record.settings is None:
        return None
    return {key: value for key, value in record.settings.items() if key not in IGNORED_SETTINGS}
