"""The root of the mean squared error."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from nncli.arrays import Array
from nncli.nn.metrics.base import Metric, Sums, TargetStatistics, Task, mean_over_outputs
from nncli.registry import register


@register
class RootMeanSquaredError(Metric):
    """Root of the mean squared error, in the unit of the targets: large errors count more than in mae.

        √(Σ (t - y)² / k / n)        over outputs and samples, so it is the root of the loss mse

    Source: Keras, RootMeanSquaredError. scikit-learn takes the root for each output first; a single output agrees.
    """

    type: Literal["rmse"] = "rmse"
    higher_is_better: ClassVar[bool] = False
    tasks: ClassVar[tuple[Task, ...]] = ("regression",)

    def sums(self, y: Array, t: Array, training: TargetStatistics) -> Sums:
        return mean_over_outputs(np.sum((y - t) ** 2, dtype=np.float64), y)

    def value(self, sums: Sums, count: int) -> float:
        return float(np.sqrt(sums / count))
