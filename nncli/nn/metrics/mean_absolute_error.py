"""The mean absolute error."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from nncli.arrays import Array
from nncli.nn.metrics.base import Metric, Sums, TargetStatistics, Task, mean_over_outputs
from nncli.registry import register


@register
class AbsoluteError(Metric):
    """Mean absolute error, in the unit of the targets.

    Σ |y - t| / k / n
    """

    type: Literal["mae"] = "mae"
    higher_is_better: ClassVar[bool] = False
    tasks: ClassVar[tuple[Task, ...]] = ("regression",)

    def sums(self, y: Array, t: Array, training: TargetStatistics) -> Sums:
        return mean_over_outputs(np.sum(np.abs(y - t), dtype=np.float64), y)

    def value(self, sums: Sums, count: int) -> float:
        return float(sums / count)
