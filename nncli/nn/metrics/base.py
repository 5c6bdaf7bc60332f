"""The base class of metrics: numbers by which a person can judge predictions.

A metric returns sums over samples, which may be added up over batches, and computes its value from them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, TypeAlias

import numpy as np
from annotated_types import Ge, Le

from nncli.arrays import Array
from nncli.nn.optional_ops import accept_ops
from nncli.registry import Help, kind


class TargetStatistics(NamedTuple):
    """Statistics of the training targets, for metrics and baselines."""

    mean: Array  # of each column of targets; for classes, of the class numbers
    standard_deviation: float  # of all entries
    multilabel: bool = False  # each column of 0 and 1 is an independent label, not one of several classes

    @classmethod
    def of(cls, t: Array, *, multilabel: bool = False) -> TargetStatistics:
        """Compute the statistics of targets t."""
        return cls(np.mean(t, axis=0), np.std(t), multilabel)  # type: ignore[arg-type]


Threshold: TypeAlias = Annotated[float, Ge(0), Le(1), Help("sigmoid output above which class 1 is predicted")]
Sums: TypeAlias = Any  # a number or an array: anything that can be added and divided
Task: TypeAlias = Literal["classes", "multilabel", "regression"]  # classes exclude one another, labels do not


@kind
class Metric(ABC):
    """A measure of predictions y (n, k) against targets t: (n, k) values, or (n,) class numbers."""

    __slots__ = ()
    example: ClassVar[dict[str, Any]] = {}
    type: Any  # its name
    higher_is_better: ClassVar[bool]
    tasks: ClassVar[tuple[Task, ...]]  # for which it is defined
    counts_samples: ClassVar[bool] = False  # the value is a count divided by n

    def fewest_classes(self) -> int:
        """Return the smallest number of classes for which the metric can differ from 1."""
        return 1

    def __init_subclass__(cls) -> None:
        accept_ops(cls, "sums")

    @abstractmethod
    def sums(self, *args: Any) -> Sums:
        """Return sums over the samples of a batch; the sums of several batches are added.

        Called as `sums(y, t, training)` or `sums(y, t, training, ops)`, with the statistics of the training targets.
        """

    @abstractmethod
    def value(self, sums: Sums, count: int) -> float:
        """Return the metric, given the sums over `count` samples."""


def mean_over_outputs(total: Any, y: Array) -> Any:
    """Return a total over all k outputs y (n, k) as a mean over them."""
    return total if y.shape[1] == 1 else total / y.shape[1]
