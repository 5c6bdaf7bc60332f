"""Going on with a run: its experiment with changes, and which of them are refused."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from nncli import config, registry, store, training
from nncli.config import Loaded
from nncli.errors import NncliError, SpecErrors, UsageError
from nncli.experiment import Experiment
from nncli.settings import data_files, flatten
from nncli.store import Run
from nncli.store.run import CONFIG
from nncli.store.settings import SETTINGS

EPOCHS = "train.epochs"
RETRAIN = "a run of the data as they are now: nncli train RUN/config.yaml"
FORK = "--fork starts a child run with it from the last checkpoint"
PATIENCE = "train.early_stopping.patience"


def more(run: Run, changes: Sequence[str]) -> Loaded:
    """The experiment of a run with changes that leave its first epochs as they were: more epochs, or none at all.

    Raises SpecErrors for any other, and NncliError if config.yaml was edited since the run was trained.
    """
    loaded = with_changes(run, changes)
    files = data_files(registry.plain(loaded.experiment))  # which may lie elsewhere: the checkpoint knows their content
    kept = [one for one in changes if one.partition("=")[0] in files]
    after = loaded.experiment
    before = after if kept == list(changes) else with_changes(run, kept).experiment
    _refuse_edits(run, before, {EPOCHS, *files})
    problems = [
        UsageError("cannot change while a run goes on: its epochs would not be those of one training", place=path)
        for path in differences(before, after)
        if path != EPOCHS
    ]
    schedule, fewer = after.optimizer.schedule, after.train.epochs < before.train.epochs
    if fewer:
        message = f"cannot be fewer than the {before.train.epochs:,} that the run was begun with"
        problems.append(UsageError(message, place=EPOCHS))
    elif after.train.epochs > before.train.epochs and schedule is not None and schedule.spans_training:
        message = f"cannot grow: the {schedule.type} schedule is spread over all epochs, so the first had other rates"
        problems.append(UsageError(message, place=EPOCHS))
    if problems:
        raise SpecErrors(problems, hint=FORK)
    return loaded


def _refuse_edits(run: Run, before: Experiment, free: Collection[str]) -> None:
    """Raise NncliError if config.yaml was edited since the run was trained, in other settings than those `free`."""
    info = run.info()
    trained_with = info.get(SETTINGS)
    if not (store.settings_copy(run.path / CONFIG, info).stale and isinstance(trained_with, dict)):
        return
    first, second = flatten(trained_with), flatten(registry.plain(before))
    edited = [path for path in {**first, **second} if first.get(path) != second.get(path) and path not in free]
    if edited:
        message = f"{edited[0]} was changed since the run was trained: its epochs would not be those of one training"
        hint = "restore it, or start a child run by the new settings with --fork"
        raise NncliError(message, place=str(run.path / CONFIG), hint=hint)


def with_changes(run: Run, changes: Sequence[str]) -> Loaded:
    """The experiment of a run with any changes. Raises SpecErrors with all that is wrong.

    Files of its data are looked for from where the run is now, then where they were. Raises UsageError if one is gone.
    """
    nearby = run.nearby_files()
    tree = config.read_saved(run.config_text(), str(run.path / CONFIG), changes, nearby)
    store.require_files(config.settings(tree), nearby)
    return config.check(tree)


def differences(before: Experiment, after: Experiment) -> list[str]:
    """The dotted paths of the settings in which two experiments differ."""
    first, second = (flatten(registry.plain(one)) for one in (before, after))
    return [path for path in {**first, **second} if first.get(path) != second.get(path)]


def refuse_other_files(run: Run, again: training.Training) -> None:
    """Raises NncliError where the data of a training are read from files that have changed since the run was."""
    described = run.checkpoint("last").get(training.DESCRIPTION) if run.has_checkpoint("last") else None
    if described is not None and not again.plan.samples.described.is_in(described):
        raise NncliError("its data have changed since it was trained", place=str(run.path), hint=RETRAIN)
