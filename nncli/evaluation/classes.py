"""How well each class is told from the others, and each label from its absence."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.nn.labels import predicted_and_true, predicted_classes, true_classes


class ClassMetrics(NamedTuple):
    """The metrics of one class, or their plain means over all classes."""

    precision: float  # of those predicted to be of the class, the part that is
    recall: float  # of those of the class, the part that was predicted so
    f1: float
    support: int  # samples of the class


class ClassReport(NamedTuple):
    """What was predicted for the samples of each class or label."""

    names: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...] | None  # rows: true class, columns: predicted; labels have none
    per_class: tuple[ClassMetrics, ...]
    macro: ClassMetrics


class Confusion:
    """Counts of samples by true and predicted class, added up over batches."""

    def __init__(self, classes: int, threshold: float) -> None:
        self._counts = np.zeros((classes, classes), np.int64)
        self._threshold = threshold

    def add(self, predictions: Array, t: Array) -> None:
        """Adds a batch: predictions (n, k), and targets as class numbers, a column of 0 and 1, or one-hot rows."""
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
    """Counts of samples by label: how often it is predicted, how often true, and how often both."""

    def __init__(self, labels: int, threshold: float) -> None:
        self._counts = np.zeros((3, labels), np.int64)
        self._threshold = threshold

    def add(self, predictions: Array, t: Array) -> None:
        """Adds a batch: predictions (n, k), and targets (n, k) of 0 and 1."""
        predicted, true = predicted_and_true(predictions, t, self._threshold, multilabel=True)
        self._counts += [np.count_nonzero(labels, axis=0) for labels in (predicted & true, predicted, true)]

    def report(self, names: tuple[str, ...]) -> ClassReport:
        """Return the metrics of each label; its support is the samples that have it."""
        return _report(names, None, *self._counts)


def _report(
    names: tuple[str, ...],
    confusion: tuple[tuple[int, ...], ...] | None,
    right: Array,
    predicted: Array,
    support: Array,
) -> ClassReport:
    """The metrics of each class from counts (k,); 0 for a quotient by 0, as for a class that is never predicted.

    precision = right / predicted        recall = right / support        f1 = 2 right / (predicted + support)
    """
    precision, recall = _quotient(right, predicted), _quotient(right, support)
    f1 = _quotient(2 * right, predicted + support)
    columns = (precision.tolist(), recall.tolist(), f1.tolist(), support.tolist())
    each = tuple(ClassMetrics(*metrics) for metrics in zip(*columns, strict=True))
    means = [float(np.mean(column)) for column in (precision, recall, f1)]
    macro = ClassMetrics(means[0], means[1], means[2], int(support.sum()))
    return ClassReport(names, confusion, each, macro)


def _quotient(a: Array, b: Array) -> Array:
    return np.divide(a, b, out=np.zeros(a.shape), where=b != 0)
