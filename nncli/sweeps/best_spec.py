"""The experiment of the best trial of a sweep."""

from __future__ import annotations

from nncli import config
from nncli.errors import NncliError
from nncli.sweeps.conclusion import Analysis, TrialTable
from nncli.sweeps.directory import SweepDirectory


def best_spec(directory: SweepDirectory) -> str:
    """Return the experiment of the best trial as YAML. Training it repeats the run of the trial bit for bit.

    Of several seeds, it has the one with the median objective, or the better one of two. Raises NncliError if no trial
    is done.
    """
    table = TrialTable.read(directory)
    best = Analysis(table).best
    if best is None:
        hint = f"see its trials with nncli show {directory.name}"
        raise NncliError("has no trial that is done", place=str(directory.path), hint=hint)
    trial = table.trials[best]
    median = table.objective(table.seed_costs[best][(len(table.seed_costs[best]) - 1) // 2])
    seed = next(seed for seed, training in sorted(trial.trainings.items()) if training.score == median)
    changes = table.plan.changes(trial.settings, seed)
    return config.dump(config.check(config.read_saved(table.plan.base, "sweep.yaml", changes)).experiment)
