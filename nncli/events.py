"""What a training reports while it goes on. Events carry Python numbers only."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple, Protocol, TypeAlias

from nncli.arrays import Array

Metrics: TypeAlias = Mapping[str, float]
Status: TypeAlias = Literal["done", "stopped", "diverged", "failed"]


class Monitor(NamedTuple):
    """The figure by which one epoch is better than another."""

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
    """Before the first epoch. `metrics` are the names of the metrics, without `val_`."""

    first_epoch: int
    epochs: int
    samples: int
    parameter_count: int
    metrics: tuple[str, ...]
    monitor: Monitor | None  # what makes an epoch the best; there is none without validation
    snapshots: tuple[int, ...] = ()  # after how many epochs the weights are worth keeping


class EpochEnded(NamedTuple):
    """After an epoch's last update.

    `figures` are the row of metrics.jsonl, in its order: loss, data_loss, regularization_loss, each metric,
    learning_rate, all measured before each update, and those of the validation set after the last one.
    """

    epoch: int
    metrics: Metrics


class TrainingEnded(NamedTuple):
    """The last event: why no further epoch follows, in words where it was not the number of epochs."""

    status: Status
    reason: str = ""


Event: TypeAlias = TrainingStarted | EpochEnded | TrainingEnded


class TrainingSource(Protocol):
    """What a writer of runs needs of a training: its events, its state as arrays, and its figures at the end."""

    def __iter__(self) -> Iterator[Event]:
        """The events, once."""

    def arrays(self) -> dict[str, Array]:
        """Copies of all that training goes on from, by name."""

    def parameters(self) -> dict[str, Array]:
        """Copies of the weights alone, and of what layers keep beside them, as float32."""

    def evaluate(self) -> Metrics:
        """Loss and metrics of the parameters as they are, on training data and, as `val_`, on validation data."""
