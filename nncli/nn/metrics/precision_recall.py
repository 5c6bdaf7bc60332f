"""Precision, recall and their harmonic mean."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal, TypeAlias

import numpy as np
from annotated_types import Ge, Le

from nncli.arrays import Array
from nncli.nn.labels import predicted_and_true
from nncli.nn.metrics.base import Metric, Sums, TargetStatistics, Task
from nncli.registry import Help, register

Threshold: TypeAlias = Annotated[float, Ge(0), Le(1), Help("of a sigmoid output: above it the class is 1")]


@register
class Precision(Metric):
    """Of those predicted to be of a class, the part that is: mean over classes, or that of class 1 of a single output.

        Σₖ (rightₖ / predictedₖ) / k        0 for a class that is never predicted

    With several binary targets, the mean over them.

    Source: scikit-learn, precision_score, with zero_division=0: average="macro" over all classes, or "binary".
    """

    type: Literal["precision"] = "precision"
    threshold: Threshold = 0.5
    higher_is_better: ClassVar[bool] = True
    tasks: ClassVar[tuple[Task, ...]] = ("classes", "multilabel")
    counts_samples: ClassVar[bool] = True

    def sums(self, y: Array, t: Array, training: TargetStatistics) -> Sums:
        predicted, true = predicted_and_true(y, t, self.threshold, multilabel=training.multilabel)
        return _right_and_all(predicted, true, [predicted], y.shape[1])

    def value(self, sums: Sums, count: int) -> float:
        return _mean_quotient(*sums)


@register
class Recall(Metric):
    """Of those of a class, the part that is predicted so: mean over classes, or that of class 1 of a single output.

        Σₖ (rightₖ / trueₖ) / k        0 for a class that has no samples

    With several binary targets, the mean over them.

    Source: scikit-learn, recall_score, with zero_division=0: average="macro" over all classes, or "binary".
    """

    type: Literal["recall"] = "recall"
    threshold: Threshold = 0.5
    higher_is_better: ClassVar[bool] = True
    tasks: ClassVar[tuple[Task, ...]] = ("classes", "multilabel")
    counts_samples: ClassVar[bool] = True

    def sums(self, y: Array, t: Array, training: TargetStatistics) -> Sums:
        predicted, true = predicted_and_true(y, t, self.threshold, multilabel=training.multilabel)
        return _right_and_all(predicted, true, [true], y.shape[1])

    def value(self, sums: Sums, count: int) -> float:
        return _mean_quotient(*sums)


@register
class F1(Metric):
    """The harmonic mean of a class's precision and recall: mean over classes, or that of class 1 of a single output.

        Σₖ (2 rightₖ / (predictedₖ + trueₖ)) / k        0 for a class that has no samples and is never predicted

    With several binary targets, the mean over them.

    Source: scikit-learn, f1_score, with zero_division=0: average="macro" over all classes, or "binary".
    """

    type: Literal["f1"] = "f1"
    threshold: Threshold = 0.5
    higher_is_better: ClassVar[bool] = True
    tasks: ClassVar[tuple[Task, ...]] = ("classes", "multilabel")
    counts_samples: ClassVar[bool] = True

    def sums(self, y: Array, t: Array, training: TargetStatistics) -> Sums:
        predicted, true = predicted_and_true(y, t, self.threshold, multilabel=training.multilabel)
        return _right_and_all(predicted, true, [predicted, true], y.shape[1])

    def value(self, sums: Sums, count: int) -> float:
        right, predicted_and_true = sums
        return _mean_quotient(2 * right, predicted_and_true)


def _right_and_all(predicted: Array, true: Array, counted: Sequence[Array], outputs: int) -> Array:
    """Counts by class in two rows: samples predicted right, and what the class numbers (n,) in `counted` add up to.

    A row has a column for each class; for a single output only that of class 1. Labels, (n, k) of bool, are counted by
    column.
    """
    if predicted.ndim == 2:
        rows = [np.sum(labels, axis=0, dtype=np.float64) for labels in (predicted & true, *counted)]
        return np.stack([rows[0], functools.reduce(np.add, rows[1:])])
    counts = np.zeros_like(true, shape=(2, max(outputs, 2)), dtype=np.float64)
    np.add.at(counts[0], true, (predicted == true).astype(np.float64))
    for numbers in counted:
        np.add.at(counts[1], numbers.astype(np.intp, copy=False), 1.0)
    return counts if outputs > 1 else counts[:, 1:]


def _mean_quotient(a: Array, b: Array) -> float:
    """The mean of a / b, 0 where one would divide by 0."""
    return float(np.mean(np.divide(a, b, out=np.zeros(a.shape), where=b != 0)))
