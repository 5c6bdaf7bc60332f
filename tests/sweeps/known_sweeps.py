"""Sweeps with a known answer: trials drawn by a sampler, with results computed by a function instead of training."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from nncli import config
from nncli.arrays import Array
from nncli.sweeps.conclusion import Analysis, Statement, TrialTable, conclude
from nncli.sweeps.directory import SweepDirectory
from nncli.sweeps.journal import Journal
from nncli.sweeps.plan import SweepPlan, make_plan, saved_plan
from nncli.sweeps.records import TrainingRecord, TrialRecord, TrialStatus, asked, ended

BASE: dict[str, Any] = {
    "name": "known",
    "data": {"type": "sine", "samples": 20},
    "init": {"type": "normal", "scale": 0.1},
    "layers": [{"type": "dense", "units": 4, "activation": "relu"}, {"type": "dense", "units": 1}],
    "loss": "mse",
    "optimizer": {"type": "adam", "learning_rate": 0.001},
    "train": {"epochs": 20},
}
RATE, SCALE, UNITS = "optimizer.learning_rate", "init.scale", "layers.0.units"
RATES: Any = {RATE: {"log_uniform": [1e-4, 1e-1]}}
SCALES: Any = {SCALE: {"uniform": [0.1, 1.1]}}

# Returns the objective of a training for its settings and seed: infinity if it diverged, None if it was pruned, and a
# text, the last message, if it failed.
Outcome = Callable[[dict[str, Any], int], float | str | None]


def plan(space: Mapping[str, Any], base: Mapping[str, Any] = BASE, **sweep: Any) -> SweepPlan:
    """Return the plan of a sweep."""
    text = config.writer.dump({**base, "sweep": {"space": dict(space), **sweep}})
    return saved_plan(config.read(Path("known.yaml"), text=text))


def records(plan: SweepPlan, outcome: Outcome, trials: int | None = None) -> list[TrialRecord]:
    """Return the trials of a plan with their outcomes."""
    return [
        record(plan, number, plan.sampler.settings(plan.space, number), outcome)
        for number in range(plan.trials if trials is None else trials)
    ]


def record(plan: SweepPlan, number: int, settings: dict[str, Any], outcome: Outcome) -> TrialRecord:
    """Return a trial with its outcomes."""
    trainings = {seed: _training(number, seed, outcome(settings, seed)) for seed in plan.seeds}
    return TrialRecord(number, settings, trainings)


def table(space: Mapping[str, Any], outcome: Outcome, **sweep: Any) -> TrialTable:
    """Return the table of a sweep that has ended."""
    planned = plan(space, **sweep)
    return TrialTable.of(planned, records(planned, outcome))


def write(runs_dir: Path, space: Mapping[str, Any], outcome: Outcome, **sweep: Any) -> SweepDirectory:
    """Write the directory of a sweep that has ended, without runs."""
    text = config.writer.dump({**BASE, "sweep": {"space": dict(space), **sweep}})
    directory = SweepDirectory.new(runs_dir, "known")
    directory.write_spec(text)
    directory.write_info({"status": "running", "command": ["nncli", "sweep", "known.yaml"]})
    with closing(Journal(directory.journal)) as journal:
        for trial in records(make_plan(directory.tree()), outcome):
            journal.append(asked(trial))
            for training in trial.trainings.values():
                journal.append(ended(trial.number, training))
    directory.write_info({**directory.info(), "status": "done"})
    return directory


def with_scores(drawn: TrialTable, scores: Array) -> TrialTable:
    """Return a table with other objectives (trials, seeds), lower being better, infinity for a training that diverged.

    This takes a thousandth of the time of drawing all trials again.
    """
    costs = np.median(scores, axis=1)
    statuses: list[TrialStatus] = ["diverged" if math.isinf(cost) else "done" for cost in costs]
    return dataclasses.replace(drawn, costs=costs, statuses=statuses, seed_costs=np.sort(scores, axis=1).tolist())


def analysis(space: Mapping[str, Any], outcome: Outcome, **sweep: Any) -> Analysis:
    """Return the analysis of a sweep that has ended."""
    return Analysis(table(space, outcome, **sweep))


def conclusion(space: Mapping[str, Any], outcome: Outcome, **sweep: Any) -> dict[str, Statement]:
    """Return the conclusion of a sweep that has ended, by the names of its rules."""
    return {statement.name: statement for statement in conclude(table(space, outcome, **sweep))}


def _training(number: int, seed: int, outcome: float | str | None) -> TrainingRecord:
    run = f"{number:05d}-seed{seed}"
    if isinstance(outcome, str):
        return TrainingRecord(seed, run, "failed", epochs=3, reason=outcome)
    if outcome is None:
        return TrainingRecord(seed, run, "pruned", 9.0, epochs=5)
    if math.isinf(outcome):
        return TrainingRecord(seed, run, "diverged", epochs=7, reason="loss is infinite")
    return TrainingRecord(seed, run, "done", outcome, epochs=20)
