"""The coefficient of determination."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from nncli.arrays import Array
from nncli.nn.engine.ops import Ops
from nncli.nn.metrics.base import Metric, Sums, TargetStatistics, Task
from nncli.registry import register


@register
class RSquared(Metric):
    """Fraction of the targets' variance that the predictions explain: 1 is all, 0 is no better than their mean.

    1 - Σ (t - y)² / Σ (t - t̄)²        mean over outputs; constant targets give 1 if predicted exactly, else 0
    """

    type: Literal["r2"] = "r2"
    higher_is_better: ClassVar[bool] = True
    tasks: ClassVar[tuple[Task, ...]] = ("regression",)

    def sums(self, y: Array, t: Array, training: TargetStatistics, ops: Ops) -> Sums:
        """Return rows of squared errors, targets and squared targets, the last two centred to keep digits."""
        centred = (t - ops.constant(training.mean)).astype(np.float64)
        squares = np.sum((y - t) ** 2, axis=0, dtype=np.float64)
        return np.stack([squares, np.sum(centred, axis=0), np.sum(centred**2, axis=0)])

    def value(self, sums: Sums, count: int) -> float:
        squared_error, total, total_squares = sums
        variation = total_squares - total**2 / count
        flat = variation <= 1e-12 * total_squares
        parts = np.where(flat, squared_error == 0, 1 - squared_error / np.where(flat, 1, variation))
        return float(np.mean(parts))
