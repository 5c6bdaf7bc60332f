"""Accuracy for classes and labels."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from nncli.arrays import Array
from nncli.nn.engine.ops import Ops
from nncli.nn.labels import predicted_and_true
from nncli.nn.metrics.base import Metric, Sums, TargetStatistics, Task, Threshold
from nncli.registry import register


@register
class Accuracy(Metric):
    """Fraction of the samples whose class is predicted correctly.

        predicted: the class with the highest output; for a single output 1 if it is above the threshold, else 0

    With several binary targets, it is the mean over samples and outputs.

    Source: the book, chapters 5 and 16.
    """

    type: Literal["accuracy"] = "accuracy"
    threshold: Threshold = 0.5
    higher_is_better: ClassVar[bool] = True
    tasks: ClassVar[tuple[Task, ...]] = ("classes", "multilabel")
    counts_samples: ClassVar[bool] = True

    def sums(self, y: Array, t: Array, training: TargetStatistics, ops: Ops) -> Sums:
        predicted, true = predicted_and_true(y, t, self.threshold, multilabel=training.multilabel)
        true = true.astype(predicted.dtype, copy=False)  # comparing equal dtypes takes half the time
        correct = predicted == true
        return ops.count(correct) if correct.ndim == 1 else np.sum(correct, axis=0, dtype=np.float64)

    def value(self, sums: Sums, count: int) -> float:
        total = sums.sum() if sums.ndim else sums
        return float(total / (count * sums.size))  # one division, for the bits of the book's mean
