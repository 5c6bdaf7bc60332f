"""A run or a sweep as one record, read at a small cost independent of its length."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from nncli.errors import NncliError
from nncli.store import Run, list_runs, list_sweeps, settings_copy
from nncli.store.run import CONFIG
from nncli.store.sweep_state import runs_of_sweep, sweep_info, sweep_status

Metrics: TypeAlias = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Record:
    """The facts about a run that are known without its rows; `seconds` and `epochs` count up to now or its end.

    Of a sweep, `run` is its directory, `final` has the objective of its best trial, and `epochs` is None.
    """

    run: Run
    name: str  # `sine/20250131-142501-9f3c`
    status: str
    start: str | None  # ISO 8601
    seconds: float | None
    epochs: int | None
    final: Metrics  # metrics of the last weights, or of the last row before there is a summary
    best: Metrics | None  # `epoch` and the best metric; only with validation data
    settings: dict[str, Any] | None  # None if run.json has no usable copy of them
    seed: int | None
    stale: bool = False  # config.yaml has changed since that copy was made
    trials: str | None = None  # of a sweep: `12 of 20`
    verdict: str | None = None  # how it learned: `healthy`, `learns_badly`, ...; None if nothing has diagnosed it

    @property
    def path(self) -> str:
        """The path of the run."""
        return str(self.run.path)

    @property
    def folder(self) -> str:
        """The folder of the run, which is the name of its experiment."""
        return self.name.partition("/")[0]

    def as_dict(self) -> dict[str, Any]:
        """Return the record as data for JSON; each final metric is also a key at the top level."""
        fields = {
            "run": self.path,
            "name": self.name,
            "status": self.status,
            "verdict": self.verdict,
            "start": self.start,
            "seconds": self.seconds,
            "epochs": self.epochs,
            "final": self.final,
            "best": self.best,
            "settings": self.settings,
            "seed": self.seed,
        }
        fields |= {} if self.trials is None else {"trials": self.trials}
        return fields | {name: value for name, value in self.final.items() if name not in fields}


def read_listed(runs_dir: Path, *, unfold: bool = False) -> tuple[list[Record], list[NncliError]]:
    """Return the records of the runs and sweeps in a directory, newest first, and the errors as `read_records` does.

    With `unfold`, the runs of a sweep take its place.
    """
    runs, sweeps = list_runs(runs_dir), list_sweeps(runs_dir)
    if unfold:
        return read_records(runs + [run for path in sweeps for run in runs_of_sweep(path)])
    records, errors = read_records(runs)
    records += map(read_sweep, sweeps)
    return sorted(records, key=lambda record: record.start or "", reverse=True), errors


def read_records(runs: Iterable[Run]) -> tuple[list[Record], list[NncliError]]:
    """Return the records of runs, and the errors for runs that are written in another format."""
    records, errors = list[Record](), list[NncliError]()
    for run in runs:
        try:
            records.append(read_record(run))
        except NncliError as error:
            errors.append(error)
    return records, errors


def read_record(run: Run) -> Record:
    """Return the record of a run, even if files are missing or damaged. Raises NncliError for another format."""
    info, status = run.info(), run.status
    copy = settings_copy(run.path / CONFIG, info)
    summary = run.summary() or {}
    final, epochs, seconds = metrics_from(summary.get("final")), summary.get("epochs"), number(summary.get("seconds"))
    unfinished = status in ("running", "lost")  # a summary would be from before the run was resumed
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
        settings=copy.settings,
        seed=seed if type(seed) is int and 0 <= seed < 2**32 else None,
        stale=copy.stale,
        verdict=None if unfinished else run.verdict(),
    )


def read_sweep(path: Path) -> Record:
    """Return the record of a sweep, even if its file is damaged."""
    info, start, end = sweep_info(path), None, None
    with suppress(KeyError, TypeError, ValueError):
        start = datetime.fromisoformat(info["start"])
        end = datetime.fromisoformat(info["end"])
    best, counts = (each if isinstance(each := info.get(name), dict) else {} for name in ("best", "counts"))
    ended = sum(count if type(count) is int else 0 for count in counts.values())
    return Record(
        run=Run(path),
        name=Run(path).name,
        status=sweep_status(path),
        start=time_of(info.get("start")),
        seconds=(end - start).total_seconds() if start and end else None,
        epochs=None,
        final=metrics_from({str(info.get("objective")): best.get("objective")} if best else {}) or {},
        best=None,
        settings=None,
        seed=None,
        trials=f"{ended} of {info.get('trials', '?')}",
    )


def metrics_from(data: Any) -> Metrics | None:
    """Return a mapping of metrics with NaN as None; None if the data is not such a mapping."""
    if not isinstance(data, dict) or not all(value is None or type(value) in (int, float) for value in data.values()):
        return None
    return {name: number(value) for name, value in data.items()}


def number(value: Any) -> float | None:
    """Return the value if it is a finite number, else None."""
    return value if type(value) in (int, float) and abs(value) <= sys.float_info.max else None


def time_of(text: Any) -> str | None:
    """Return the text if it is a time in ISO 8601, else None."""
    try:
        return str(text) if isinstance(text, str) and datetime.fromisoformat(text) else None
    except ValueError:
        return None
