"""Metrics of classes that tell one class from another, or forgive a near miss."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

import numpy as np
from annotated_types import Ge, Gt, Le

from nncli.nn.labels import predicted_and_true, predicted_classes, true_classes
from nncli.nn.metrics import Metric, Sums, TargetStatistics, Task
from nncli.nn.ops import Array, Ops
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

    def sums(self, y: Array, t: Array, training: TargetStatistics, ops: Ops) -> Sums:
        predicted, true = predicted_and_true(y, t, self.threshold, ops, multilabel=training.multilabel)
        return _right_and_all(predicted, true, [predicted], y.shape[1], ops)

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

    def sums(self, y: Array, t: Array, training: TargetStatistics, ops: Ops) -> Sums:
        predicted, true = predicted_and_true(y, t, self.threshold, ops, multilabel=training.multilabel)
        return _right_and_all(predicted, true, [true], y.shape[1], ops)

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

    def sums(self, y: Array, t: Array, training: TargetStatistics, ops: Ops) -> Sums:
        predicted, true = predicted_and_true(y, t, self.threshold, ops, multilabel=training.multilabel)
        return _right_and_all(predicted, true, [predicted, true], y.shape[1], ops)

    def value(self, sums: Sums, count: int) -> float:
        right, predicted_and_true = sums
        return _mean_quotient(2 * right, predicted_and_true)


@register
class TopKAccuracy(Metric):
    """The part of the samples whose class is among the k with the highest outputs.

        right where fewer than k classes have a higher output than the true one, or the same and a higher number

    A single output stands for two classes, so that k is 1 there and the figure that of accuracy.

    Source: scikit-learn, top_k_accuracy_score, which breaks ties alike.
    """

    type: Literal["top_k_accuracy"] = "top_k_accuracy"
    k: Annotated[int, Gt(0), Help("how many classes may be named; less than there are")] = 5
    example: ClassVar[dict[str, Any]] = {"k": 2}
    higher_is_better: ClassVar[bool] = True
    tasks: ClassVar[tuple[Task, ...]] = ("classes",)
    counts_samples: ClassVar[bool] = True

    def fewest_classes(self) -> int:
        return self.k + 1

    def sums(self, y: Array, t: Array, training: TargetStatistics, ops: Ops) -> Sums:
        (n, classes), true = y.shape, true_classes(t, ops)
        hit = ops.empty((n,), np.float64)
        if classes == 1:
            return ops.total(np.equal(predicted_classes(y, 0.5, ops), true, out=hit, casting="unsafe"))
        places = np.add(ops.counting(n * classes, classes), true, out=ops.empty((n,), np.intp))
        at_class = np.take(y, places, out=ops.empty((n,), y.dtype), mode="clip").reshape(n, 1)
        behind = np.less(y, at_class, out=ops.empty(y.shape, bool))
        tied = np.equal(y, at_class, out=ops.empty(y.shape, bool))
        before = np.less_equal(ops.counting(classes), true.reshape(n, 1), out=ops.empty(y.shape, bool))
        np.logical_or(behind, np.logical_and(tied, before, out=tied), out=behind)  # of NaN, nothing is
        count = np.add.reduce(behind, axis=1, out=ops.empty((n,), np.intp))  # the true class among them
        return ops.total(np.greater(count, classes - self.k, out=hit, casting="unsafe"))

    def value(self, sums: Sums, count: int) -> float:
        return float(sums / count)


def _right_and_all(predicted: Array, true: Array, counted: Iterable[Array], outputs: int, ops: Ops) -> Array:
    """Counts by class in two rows: samples predicted right, and what the class numbers (n,) in `counted` add up to.

    A row has a column for each class; for a single output only that of class 1. Labels, (n, k) of bool, are counted by
    column.
    """
    if predicted.ndim == 2:
        return _columns_right_and_all(predicted, true, counted, ops)
    right = np.equal(predicted, true, out=ops.empty(true.shape, np.float64), casting="unsafe")
    counts = ops.empty((2, max(outputs, 2)), np.float64)
    counts.fill(0)
    np.add.at(counts[0], true, right)
    for numbers in counted:
        np.add.at(counts[1], _as_index(numbers, ops), 1.0)
    return counts if outputs > 1 else counts[:, 1:]


def _columns_right_and_all(predicted: Array, true: Array, counted: Iterable[Array], ops: Ops) -> Array:
    """Counts by label in two rows: those both predicted and true, and the sum of how often those `counted` are set."""
    counts = ops.empty((2, true.shape[1]), np.float64)
    both = np.logical_and(predicted, true, out=ops.empty(true.shape, bool))
    np.add.reduce(both, axis=0, out=counts[0], dtype=np.float64)
    counts[1].fill(0)
    for labels in counted:
        count = np.add.reduce(labels, axis=0, out=ops.empty(counts[1].shape, np.float64), dtype=np.float64)
        np.add(counts[1], count, out=counts[1])
    return counts


def _as_index(numbers: Array, ops: Ops) -> Array:
    """Class numbers (n,) to index with; true and false would choose."""
    if numbers.dtype == np.intp:
        return numbers
    index = ops.empty(numbers.shape, np.intp)
    np.copyto(index, numbers)
    return index


def _mean_quotient(a: Array, b: Array) -> float:
    """The mean of a / b, 0 where one would divide by 0."""
    return float(np.mean(np.divide(a, b, out=np.zeros(a.shape), where=b != 0)))
