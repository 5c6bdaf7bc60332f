"""The metrics of an epoch: sums over its batches, divided at the end."""

from __future__ import annotations

from typing import Any

from nncli.nn.metrics.base import Metric
from nncli.training.steps import BatchSums


class MetricSums:
    """Sums of losses and metrics over the batches of an epoch.

    Losses are added as NumPy scalars in their own dtype and converted to Python numbers last, to match the book's bits.
    """

    def __init__(self, metrics: tuple[Metric, ...]) -> None:
        self._values = [(metric.type, metric.value) for metric in metrics]
        self._count = 0
        self._numbers: list[Any] = []

    def add(self, count: int, numbers: BatchSums) -> None:
        """Add a batch of `count` samples: the sum of its losses, the penalty at this step, the sums of metrics."""
        added = [number.copy() if number.ndim else number[()] for number in numbers]
        before, self._count = self._count, self._count + count
        if before:
            (loss, penalty, *sums), (more_loss, another_penalty, *more) = self._numbers, added
            penalty = penalty + (another_penalty - penalty) * (count / self._count)
            added = [loss + more_loss, penalty, *(a + b for a, b in zip(sums, more, strict=True))]
        self._numbers = added

    def means(self, penalty: Any = None) -> dict[str, float]:
        """Return loss, data loss, penalty and metrics; the penalty is the mean over batches unless given."""
        data_loss = self._numbers[0] / self._count
        penalty = self._numbers[1] if penalty is None else penalty
        metrics = {
            "loss": float(data_loss + penalty),
            "data_loss": float(data_loss),
            "regularization_loss": float(penalty),
        }
        return self._with_metrics(metrics)

    def without_penalty(self) -> dict[str, float]:
        """Return the data loss, as `loss`, and the metrics, as for data that is not trained on."""
        return self._with_metrics({"loss": float(self._numbers[0] / self._count)})

    def _with_metrics(self, metrics: dict[str, float]) -> dict[str, float]:
        for (name, value), sums in zip(self._values, self._numbers[2:], strict=True):
            metrics[name] = value(sums, self._count)
        return metrics
