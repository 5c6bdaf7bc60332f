"""Accuracy that counts near misses as correct."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from annotated_types import Gt

from nncli.arrays import Array
from nncli.nn.engine.ops import Ops
from nncli.nn.labels import predicted_classes, true_classes
from nncli.nn.metrics.base import Metric, Sums, TargetStatistics, Task
from nncli.registry import Help, register


@register
class TopKAccuracy(Metric):
    """Fraction of the samples whose class is among the k with the highest outputs.

        correct if fewer than k classes have a higher output than the true one, or the same output and a higher number

    A single output represents two classes, so k is 1 and the metric equals accuracy at threshold 0.5.

    Source: scikit-learn, top_k_accuracy_score, which breaks ties in the same way.
    """

    type: Literal["top_k_accuracy"] = "top_k_accuracy"
    k: Annotated[int, Gt(0), Help("how many of the highest outputs count; fewer than all classes")] = 5
    example: ClassVar[dict[str, Any]] = {"k": 2}
    higher_is_better: ClassVar[bool] = True
    tasks: ClassVar[tuple[Task, ...]] = ("classes",)
    counts_samples: ClassVar[bool] = True

    def fewest_classes(self) -> int:
        return self.k + 1

    def sums(self, y: Array, t: Array, training: TargetStatistics, ops: Ops) -> Sums:
        (n, classes), true = y.shape, true_classes(t)
        if classes == 1:
            return ops.count(predicted_classes(y, 0.5) == true)
        at_true = np.take(y, ops.constant(np.arange(0, n * classes, classes)) + true, mode="clip").reshape(n, 1)
        before = ops.constant(np.arange(classes)) <= true.reshape(n, 1)
        behind = (y < at_true) | ((y == at_true) & before)  # NaN never is
        return ops.count(np.sum(behind, axis=1) > classes - self.k)  # the true class is in the top k

    def value(self, sums: Sums, count: int) -> float:
        return float(sums / count)
