"""The base class of metrics: how good the predictions are, in numbers that a person can judge.

A metric gives sums over samples, which may be added up over batches, and makes its value of them.
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

    mean: Array  # of each column of targets; for classes of the class numbers
    standard_deviation: float  # of all entries
    multilabel: bool = False  # each column of 0 and 1 is a label of its own, not one class of several

    @classmethod
    def of(cls, t: Array, *, multilabel: bool = False) -> TargetStatistics:
        """The statistics of targets t."""
        return cls(np.mean(t, axis=0), np.std(t), multilabel)  # type: ignore[arg-type]


Threshold: TypeAlias = Annotated[float, Ge(0), Le(1), Help("a sigmoid output above it is class 1")]
Sums: TypeAlias = Any  # a number or an array: what can be added and divided
Task: TypeAlias = Literal["classes", "multilabel", "regression"]  # classes exclude one another, labels do not


@kind
class Metric(ABC):
    """A measure of predictions y (n, k) against targets t: (n, k) values, or (n,) class numbers."""

    __slots__ = ()
    example: ClassVar[dict[str, Any]] = {}
    type: Any  # its name
    higher_is_better: ClassVar[bool]
    tasks: ClassVar[tuple[Task, ...]]  # that it measures
    counts_samples: ClassVar[bool] = False  # its value is a count over n

    def fewest_classes(self) -> int:
        """How many classes it needs to be of any use."""
        return 1

    def __init_subclass__(cls) -> None:
        accept_ops(cls, "sums")

    @abstractmethod
    def sums(self, *args: Any) -> Sums:
        """`sums(y, t, training)` or `sums(y, t, training, ops)`: sums over the samples of a batch.

        Those of several batches are added; `training` are the statistics of the training targets.
        """

    @abstractmethod
    def value(self, sums: Sums, count: int) -> float:
        """The metric for the sums over `count` samples."""


def mean_over_outputs(total: Any, y: Array) -> Any:
    """The mean over the k outputs y (n, k) of what was summed over all of them."""
    return total if y.shape[1] == 1 else total / y.shape[1]
