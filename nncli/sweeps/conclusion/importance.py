"""Which parameters matter: the share of the variance of the trials' ranks that each explains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from nncli.arrays import Array
from nncli.sweeps.conclusion.linear_model import LinearModel
from nncli.sweeps.conclusion.ranks import midranks
from nncli.sweeps.conclusion.table import Column, TrialTable

MIN_RESULTS = 6  # of fewer, no difference is significant
LEAST = 0.02  # share from which a parameter matters
SMALL = 0.1  # a parameter does not matter if its share is smaller than this even two standard errors higher

Verdict: TypeAlias = Literal["matters", "does not matter", "unclear"]


class Share(NamedTuple):
    """The share of the variance that a parameter, or two in combination, adds to those that explain more."""

    columns: tuple[Column, ...]
    share: float
    verdict: Verdict
    p: float | None = None  # probability that chance explains as much, of those that matter

    @property
    def name(self) -> str:
        """The name of the parameter, or of both."""
        return " with ".join(column.name for column in self.columns)


@dataclass(frozen=True, slots=True)
class Importance:
    """The shares, largest first; `rest` is not explained by those that matter, `noise` the part due to seeds.

    `results` is the number of results compared. `shares` is empty if they are too few or all equal.
    """

    results: int
    shares: list[Share]
    rest: float = 1.0
    noise: float | None = None

    def verdict(self, column: Column) -> Verdict:
        """Return the verdict on a parameter; one that acts in combination matters."""
        verdicts = [each.verdict for each in self.shares if any(other is column for other in each.columns)]
        return "matters" if "matters" in verdicts else verdicts[0] if verdicts else "unclear"


def importance(table: TrialTable) -> Importance:
    """Return the importance of each parameter, among the trials that did not fail.

    Pruned trials rank after those that are done, and diverged ones last. In a complete grid with several seeds, each
    training counts separately: every parameter is then balanced against all others, and only seeds make noise.
    """
    rows = table.having("done", "diverged", "pruned")
    seeds = len(table.plan.seeds)
    costs = table.costs[rows]
    if seeds > 1 and _is_complete_grid(table):
        costs = np.array([table.seed_costs[row] for row in rows]).reshape(-1)
        rows = np.repeat(rows, seeds)
    if len(rows) < MIN_RESULTS or len(np.unique(costs)) == 1:
        return Importance(len(rows), [])
    ranks = centred_ranks(costs)
    model = LinearModel(table.columns, rows, ranks)
    shares = list[Share]()
    for effect in model.effects():
        upper = effect.share + 2 * effect.error
        small = upper <= SMALL if effect.p is None else effect.share < LEAST
        verdict: Verdict = "does not matter" if small else "unclear" if effect.p is None else "matters"
        columns = tuple(table.columns[number] for number in effect.term)
        if len(columns) == 1 or not small:
            shares.append(Share(columns, effect.share, verdict, effect.p))
    rest = min(model.variance * (len(rows) - 1) / model.total, 1.0)
    return Importance(len(rows), shares, rest, _noise(table))


def _is_complete_grid(table: TrialTable) -> bool:
    """Return whether all points of a grid have a result for each seed."""
    plan = table.plan
    done = [costs for costs in table.seed_costs if len(costs) == len(plan.seeds)]
    return plan.sampler.type == "grid" and len(done) == len(table.trials) == plan.space.size


def centred_ranks(costs: Array) -> Array:
    """Return the centred ranks of costs (n,): pruned trials, NaN, before diverged ones, infinity."""
    finite = np.isfinite(costs)
    order = np.where(np.isnan(costs), len(costs) + 1.0, len(costs) + 2.0)
    order[finite] = midranks(costs[finite])
    ranks = midranks(order)
    return np.asarray(ranks - ranks.mean())


def _noise(table: TrialTable) -> float | None:
    """Return the part of the variance of the ranks that is due to seeds; None with one seed.

    The variance within trials over that between them, with ranks of all trainings of trials that are done or diverged.
    """
    seeds = len(table.plan.seeds)
    rows = table.having("done", "diverged")
    costs = [table.seed_costs[row] for row in rows if len(table.seed_costs[row]) == seeds]
    if seeds < 2 or len(costs) < 2:
        return None
    ranks = midranks(np.array(costs).reshape(-1)).reshape(len(costs), seeds)
    within = float(np.mean(np.var(ranks, axis=1, ddof=1)))
    between = seeds * float(np.var(ranks.mean(axis=1), ddof=1))
    return min(within / between, 1.0) if between else None
