"""How well each class is told from the others."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nncli.nn.labels import predicted_classes, true_classes
from nncli.nn.ops import Array, Ops


class ClassMetrics(NamedTuple):
    """The metrics of one class, or their plain means over all classes."""

    precision: float  # of those predicted to be of the class, the part that is
    recall: float  # of those of the class, the part that was predicted so
    f1: float
    support: int  # samples of the class


class ClassReport(NamedTuple):
    """What was predicted for the samples of each class."""

    names: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]  # a row for each true class, a column for each predicted one
    each: tuple[ClassMetrics, ...]
    macro: ClassMetrics


class Confusion:
    """Counts of samples by true and predicted class, added up over batches."""

    def __init__(self, classes: int, threshold: float) -> None:
        self._counts = np.zeros((classes, classes), np.int64)
        self._threshold = threshold

    def add(self, predictions: Array, t: Array, ops: Ops) -> None:
        """Adds a batch: predictions (n, k), and targets as class numbers, a column of 0 and 1, or one-hot rows."""
        size = len(self._counts)
        predicted = predicted_classes(predictions, self._threshold, ops)
        cells = true_classes(t, ops) * size + predicted
        self._counts += np.bincount(cells, minlength=size * size).reshape(size, size)

    def report(self, names: tuple[str, ...]) -> ClassReport:
        """Return the metrics of each class; 0 for a quotient by 0, as for a class that is never predicted.

        precision = right / predicted        recall = right / support        f1 = 2 right / (predicted + support)
        """
        right, predicted, support = np.diag(self._counts), self._counts.sum(axis=0), self._counts.sum(axis=1)
        precision, recall = _quotient(right, predicted), _quotient(right, support)
        f1 = _quotient(2 * right, predicted + support)
        columns = (precision.tolist(), recall.tolist(), f1.tolist(), support.tolist())
        each = tuple(ClassMetrics(*metrics) for metrics in zip(*columns, strict=True))
        means = [float(np.mean(column)) for column in (precision, recall, f1)]
        macro = ClassMetrics(means[0], means[1], means[2], int(support.sum()))
        confusion = tuple(tuple(row) for row in self._counts.tolist())
        return ClassReport(names, confusion, each, macro)


def _quotient(a: Array, b: Array) -> Array:
    return np.divide(a, b, out=np.zeros(a.shape), where=b != 0)
