"""How much training the pruner saved."""

from __future__ import annotations

import numpy as np

from nncli.number_format import format_percent
from nncli.sweeps.conclusion.analysis import Analysis
from nncli.sweeps.conclusion.statement import Statement
from nncli.text import count_of


def pruning(analysis: Analysis) -> Statement | None:
    """Return the share of pruned trials, and of their epochs that they trained."""
    table = analysis.table
    pruned = table.having("pruned")
    if not len(pruned):
        return None
    trainings = [training for trial in table.trials for training in trial.trainings.values()]
    full = max(training.epochs for training in trainings)
    epochs = [each.epochs for each in trainings if each.status == "pruned"]
    trained = float(np.mean(epochs)) / full if full else 0.0
    text = f"{len(pruned)} of {count_of(len(table.trials), 'trial')}, after {format_percent(trained)} of their epochs"
    numbers = {"pruned": len(pruned), "trials": len(table.trials), "epochs": trained}
    return Statement("pruned", text, numbers)
