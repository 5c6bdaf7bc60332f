"""A run as one record, read at a small cost however long the run is."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from nncli.errors import NncliError
from nncli.store import Run, settings_copy
from nncli.store.run import CONFIG

Metrics: TypeAlias = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a run without reading its rows. `seconds` and `epochs` say how long it went on so far."""

    run: Run
    name: str  # `sine/20250131-142501-9f3c`
    status: str
    start: str | None  # ISO 8601
    seconds: float | None
    epochs: int
    final: Metrics  # the figures of the last weights; while there is no summary, of the last row
    best: Metrics | None  # `epoch` and the figure that was the best then; there is one with validation only
    settings: dict[str, Any] | None  # None where run.json has no copy of them fit for use
    seed: int | None
    stale: bool = False  # whether config.yaml has changed since that copy was made

    @property
    def path(self) -> str:
        """The path of the run."""
        return str(self.run.path)

    @property
    def folder(self) -> str:
        """The part of the name that the run has of its experiment."""
        return self.name.partition("/")[0]

    def as_dict(self) -> dict[str, Any]:
        """The record as data for JSON, with each final figure once more by its own name."""
        fields = {
            "run": self.path,
            "name": self.name,
            "status": self.status,
            "start": self.start,
            "seconds": self.seconds,
            "epochs": self.epochs,
            "final": self.final,
            "best": self.best,
            "settings": self.settings,
            "seed": self.seed,
        }
        return fields | {name: value for name, value in self.final.items() if name not in fields}


def read_records(runs: Iterable[Run]) -> tuple[list[Record], list[NncliError]]:
    """Return the records of runs, and the errors of those that are written in another format."""
    records, errors = list[Record](), list[NncliError]()
    for run in runs:
        try:
            records.append(read_record(run))
        except NncliError as error:
            errors.append(error)
    return records, errors


def read_record(run: Run) -> Record:
    """Return the record of a run, whatever is missing or damaged. Raises NncliError for a run of another format."""
    info, status = run.info(), run.status
    copied = settings_copy(run.path / CONFIG, info)
    summary = run.summary() or {}
    final, epochs, seconds = metrics_from(summary.get("final")), summary.get("epochs"), number(summary.get("seconds"))
    unfinished = status in ("running", "lost")  # its summary, if any, is of an earlier end, from which it was resumed
    if unfinished or final is None or type(epochs) is not int or number(epochs) is None:
        last = run.last_row() or {"epoch": -1}
        epochs, seconds = last["epoch"] + 1, number(last.get("seconds"))
        final = {name: value for name, value in last.items() if name not in ("epoch", "seconds")}
    seed = info.get("seed")
    return Record(
        run=run,
        name=run.name,
        status=status,
        start=time_of(info.get("start")),
        seconds=seconds,
        epochs=epochs,
        final=final,
        best=metrics_from(summary.get("best")),
        settings=copied.settings,
        seed=seed if type(seed) is int and 0 <= seed < 2**32 else None,
        stale=copied.stale,
    )


def metrics_from(found: Any) -> Metrics | None:
    """A mapping of figures by name, NaN as None; None where it is anything else."""
    if not isinstance(found, dict) or not all(value is None or type(value) in (int, float) for value in found.values()):
        return None
    return {name: number(value) for name, value in found.items()}


def number(value: Any) -> float | None:
    """A finite number, or None."""
    return value if type(value) in (int, float) and abs(value) <= sys.float_info.max else None


def time_of(text: Any) -> str | None:
    """A time in ISO 8601, or None."""
    try:
        return str(text) if isinstance(text, str) and datetime.fromisoformat(text) else None
    except ValueError:
        return None
