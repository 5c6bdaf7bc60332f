"""Precision, recall and F1 for each class or label, and the confusion matrix."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.nn.labels import predicted_and_true, predicted_classes, true_classes


class ClassMetrics(NamedTuple):
    """The metrics of one class, or their unweighted means over all classes."""

    precision: float  # share of the samples predicted as this class that belong to it
    recall: float  # share of the samples of this class that are predicted as it
    f1: float
    support: int  # number of samples of the class


class ClassReport(NamedTuple):
    """The metrics of each class or label, and the confusion matrix of classes."""

    names: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...] | None  # rows: true class, columns: predicted class; None for labels
    per_class: tuple[ClassMetrics, ...]
    macro: ClassMetrics


class Confusion:
    """Counts of samples by true and predicted class, summed over batches."""

    def __init__(self, classes: int, threshold: float) -> None:
        self._counts = np.zeros((classes, classes), np.int64)
        self._threshold = threshold

    def add(self, predictions: Array, t: Array) -> None:
        """Add a batch: predictions (n, k), and targets as class numbers, a column of 0 and 1, or one-hot rows."""
        size = len(self._counts)
        predicted = predicted_classes(predictions, self._threshold)
        cells = true_classes(t) * size + predicted
        self._counts += np.bincount(cells, minlength=size * size).reshape(size, size)

    def report(self, names: tuple[str, ...]) -> ClassReport:
        """Return the metrics of each class."""
        right, predicted, support = np.diag(self._counts), self._counts.sum(axis=0), self._counts.sum(axis=1)
        confusion = tuple(tuple(row) for row in self._counts.tolist())
        return _report(names, confusion, right, predicted, support)


class LabelCounts:
    """Counts of samples by label: predicted, true, and both, summed over batches."""

    def __init__(self, labels: int, threshold: float) -> None:
        self._counts = np.zeros((3, labels), np.int64)
        self._threshold = threshold

    def add(self, predictions: Array, t: Array) -> None:
        """Add a batch: predictions (n, k), and targets (n, k) of 0 and 1."""
        predicted, true = predicted_and_true(predictions, t, self._threshold, multilabel=True)
        self._counts += [np.count_nonzero(labels, axis=0) for labels in (predicted & true, predicted, true)]

    def report(self, names: tuple[str, ...]) -> ClassReport:
        """Return the metrics of each label; its support is the number of samples that have it."""
        return _report(names, None, *self._counts)


def _report(
    names: tuple[str, ...],
    confusion: tuple[tuple[int, ...], ...] | None,
    right: Array,
    predicted: Array,
    support: Array,
) -> ClassReport:
    """Return the metrics of each class from counts (k,). Division by 0, as for a class never predicted, gives 0.

    precision = right / predicted        recall = right / support        f1 = 2 right / (predicted + support)
    """
    precision, recall = _quotient(right, predicted), _quotient(right, support)
    f1 = _quotient(2 * right, predicted + support)
    columns = (precision.tolist(), recall.tolist(), f1.tolist(), support.tolist())
    per_class = tuple(ClassMetrics(*metrics) for metrics in zip(*columns, strict=True))
    means = [float(np.mean(column)) for column in (precision, recall, f1)]
    macro = ClassMetrics(means[0], means[1], means[2], int(support.sum()))
    return ClassReport(names, confusion, per_class, macro)


def _quotient(a: Array, b: Array) -> Array:
    return np.divide(a, b, out=np.zeros(a.shape), where=b != 0)
