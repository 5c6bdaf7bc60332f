"""The plan of a sweep: its experiment, space, sampler and objective, checked."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from nncli import config
from nncli.config import Loaded, Tree
from nncli.config.draft import complete_root
from nncli.config.nodes import locate
from nncli.config.sweep import read_sweep
from nncli.config.writer import override
from nncli.errors import UsageError
from nncli.metric_choice import monitors
from nncli.search.domains import Choice
from nncli.search.samplers.base import Sampler
from nncli.search.samplers.grid import Grid
from nncli.search.samplers.random import Random
from nncli.search.space import Settings, Space
from nncli.search.study import require_optuna
from nncli.search.sweep import Sweep
from nncli.settings import data_files
from nncli.sweeps.check_points import check_points, points_to_check
from nncli.sweeps.records import TrialRecord
from nncli.trials import Objective


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """A sweep, ready to run: `base` is the experiment as YAML, which the settings of a trial change."""

    sweep: Sweep
    space: Space
    sampler: Sampler
    trials: int
    base: str
    objective: Objective
    first_seed: int
    name: str
    epochs: int  # of the longest training

    def changes(self, settings: Settings, seed: int | None = None) -> tuple[str, ...]:
        """Return the overrides of a trial, for one of its seeds."""
        overrides = tuple(override(path, value) for path, value in settings.items())
        return overrides if seed is None else (*overrides, f"seed={seed}")

    def text(self, settings: Settings) -> str:
        """Return the overrides of a trial as text that a shell reads."""
        return shlex.join(self.changes(settings))

    def load(self, settings: Settings) -> Loaded:
        """Return the experiment of a trial. Raises SpecErrors."""
        return config.check(config.read_saved(self.base, "sweep.yaml", self.changes(settings)))

    def data_files(self) -> list[str]:
        """Return the files that the trials read, of a sampled space those of some trials."""
        varied = any(path.split(".")[0] == "data" for path in self.space.templates)
        points = points_to_check(self.space, self.sampler, self.trials) if varied else [{}]
        trees = [config.read_saved(self.base, "sweep.yaml", self.changes(point)) for point in points]
        complete = [config.settings(replace(tree, root=complete_root(tree))) for tree in trees]  # with absolute paths
        return sorted({file for settings in complete for file in data_files(settings).values()})

    def objective_of(self, trial: TrialRecord) -> float | None:
        """Return the objective of a trial, None if it has none."""
        return trial.objective(len(self.seeds), higher_is_better=self.objective.monitor.higher_is_better)

    @property
    def workers(self) -> int:
        """The number of trainings at a time."""
        return self.sweep.workers or os.cpu_count() or 1

    @property
    def seeds(self) -> list[int]:
        """The seeds of the trainings of each trial."""
        return list(range(self.first_seed, self.first_seed + self.sweep.seeds))


def make_plan(tree: Tree, *, check: bool = True) -> SweepPlan:
    """Check the sweep of a tree, and the trials that are known beforehand. Raises SpecErrors with every problem.

    Without `check`, only one trial is checked.
    """
    sweep, space = read_sweep(tree)
    sampler = sweep.sampler or (Grid() if space.size is not None else Random())
    trials = min(sweep.trials or space.size or 1, space.size or 2**62) if sampler.type == "grid" else sweep.trials
    if trials is None:
        raise UsageError(f"sweep.trials: is required by the sampler {sampler.type}", place=str(tree.source))
    experiment_only = replace(tree, sweep=None)
    if check:
        require_optuna(sampler, sweep.pruner)
    points = points_to_check(space, sampler, trials)
    first = check_points(tree, points if check else islice(points, 1))
    epochs = _longest(space, first.experiment.train.epochs)
    return SweepPlan(
        sweep=sweep,
        space=space,
        sampler=sampler,
        trials=trials,
        base=config.dump_tree(experiment_only),
        objective=_objective(tree, sweep, first, epochs),
        first_seed=first.experiment.seed,
        name=first.experiment.name,
        epochs=epochs,
    )


def _longest(space: Space, epochs: int) -> int:
    """Return the number of epochs of the longest training."""
    for parameter in space.parameters():
        if parameter.path == "train.epochs":
            domain = parameter.domain
            numbers = domain.options if isinstance(domain, Choice) else (int(domain.high),)
            epochs = max(epochs, *(number for number in numbers if isinstance(number, int)))
    return epochs


def _objective(tree: Tree, sweep: Sweep, loaded: Loaded, epochs: int) -> Objective:
    """Return the objective. Raises UsageError if the experiment has no such metric."""
    known: dict[str, Any] = monitors(loaded.experiment, loaded.resolved.description)
    name = sweep.objective.monitor or ("val_loss" if "val_loss" in known else "loss")
    if name not in known:
        assert tree.sweep is not None
        message = f"sweep.objective.monitor: no metric {name}; choose one of {', '.join(known)}"
        raise UsageError(message, place=str(locate(tree.sweep, ("objective", "monitor"))))
    reports = () if sweep.pruner is None else sweep.pruner.report_epochs(epochs)
    return Objective(known[name], sweep.objective.mode == "best", reports)
