"""The metric by which trials are compared, followed during training."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from nncli.events import EpochEnded, Event, Monitor
from nncli.store import Run

REPORTS = 50  # reports of a training to the pruner, evenly spaced


class Objective(NamedTuple):
    """The metric of the last epoch, or of the best; `reports` asks for its value during training."""

    monitor: Monitor
    best: bool = False
    reports: bool = False


class Observer:
    """Follows the objective of one training, also of one that is resumed."""

    def __init__(self, objective: Objective, run: Path, epochs: int) -> None:
        self._objective = objective
        self._epochs = epochs
        self.value: float | None = None
        for value in self._earlier_values(Run(run)):
            self._update(value)

    def watch(self, events: Iterator[Event]) -> Iterator[tuple[int, float]]:
        """Consume the events of training; yield an epoch and the objective whenever a report is due."""
        interval = max(self._epochs // REPORTS, 1)
        for event in events:
            if isinstance(event, EpochEnded):
                self._update(event.metrics[self._objective.monitor.name])
                due = self._objective.reports and (event.epoch + 1) % interval == 0
                if due and self.value is not None and event.epoch + 1 < self._epochs:
                    yield event.epoch, self.value

    def _update(self, value: float) -> None:
        if not self._objective.best or self._objective.monitor.better(value, self.value):
            self.value = value

    def _earlier_values(self, run: Run) -> Iterator[float]:
        """Yield the values of the epochs before training was resumed: all of them, or only the last."""
        name = self._objective.monitor.name
        if self._objective.best:
            yield from (run.metrics().get(name, ()) if run.last_row() else ())
        elif (row := run.last_row()) is not None:
            value = row.get(name)
            yield math.nan if value is None else float(value)
