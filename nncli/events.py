"""The events of training. They contain plain Python numbers only."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

from nncli.arrays import Array

Metrics: TypeAlias = Mapping[str, float]
Status: TypeAlias = Literal["done", "stopped", "diverged", "failed"]


class Monitor(NamedTuple):
    """A metric that decides which of two epochs is better."""

    name: str
    higher_is_better: bool

    def better(self, value: float, than: float | None, by: float = 0.0) -> bool:
        """Return whether `value` improves on `than` by more than `by`; only a finite value does."""
        if not math.isfinite(value):
            return False
        if than is None:
            return True
        return value > than + by if self.higher_is_better else value < than - by


class TrainingStarted(NamedTuple):
    """The event before the first epoch. `metrics` are the names of the metrics, without `val_`."""

    first_epoch: int
    epochs: int
    samples: int
    parameter_count: int
    metrics: tuple[str, ...]
    monitor: Monitor | None  # decides which epoch is the best; None without validation data
    snapshots: tuple[int, ...] = ()  # numbers of epochs after which to take snapshots


class BatchEnded(NamedTuple):
    """An event in the middle of a long epoch, at most every half a second, after a number of its batches."""

    epoch: int
    batch: int
    batches: int


class EpochEnded(NamedTuple):
    """The event after an epoch's last update.

    `metrics` is the row of metrics.jsonl in its order: loss, data_loss, regularization_loss, each metric and
    learning_rate, measured before each update, then validation metrics after the last update.
    """

    epoch: int
    metrics: Metrics


class TrainingEnded(NamedTuple):
    """The last event. `reason` says why training ended, and is empty after the last epoch."""

    status: Status
    reason: str = ""


Event: TypeAlias = TrainingStarted | BatchEnded | EpochEnded | TrainingEnded


class TrainingSource(Protocol):
    """The interface of training for the writer of runs: events, state as arrays, and final metrics."""

    def __iter__(self) -> Iterator[Event]:
        """Train and yield the events; can be iterated once."""

    def arrays(self) -> dict[str, Array]:
        """Return copies of the full state needed to resume, by name."""

    def parameters(self) -> dict[str, Array]:
        """Return copies of the weights and layer states as float32, by name."""

    def probe_rows(self, *, always: bool) -> list[dict[str, Any]]:
        """Return new and changed rows of probes.jsonl; called before the first epoch and after every one.

        `always` asks for one of the current parameters, at the start and at the end.
        """

    def evaluate(self) -> Metrics:
        """Return loss and metrics of the current parameters on training data and, as `val_`, on validation data."""
