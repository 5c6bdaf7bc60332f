"""The metric by which trials are compared, followed during training."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from nncli.events import EpochEnded, Event, Monitor
from nncli.store import Run


class Objective(NamedTuple):
    """The metric of the last epoch, or of the best, to report after each number of epochs in `reports`."""

    monitor: Monitor
    best: bool = False
    reports: tuple[int, ...] = ()


class Observer:
    """Follows the objective of one training; if it is resumed, also that of its earlier epochs in `run`."""

    def __init__(self, objective: Objective, run: Path | None, epochs: int) -> None:
        self._objective = objective
        self._due = frozenset(epoch for epoch in objective.reports if epoch < epochs)
        self.value: float | None = None
        self._earlier = list[tuple[int, float]]()
        for epoch, value in enumerate(self._earlier_values(Run(run)) if run is not None else (), 1):
            self._earlier.extend(self._update(epoch, value))

    def watch(self, events: Iterator[Event]) -> Iterator[tuple[int, float]]:
        """Consume the events of training; yield the number of epochs and the objective whenever a report is due.

        The reports before training was resumed come first, because the process that had received them may be gone.
        """
        yield from self._earlier
        for event in events:
            if isinstance(event, EpochEnded):
                yield from self._update(event.epoch + 1, event.metrics[self._objective.monitor.name])

    def _update(self, epoch: int, value: float) -> Iterator[tuple[int, float]]:
        if not self._objective.best or self._objective.monitor.better(value, self.value):
            self.value = value
        if epoch in self._due and self.value is not None:
            yield epoch, self.value

    def _earlier_values(self, run: Run) -> Iterator[float]:
        """Yield the values of the epochs before training was resumed: all if they are needed, else only the last."""
        name = self._objective.monitor.name
        if self._objective.best or self._due:
            yield from map(float, run.metrics().get(name, ()) if run.last_row() else ())
        elif (row := run.last_row()) is not None:
            value = row.get(name)
            yield math.nan if value is None else float(value)
