"""The best epoch so far of a run that is being written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nncli.arrays import Array
    from nncli.events import EpochEnded, Monitor, Source


class BestEpoch:
    """An epoch, its figure and its weights, which are kept in memory, as a new best comes in most epochs."""

    def __init__(self, monitor: Monitor) -> None:
        self.monitor = monitor
        self.epoch = -1
        self.value: float | None = None
        self.arrays: dict[str, Array] = {}
        self.saved = True

    def offer(self, event: EpochEnded, source: Source) -> None:
        """Keeps the weights as they are now where the epoch is better than all before."""
        value = event.figures[self.monitor.name]
        if self.monitor.better(value, self.value):
            self.epoch, self.value, self.arrays, self.saved = event.epoch, float(value), source.arrays(), False

    def go_on(self, arrays: dict[str, Array], epoch: int, value: float) -> None:
        """Takes up the best epoch of a run as it was saved."""
        self.epoch, self.value, self.arrays = epoch, value, arrays

    def summary(self) -> dict[str, Any] | None:
        """The epoch and its figure, as summary.json has them."""
        return None if self.value is None else {"epoch": self.epoch, self.monitor.name: self.value}
