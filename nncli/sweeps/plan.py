"""The plan of a sweep: its experiment, space, sampler and objective, checked."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, NamedTuple

from nncli import config
from nncli.config import Loaded, Tree
from nncli.config.draft import complete_root
from nncli.config.nodes import locate
from nncli.config.sweep import read_sweep
from nncli.config.writer import override
from nncli.errors import UsageError
from nncli.events import Monitor
from nncli.experiment import Experiment
from nncli.metric_choice import higher_is_better, monitors
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


class _Section(NamedTuple):
    """The section `sweep` of a tree, with its defaults."""

    sweep: Sweep
    space: Space
    sampler: Sampler
    trials: int

    @classmethod
    def read(cls, tree: Tree) -> _Section:
        """Read the section. Raises UsageError if it is missing or wrong."""
        sweep, space = read_sweep(tree)
        sampler = sweep.sampler or (Grid() if space.size is not None else Random())
        trials = min(sweep.trials or space.size or 1, space.size or 2**62) if sampler.type == "grid" else sweep.trials
        if trials is None:
            raise UsageError(f"sweep.trials: is required by the sampler {sampler.type}", place=str(tree.source))
        return cls(sweep, space, sampler, trials)

    def points(self) -> Iterator[Settings]:
        """Return the points to check before the first training."""
        return points_to_check(self.space, self.sampler, self.trials)

    def objective_name(self, experiment: Experiment) -> str:
        """Return the metric of the objective."""
        default = "val_loss" if experiment.data.has("validation") else "loss"
        return self.sweep.objective.monitor or default

    def plan(self, tree: Tree, first: Experiment, monitor: Monitor) -> SweepPlan:
        """Return the plan of the sweep from the experiment of its first trial and the monitor of its objective."""
        sweep, epochs = self.sweep, _longest(self.space, first.train.epochs)
        reports = () if sweep.pruner is None else sweep.pruner.report_epochs(epochs)
        return SweepPlan(
            sweep=sweep,
            space=self.space,
            sampler=self.sampler,
            trials=self.trials,
            base=config.dump_tree(replace(tree, sweep=None)),
            objective=Objective(monitor, sweep.objective.mode == "best", reports),
            first_seed=first.seed,
            name=first.name,
            epochs=epochs,
        )


def make_plan(tree: Tree) -> SweepPlan:
    """Check the sweep of a tree, and the trials that are known beforehand. Raises SpecErrors with every problem."""
    section = _Section.read(tree)
    require_optuna(section.sampler, section.sweep.pruner)
    first = check_points(tree, section.points(), config.check)
    known: dict[str, Any] = monitors(first.experiment, first.resolved.description)
    name = section.objective_name(first.experiment)
    if name not in known:
        raise _no_metric(tree, f"{name}; choose one of {', '.join(known)}")
    return section.plan(tree, first.experiment, known[name])


def saved_plan(tree: Tree) -> SweepPlan:
    """Return the plan of a sweep that was checked when it began; its data files may be gone.

    Raises UsageError if its file was damaged since.
    """
    section = _Section.read(tree)
    first = check_points(tree, islice(section.points(), 1), config.check_fields).experiment
    name = section.objective_name(first)
    if (higher := higher_is_better(name)) is None:
        raise _no_metric(tree, name)
    return section.plan(tree, first, Monitor(name, higher))


def _no_metric(tree: Tree, name: str) -> UsageError:
    assert tree.sweep is not None, "the section was read"
    return UsageError(
        f"sweep.objective.monitor: no metric {name}", place=str(locate(tree.sweep, ("objective", "monitor")))
    )


def _longest(space: Space, epochs: int) -> int:
    """Return the number of epochs of the longest training."""
    for parameter in space.parameters():
        domain = parameter.domain
        values = list(domain.options) if isinstance(domain, Choice) else [int(domain.high)]
        if parameter.path == "train":
            values = [option.get("epochs") for option in values if isinstance(option, dict)]
        elif parameter.path != "train.epochs":
            continue
        epochs = max([epochs, *(value for value in values if isinstance(value, int))])
    return epochs
