"""The best setting, as overrides to paste."""

from __future__ import annotations

import math
import shlex

from nncli.number_format import format_number
from nncli.sweeps.conclusion.analysis import Analysis
from nncli.sweeps.conclusion.statement import Statement
from nncli.text import count_of


def best(analysis: Analysis) -> Statement | None:
    """Return the best trial with its objective, the range over seeds, and its settings."""
    if analysis.best is None:
        return None
    table, trial = analysis.table, analysis.table.trials[analysis.best]
    costs = [cost for cost in table.seed_costs[analysis.best] if math.isfinite(cost)]
    low, high = sorted((table.objective(costs[0]), table.objective(costs[-1])))
    seeds = len(table.plan.seeds)
    spread = f" ({format_number(low)} to {format_number(high)} over {count_of(seeds, 'seed')})" if seeds > 1 else ""
    overrides = table.overrides(trial.settings)
    text = f"{analysis.metric} {analysis.value(analysis.best)}{spread} in trial {trial.number}: {shlex.join(overrides)}"
    numbers = {
        "trial": trial.number,
        "objective": table.objective(float(table.costs[analysis.best])),
        "low": low,
        "high": high,
        "settings": trial.settings,
        "overrides": overrides,
    }
    return Statement("best", text, numbers)
