"""Metrics: how good the predictions are, in figures that a person can judge.

A metric gives sums over samples, which may be added up over batches, and makes its value of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, TypeAlias

import numpy as np
from annotated_types import Ge, Gt, Le

from nncli.nn.labels import predicted_and_true
from nncli.nn.ops import Array, Ops
from nncli.registry import Help, kind, register


class TargetStatistics(NamedTuple):
    """What metrics and baselines need to know of the training targets."""

    mean: Array  # of each column of targets; for classes of the class numbers
    standard_deviation: float  # of all entries
    multilabel: bool = False  # each column of 0 and 1 is a label of its own, not one class of several

    @classmethod
    def of(cls, t: Array, *, multilabel: bool = False) -> TargetStatistics:
        """The statistics of targets t."""
        return cls(np.mean(t, axis=0), np.std(t), multilabel)  # type: ignore[arg-type]


Sums: TypeAlias = Any  # a number or an array: what can be added and divided
Task: TypeAlias = Literal["classes", "multilabel", "regression"]  # classes exclude one another, labels do not


@kind
class Metric(ABC):
    """A figure of predictions y (n, k) and targets t: (n, k) values, or (n,) class numbers."""

    __slots__ = ()
    example: ClassVar[dict[str, Any]] = {}
    type: Any  # its name, which is that of its figure
    higher_is_better: ClassVar[bool]
    tasks: ClassVar[tuple[Task, ...]]  # that it measures
    counts_samples: ClassVar[bool] = False  # so that it moves in steps

    def fewest_classes(self) -> int:
        """How many classes there must be for the figure to tell anything."""
        return 1

    @abstractmethod
    def sums(self, y: Array, t: Array, training: TargetStatistics, ops: Ops) -> Sums:
        """Sums over the samples of a batch; those of several batches are added."""

    @abstractmethod
    def value(self, sums: Sums, count: int) -> float:
        """The metric for the sums over `count` samples."""


@register
class Accuracy(Metric):
    """The part of the samples whose class is predicted right.

        the class with the highest output; for a single output 1 where it is above the threshold, else 0

    With several binary targets, the mean over samples and outputs.

    Source: the book, chapters 5 and 16.
    """

    type: Literal["accuracy"] = "accuracy"
    threshold: Annotated[float, Ge(0), Le(1), Help("of a sigmoid output")] = 0.5
    higher_is_better: ClassVar[bool] = True
    tasks: ClassVar[tuple[Task, ...]] = ("classes", "multilabel")
    counts_samples: ClassVar[bool] = True

    def sums(self, y: Array, t: Array, training: TargetStatistics, ops: Ops) -> Sums:
        predicted, given = predicted_and_true(y, t, self.threshold, ops, multilabel=training.multilabel)
        true = ops.empty(predicted.shape, predicted.dtype)  # of one dtype, they are compared in half the time
        np.copyto(true, given, casting="unsafe")
        right = np.equal(predicted, true, out=ops.empty(true.shape, bool))
        if right.ndim == 1:
            return ops.count(right)
        return np.add.reduce(right, axis=0, out=ops.empty((y.shape[1],), np.float64), dtype=np.float64)

    def value(self, sums: Sums, count: int) -> float:
        total = sums.sum() if sums.ndim else sums
        return float(total / (count * sums.size))  # one division, for the bits of the book's mean


@register
class RegressionAccuracy(Metric):
    """The part of the predictions that are nearly right.

        right where |y - t| < std(training targets) / divisor

    Source: the book, chapter 17.
    """

    type: Literal["regression_accuracy"] = "regression_accuracy"
    divisor: Annotated[float, Gt(0), Help("the larger, the stricter")] = 250.0
    higher_is_better: ClassVar[bool] = True
    tasks: ClassVar[tuple[Task, ...]] = ("regression",)
    counts_samples: ClassVar[bool] = True

    def sums(self, y: Array, t: Array, training: TargetStatistics, ops: Ops) -> Sums:
        error = _error(y, t, ops)
        np.abs(error, out=error)
        close = training.standard_deviation / self.divisor
        near = np.less(error, close, out=ops.empty(error.shape, bool))
        return _over_outputs(ops.count(near), y)

    def value(self, sums: Sums, count: int) -> float:
        return float(sums / count)


@register
class AbsoluteError(Metric):
    """The mean absolute error, in the unit of the targets.

    Σ |y - t| / k / n
    """

    type: Literal["mae"] = "mae"
    higher_is_better: ClassVar[bool] = False
    tasks: ClassVar[tuple[Task, ...]] = ("regression",)

    def sums(self, y: Array, t: Array, training: TargetStatistics, ops: Ops) -> Sums:
        error = _error(y, t, ops)
        return _over_outputs(np.add.reduce(np.abs(error, out=error), axis=None, dtype=np.float64), y)

    def value(self, sums: Sums, count: int) -> float:
        return float(sums / count)


@register
class RootMeanSquaredError(Metric):
    """The root of the mean squared error, in the unit of the targets: large errors count more than in mae.

        √(Σ (t - y)² / k / n)        over outputs and samples, so the root of the loss mse

    Source: Keras, RootMeanSquaredError. scikit-learn takes the root of each output first: the same for a single one.
    """

    type: Literal["rmse"] = "rmse"
    higher_is_better: ClassVar[bool] = False
    tasks: ClassVar[tuple[Task, ...]] = ("regression",)

    def sums(self, y: Array, t: Array, training: TargetStatistics, ops: Ops) -> Sums:
        error = _error(y, t, ops)
        return _over_outputs(np.add.reduce(np.square(error, out=error), axis=None, dtype=np.float64), y)

    def value(self, sums: Sums, count: int) -> float:
        return float(np.sqrt(sums / count))


@register
class RSquared(Metric):
    """The part of the targets' variance that the predictions explain: 1 is all, 0 no better than their mean.

    1 - Σ (t - y)² / Σ (t - t̄)²        mean over outputs; a column of constant targets gives 1 if met, else 0
    """

    type: Literal["r2"] = "r2"
    higher_is_better: ClassVar[bool] = True
    tasks: ClassVar[tuple[Task, ...]] = ("regression",)

    def sums(self, y: Array, t: Array, training: TargetStatistics, ops: Ops) -> Sums:
        """Rows: squared errors, targets and their squares, both measured from the training mean to keep digits."""
        error = _error(y, t, ops)
        square = np.square(error, out=error)
        centred = np.subtract(t, training.mean, out=ops.empty(t.shape, np.float64))
        sums = ops.empty((3, y.shape[1]), np.float64)
        np.add.reduce(square, axis=0, dtype=np.float64, out=sums[0])
        np.add.reduce(centred, axis=0, out=sums[1])
        np.add.reduce(np.square(centred, out=centred), axis=0, out=sums[2])
        return sums

    def value(self, sums: Sums, count: int) -> float:
        squared_error, total, total_squares = sums
        variation = total_squares - total**2 / count
        flat = variation <= 1e-12 * total_squares
        parts = np.where(flat, squared_error == 0, 1 - squared_error / np.where(flat, 1, variation))
        return float(np.mean(parts))


def _error(y: Array, t: Array, ops: Ops) -> Array:
    return np.subtract(y, t, out=ops.empty(y.shape, np.result_type(y, t)))


def _over_outputs(sum_: Any, y: Array) -> Any:
    """The mean over the k outputs (n, k) of what was summed over all of them."""
    return sum_ if y.shape[1] == 1 else sum_ / y.shape[1]
