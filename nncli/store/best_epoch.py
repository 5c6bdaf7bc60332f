"""Track the best epoch of a run during training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nncli.arrays import Array
    from nncli.events import EpochEnded, Monitor, TrainingSource


class BestEpoch:
    """The number, metric and weights of the best epoch so far, kept in memory because most epochs are a new best."""

    def __init__(self, monitor: Monitor) -> None:
        self.monitor = monitor
        self.epoch = -1
        self.value: float | None = None
        self.arrays: dict[str, Array] = {}
        self.saved = True

    def offer(self, event: EpochEnded, source: TrainingSource) -> None:
        """Keep the current weights if this epoch is better than all earlier ones."""
        value = event.metrics[self.monitor.name]
        if self.monitor.better(value, self.value):
            self.epoch, self.value, self.arrays, self.saved = event.epoch, float(value), source.arrays(), False

    def restore(self, arrays: dict[str, Array], epoch: int, value: float) -> None:
        """Restore the best epoch of a saved run."""
        self.epoch, self.value, self.arrays = epoch, value, arrays

    def summary(self) -> dict[str, Any] | None:
        """Return the epoch and its metric as in summary.json, or None before the first epoch."""
        return None if self.value is None else {"epoch": self.epoch, self.monitor.name: self.value}
