"""The figures of an epoch: sums over its batches, made into means at its end."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncli.data.data import Samples
from nncli.nn.metrics import Metric, TargetStatistics
from nncli.nn.network import Network, Parameters
from nncli.nn.ops import Array, Ops
from nncli.training.batches import batches


class Sums:
    """Sums of losses and metrics over the batches of an epoch.

    Losses are added as NumPy scalars in their own dtype and made Python numbers last: the bits of the book.
    """

    def __init__(self, metrics: tuple[Metric, ...], statistics: TargetStatistics) -> None:
        self._metrics = metrics
        self._statistics = statistics
        self._sums: list[Any] = [0.0] * len(metrics)
        self._loss: Any = 0
        self._penalty: Any = 0.0
        self._count = 0

    def add(self, losses: Array, predictions: Array, t: Array, penalty: Any, ops: Ops) -> None:
        """Adds a batch: the loss of each sample (n,), predictions (n, k), targets, and the penalty at this step."""
        self._count += len(losses)
        self._loss = self._loss + np.add.reduce(losses)
        whole = len(losses) == self._count  # the first batch, and mostly the only one: its penalty keeps its bits
        self._penalty = penalty if whole else self._penalty + (penalty - self._penalty) * (len(losses) / self._count)
        for i, metric in enumerate(self._metrics):
            self._sums[i] = self._sums[i] + metric.sums(predictions, t, self._statistics, ops)

    def means(self, penalty: Any = None) -> dict[str, float]:
        """Loss, data loss, penalty and metrics; the penalty is the mean over batches unless one is given."""
        data_loss = self._loss / self._count
        penalty = self._penalty if penalty is None else penalty
        return {
            "loss": float(data_loss + penalty),
            "data_loss": float(data_loss),
            "regularization_loss": float(penalty),
            **self.metrics(),
        }

    def metrics(self) -> dict[str, float]:
        """Each metric by its name."""
        pairs = zip(self._metrics, self._sums, strict=True)
        return {metric.type: metric.value(sums, self._count) for metric, sums in pairs}


@np.errstate(all="ignore")
def measure(
    network: Network,
    params: Parameters,
    samples: Samples,
    metrics: tuple[Metric, ...],
    statistics: TargetStatistics,
    ops: Ops,
    batch_size: int | None,
) -> Sums:
    """Sums of losses and metrics over the samples, without penalty; `ops` must not be training."""
    sums = Sums(metrics, statistics)
    for x, t in batches(samples, batch_size, None):
        ops.rewind(len(x))
        output, _ = network.forward(params, x, ops)
        predictions, losses, _ = network.loss.forward(output, t, ops)
        sums.add(losses, predictions, t, 0.0, ops)
    return sums
