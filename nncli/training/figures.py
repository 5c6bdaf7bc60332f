"""The figures of an epoch: sums over its batches, made into means at its end."""

from __future__ import annotations

from typing import Any

from nncli.nn.metrics import Metric
from nncli.training.steps import Numbers


class Sums:
    """Sums of losses and metrics over the batches of an epoch.

    Losses are added as NumPy scalars in their own dtype and made Python numbers last: the bits of the book.
    """

    def __init__(self, metrics: tuple[Metric, ...]) -> None:
        self._metrics = metrics
        self._count = 0
        self._loss: Any = 0
        self._penalty: Any = 0.0
        self._sums: list[Any] = [0] * len(metrics)

    def add(self, count: int, numbers: Numbers) -> None:
        """Adds a batch of `count` samples: the sum of its losses, the penalty at this step, the sums of metrics."""
        loss, penalty, *sums = [number.copy() if number.ndim else number[()] for number in numbers]
        self._count += count
        if count == self._count:  # the first batch, and mostly the only one
            self._loss, self._penalty, self._sums = loss, penalty, sums
            return
        self._loss = self._loss + loss
        self._penalty = self._penalty + (penalty - self._penalty) * (count / self._count)
        self._sums = [total + more for total, more in zip(self._sums, sums, strict=True)]

    def means(self, penalty: Any = None) -> dict[str, float]:
        """Loss, data loss, penalty and metrics; the penalty is the mean over batches unless one is given."""
        data_loss = self._loss / self._count
        penalty = self._penalty if penalty is None else penalty
        return {
            "loss": float(data_loss + penalty),
            "data_loss": float(data_loss),
            "regularization_loss": float(penalty),
            **self._values(),
        }

    def without_penalty(self) -> dict[str, float]:
        """Data loss, as `loss`, and metrics: what is told of data that is not trained on."""
        return {"loss": float(self._loss / self._count), **self._values()}

    def _values(self) -> dict[str, float]:
        pairs = zip(self._metrics, self._sums, strict=True)
        return {metric.type: metric.value(sums, self._count) for metric, sums in pairs}
