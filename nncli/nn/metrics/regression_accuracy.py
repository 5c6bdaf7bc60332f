"""Accuracy for regression: the fraction of close predictions."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
from annotated_types import Gt

from nncli.arrays import Array
from nncli.nn.engine.ops import Ops
from nncli.nn.metrics.base import Metric, Sums, TargetStatistics, Task, mean_over_outputs
from nncli.registry import Help, register


@register
class RegressionAccuracy(Metric):
    """Fraction of the predictions that are close to their targets.

        close if |y - t| < std(training targets) / divisor

    Source: the book, chapter 17.
    """

    type: Literal["regression_accuracy"] = "regression_accuracy"
    divisor: Annotated[float, Gt(0), Help("the tolerance is std(targets) / divisor")] = 250.0
    higher_is_better: ClassVar[bool] = True
    tasks: ClassVar[tuple[Task, ...]] = ("regression",)
    counts_samples: ClassVar[bool] = True

    def sums(self, y: Array, t: Array, training: TargetStatistics, ops: Ops) -> Sums:
        close = ops.constant(np.asarray(training.standard_deviation / self.divisor))
        return mean_over_outputs(ops.count(np.abs(y - t) < close), y)

    def value(self, sums: Sums, count: int) -> float:
        return float(sums / count)
