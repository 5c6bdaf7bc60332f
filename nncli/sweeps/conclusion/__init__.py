"""The conclusion of a sweep: rules that state what its trials show, each with its numbers."""

from __future__ import annotations

from nncli.sweeps.conclusion.analysis import Analysis
from nncli.sweeps.conclusion.rules.best import best
from nncli.sweeps.conclusion.rules.divergence import divergence
from nncli.sweeps.conclusion.rules.edge import edges
from nncli.sweeps.conclusion.rules.failures import failures
from nncli.sweeps.conclusion.rules.matters import matters
from nncli.sweeps.conclusion.rules.more_trials import more_trials
from nncli.sweeps.conclusion.rules.pruning import pruning
from nncli.sweeps.conclusion.rules.runner_up import runner_up
from nncli.sweeps.conclusion.statement import Statement
from nncli.sweeps.conclusion.table import TrialTable

__all__ = ["Analysis", "Statement", "TrialTable", "conclude"]


def conclude(table: TrialTable) -> list[Statement]:
    """Return what the trials show, in the order in which a reader needs it."""
    analysis = Analysis(table)
    statements = [
        best(analysis),
        runner_up(analysis),
        matters(analysis),
        *edges(analysis),
        divergence(analysis),
        failures(analysis),
        pruning(analysis),
        more_trials(analysis),
    ]
    return [statement for statement in statements if statement is not None]
