"""The trials of a sweep as a table: the value of each parameter, the objective, and how the trial ended."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from nncli.arrays import Array
from nncli.search.domains import Choice
from nncli.search.space import Parameter, Settings, labels
from nncli.sweeps.directory import SweepDirectory
from nncli.sweeps.plan import SweepPlan, saved_plan
from nncli.sweeps.records import TrialRecord, TrialStatus

CONDITION = re.compile(r"(.*)\[(\d+)\]")  # of `optimizer[1].momentum`: the choice, and its option


@dataclass(frozen=True, slots=True)
class Column:
    """A parameter and its value in each trial (trials,): a number, or the number of an option; NaN if it has none."""

    name: str  # the path, and the option that it belongs to: `optimizer.momentum (sgd)`
    parameter: Parameter
    values: Array
    numeric: bool  # the values are numbers, not numbers of options

    @property
    def conditional(self) -> bool:
        """True if the parameter belongs to an option of another one."""
        return CONDITION.match(self.parameter.key) is not None

    def option(self, value: float) -> str:
        """Return the label of an option."""
        assert isinstance(self.parameter.domain, Choice), "a range has no options"
        return labels(self.parameter.domain)[int(value)]


@dataclass(frozen=True, slots=True)
class TrialTable:
    """The trials that have ended, in the order of their numbers.

    `costs` (trials,) is the objective with the sign that makes lower better: infinity if the trial diverged, NaN if it
    was pruned or failed. `seed_costs` has the same for each training of a trial.
    """

    plan: SweepPlan
    trials: list[TrialRecord]
    statuses: list[TrialStatus]
    columns: list[Column]
    costs: Array
    seed_costs: list[list[float]]

    @classmethod
    def of(cls, plan: SweepPlan, records: Iterable[TrialRecord]) -> TrialTable:
        """Return the table of the trials that have ended and are in the space."""
        seeds = len(plan.seeds)
        trials = [
            trial
            for trial in sorted(records, key=lambda trial: trial.number)
            if trial.status(seeds) != "open" and plan.space.contains(trial.settings)
        ]
        statuses = [trial.status(seeds) for trial in trials]
        sign = -1 if plan.objective.monitor.higher_is_better else 1
        seed_costs = [_costs(trial, sign) for trial in trials]
        ends = zip(statuses, seed_costs, strict=True)
        costs = [median(each) if status in ("done", "diverged") and each else math.nan for status, each in ends]
        columns = _columns(plan.space.parameters(), [plan.space.values(trial.settings) for trial in trials])
        return cls(plan, trials, statuses, columns, np.array(costs, dtype=float), seed_costs)

    @classmethod
    def read(cls, directory: SweepDirectory) -> TrialTable:
        """Return the table of a sweep. Raises NncliError if its files are damaged."""
        return cls.of(saved_plan(directory.tree()), directory.trials().values())

    def objective(self, cost: float) -> float:
        """Return the objective of a cost."""
        return -cost if self.plan.objective.monitor.higher_is_better else cost

    def having(self, *statuses: TrialStatus) -> Array:
        """Return the indices of the trials that ended in one of these ways."""
        return np.array([index for index, status in enumerate(self.statuses) if status in statuses], dtype=int)

    def overrides(self, settings: Settings) -> list[str]:
        """Return settings as overrides."""
        return list(self.plan.changes(settings))


def _costs(trial: TrialRecord, sign: int) -> list[float]:
    """Return the cost of each training that was not pruned and did not fail, best first."""
    scores = trial.scores()
    return sorted(score if math.isinf(score) else sign * score for score in scores)


def _columns(parameters: list[Parameter], rows: list[dict[str, Any]]) -> list[Column]:
    """Return a column for each parameter; numbers in a list count as numbers, unless one is repeated."""
    by_key = {parameter.key: parameter for parameter in parameters}
    columns = list[Column]()
    for parameter in parameters:
        values = [row.get(parameter.key) for row in rows]
        numbers = _numbers(parameter)
        if numbers is not None:
            values = [None if value is None else numbers[value] for value in values]
        is_choice = isinstance(parameter.domain, Choice)
        array = np.array([math.nan if value is None else value for value in values], dtype=float)
        columns.append(Column(_name(parameter, by_key), parameter, array, numbers is not None or not is_choice))
    return columns


def _numbers(parameter: Parameter) -> list[float] | None:
    """Return the options of a choice of different numbers; None for a range and for any other choice."""
    if not isinstance(parameter.domain, Choice):
        return None
    options = parameter.domain.options
    return list(options) if all(type(option) in (int, float) for option in options) else None


def _name(parameter: Parameter, by_key: Mapping[str, Parameter]) -> str:
    condition = CONDITION.match(parameter.key)
    if condition is None:
        return parameter.path
    domain = by_key[condition[1]].domain
    assert isinstance(domain, Choice), "only a choice has options"
    return f"{parameter.path} ({labels(domain)[int(condition[2])]})"
