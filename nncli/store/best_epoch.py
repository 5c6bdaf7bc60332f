"""The best epoch so far of a run that is being written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nncli.arrays import Array
    from nncli.events import EpochEnded, Monitor, TrainingSource


class BestEpoch:
    """The best epoch so far: its number, metric and weights, kept in memory because most epochs are a new best."""

    def __init__(self, monitor: Monitor) -> None:
        self.monitor = monitor
        self.epoch = -1
        self.value: float | None = None
        self.arrays: dict[str, Array] = {}
        self.saved = True

    def offer(self, event: EpochEnded, source: TrainingSource) -> None:
        """Keep the current weights if the epoch is better than all before."""
        value = event.metrics[self.monitor.name]
        if self.monitor.better(value, self.value):
            self.epoch, self.value, self.arrays, self.saved = event.epoch, float(value), source.arrays(), False

    def restore(self, arrays: dict[str, Array], epoch: int, value: float) -> None:
        """Restore the best epoch of a saved run."""
        self.epoch, self.value, self.arrays = epoch, value, arrays

    def summary(self) -> dict[str, Any] | None:
        """The epoch and its metric, as summary.json has them."""
        return None if self.value is None else {"epoch": self.epoch, self.monitor.name: self.value}
