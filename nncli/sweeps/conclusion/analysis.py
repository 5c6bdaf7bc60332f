"""A table of trials with the numbers that several rules need, each computed once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from nncli.number_format import format_number
from nncli.sweeps.conclusion.importance import Importance, importance
from nncli.sweeps.conclusion.table import TrialTable

POOLED = 10  # best trials whose spread over seeds is pooled: bad ones often spread far more
MEDIAN_ERROR = 1.25  # standard error of a median of 3 or more, relative to that of a mean
# Student's t at 97.5%, for 1, 2, ... degrees of freedom
T_QUANTILES = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23)


class Spread(NamedTuple):
    """The standard deviation over seeds, pooled over several trials, and its degrees of freedom."""

    value: float
    degrees: int


@dataclass(frozen=True)
class Analysis:
    """The trials of a sweep, and derived numbers."""

    table: TrialTable

    @cached_property
    def order(self) -> list[int]:
        """The indices of the trials that are done, best first; of equal ones the earlier."""
        done = self.table.having("done")
        return [int(index) for index in done[np.argsort(self.table.costs[done], kind="stable")]]

    @property
    def best(self) -> int | None:
        """The index of the best trial."""
        return self.order[0] if self.order else None

    @cached_property
    def spread(self) -> Spread | None:
        """The spread over seeds in the best trials, σ² = Σ (cost - mean)² / Σ (seeds - 1); None with one seed.

        Seeds that are far off count in full: the median over trials would ignore them, and then takes noise for a
        difference in 40% of the sweeps with two seeds of which one in ten is far off.
        """
        squares, degrees, pooled = 0.0, 0, 0
        for index in self.order:
            costs = np.array([cost for cost in self.table.seed_costs[index] if math.isfinite(cost)])
            if len(costs) > 1 and pooled < POOLED:
                squares += float(np.sum((costs - costs.mean()) ** 2))
                degrees += len(costs) - 1
                pooled += 1
        return Spread(math.sqrt(squares / degrees), degrees) if degrees else None

    @cached_property
    def noise(self) -> float | None:
        """The difference of two trials that noise explains: at a level of 5%; None if the spread is unknown.

        t σ √(2 / seeds), with 1.25 σ for medians of 3 or more
        """
        if self.spread is None:
            return None
        seeds = len(self.table.plan.seeds)
        error = self.spread.value * (MEDIAN_ERROR if seeds > 2 else 1) * math.sqrt(2 / seeds)
        return t_quantile(self.spread.degrees) * error

    @cached_property
    def as_good(self) -> int:
        """The number of other trials that noise may have made worse than the best; equal ones if it is unknown."""
        costs = self.table.costs[self.order]
        return int(np.sum(costs[1:] - costs[0] <= (self.noise or 0.0))) if len(costs) else 0

    @cached_property
    def importance(self) -> Importance:
        """The share of the variance that each parameter explains."""
        return importance(self.table)

    @property
    def metric(self) -> str:
        """The name of the objective."""
        return self.table.plan.objective.monitor.name

    def value(self, index: int) -> str:
        """Return the objective of a trial as text."""
        return format_number(self.table.objective(float(self.table.costs[index])))

    def number(self, index: int) -> int:
        """Return the number of a trial."""
        return self.table.trials[index].number

    def settings(self, index: int) -> dict[str, Any]:
        """Return the settings of a trial."""
        return self.table.trials[index].settings


def t_quantile(degrees: int) -> float:
    """Return the 97.5% quantile of Student's t."""
    return T_QUANTILES[degrees - 1] if degrees <= len(T_QUANTILES) else 1.96 + 2.5 / degrees
