"""Precision, recall and their harmonic mean."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from nncli.arrays import Array
from nncli.nn.labels import predicted_and_true
from nncli.nn.metrics.base import Metric, Sums, TargetStatistics, Task, Threshold
from nncli.registry import register


@register
class Precision(Metric):
    """Fraction of the predictions of a class that are correct, averaged over classes.

        Σₖ (correctₖ / predictedₖ) / k        0 for a class that is never predicted

    A single output gives the metric of class 1, several binary targets the mean over targets.

    Source: scikit-learn, precision_score, with zero_division=0: average="macro" over all classes, or "binary".
    """

    type: Literal["precision"] = "precision"
    threshold: Threshold = 0.5
    higher_is_better: ClassVar[bool] = True
    tasks: ClassVar[tuple[Task, ...]] = ("classes", "multilabel")
    counts_samples: ClassVar[bool] = True

    def sums(self, y: Array, t: Array, training: TargetStatistics) -> Sums:
        return _counts(y, t, self.threshold, training)

    def value(self, sums: Sums, count: int) -> float:
        correct, predicted, _ = sums
        return _mean_quotient(correct, predicted)


@register
class Recall(Metric):
    """Fraction of the samples of a class that are predicted correctly, averaged over classes.

        Σₖ (correctₖ / trueₖ) / k        0 for a class without samples

    A single output gives the metric of class 1, several binary targets the mean over targets.

    Source: scikit-learn, recall_score, with zero_division=0: average="macro" over all classes, or "binary".
    """

    type: Literal["recall"] = "recall"
    threshold: Threshold = 0.5
    higher_is_better: ClassVar[bool] = True
    tasks: ClassVar[tuple[Task, ...]] = ("classes", "multilabel")
    counts_samples: ClassVar[bool] = True

    def sums(self, y: Array, t: Array, training: TargetStatistics) -> Sums:
        return _counts(y, t, self.threshold, training)

    def value(self, sums: Sums, count: int) -> float:
        correct, _, true = sums
        return _mean_quotient(correct, true)


@register
class F1(Metric):
    """Harmonic mean of the precision and recall of a class, averaged over classes.

        Σₖ (2 correctₖ / (predictedₖ + trueₖ)) / k        0 for a class without samples that is never predicted

    A single output gives the metric of class 1, several binary targets the mean over targets.

    Source: scikit-learn, f1_score, with zero_division=0: average="macro" over all classes, or "binary".
    """

    type: Literal["f1"] = "f1"
    threshold: Threshold = 0.5
    higher_is_better: ClassVar[bool] = True
    tasks: ClassVar[tuple[Task, ...]] = ("classes", "multilabel")
    counts_samples: ClassVar[bool] = True

    def sums(self, y: Array, t: Array, training: TargetStatistics) -> Sums:
        return _counts(y, t, self.threshold, training)

    def value(self, sums: Sums, count: int) -> float:
        correct, predicted, true = sums
        return _mean_quotient(2 * correct, predicted + true)


def _counts(y: Array, t: Array, threshold: float, training: TargetStatistics) -> Array:
    """Return sample counts in three rows: correctly predicted, predicted and true, one column for each class or label.

    For a single output, the only column is that of class 1.
    """
    predicted, true = predicted_and_true(y, t, threshold, multilabel=training.multilabel)
    if training.multilabel:
        return np.stack([np.sum(labels, axis=0, dtype=np.float64) for labels in (predicted & true, predicted, true)])
    outputs = y.shape[1]
    counts = np.zeros_like(true, shape=(3, max(outputs, 2)), dtype=np.float64)
    np.add.at(counts[0], true, (predicted == true).astype(np.float64))
    np.add.at(counts[1], predicted.astype(np.intp, copy=False), 1.0)
    np.add.at(counts[2], true, 1.0)
    return counts if outputs > 1 else counts[:, 1:]


def _mean_quotient(a: Array, b: Array) -> float:
    """Return the mean of a / b, counting a / 0 as 0."""
    return float(np.mean(np.divide(a, b, out=np.zeros(a.shape), where=b != 0)))
