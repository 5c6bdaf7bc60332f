"""Load the experiment of a run to resume, fork or repeat it, and refuse changes that are not allowed."""

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
RETRAIN = "train a new run on the changed data: nncli train RUN/config.yaml"
FORK = "add --fork to start a child run with the change from the last checkpoint"
PATIENCE = "train.early_stopping.patience"


def load_to_resume(run: Run, changes: Sequence[str]) -> Loaded:
    """Return the experiment of a run with changes that keep its first epochs the same: only more epochs are allowed.

    Raises SpecErrors for any other change, and NncliError if config.yaml was edited since the run was trained.
    """
    loaded = load_with_changes(run, changes)
    files = data_files(registry.plain(loaded.experiment))  # may have moved: the checkpoint identifies their content
    new_paths = [change for change in changes if change.partition("=")[0] in files]
    after = loaded.experiment
    before = after if new_paths == list(changes) else load_with_changes(run, new_paths).experiment
    _refuse_edits(run, before, {EPOCHS, *files})
    problems = [
        UsageError(
            "cannot change when a run is resumed: its earlier epochs were trained with another value", place=path
        )
        for path in differences(before, after)
        if path != EPOCHS
    ]
    schedule, fewer = after.optimizer.schedule, after.train.epochs < before.train.epochs
    if fewer:
        message = f"cannot be fewer than the {before.train.epochs:,} that the run was started with"
        problems.append(UsageError(message, place=EPOCHS))
    elif after.train.epochs > before.train.epochs and schedule is not None and schedule.spans_training:
        message = (
            f"cannot grow: the {schedule.type} schedule spans all epochs, so earlier epochs had other learning rates"
        )
        problems.append(UsageError(message, place=EPOCHS))
    if problems:
        raise SpecErrors(problems, hint=FORK)
    return loaded


def _refuse_edits(run: Run, before: Experiment, allowed: Collection[str]) -> None:
    """Raise NncliError if config.yaml was edited since the run was trained, except for settings in `allowed`."""
    info = run.info()
    trained_settings = info.get(SETTINGS)
    if not (store.settings_copy(run.path / CONFIG, info).stale and isinstance(trained_settings, dict)):
        return
    first, second = flatten(trained_settings), flatten(registry.plain(before))
    edited = [path for path in {**first, **second} if first.get(path) != second.get(path) and path not in allowed]
    if edited:
        message = (
            f"{edited[0]} was edited since the run was trained: its earlier epochs were trained with another value"
        )
        hint = "restore it, or add --fork to start a child run with the new settings"
        raise NncliError(message, place=str(run.path / CONFIG), hint=hint)


def load_with_changes(run: Run, changes: Sequence[str]) -> Loaded:
    """Return the experiment of a run with any changes. Raises SpecErrors with all errors.

    Data files are searched relative to the run, then at their saved paths. Raises UsageError if one is missing.
    """
    nearby = run.nearby_files()
    tree = config.read_saved(run.config_text(), str(run.path / CONFIG), changes, nearby)
    store.require_files(config.settings(tree), nearby)
    return config.check(tree)


def differences(before: Experiment, after: Experiment) -> list[str]:
    """Return the dotted paths of the settings in which two experiments differ."""
    first, second = (flatten(registry.plain(experiment)) for experiment in (before, after))
    return [path for path in {**first, **second} if first.get(path) != second.get(path)]


def refuse_changed_data(run: Run, retraining: training.Training) -> None:
    """Raise NncliError if the data files of a run have changed since it was trained."""
    described = run.checkpoint("last").get(training.DESCRIPTION) if run.has_checkpoint("last") else None
    if described is not None and not retraining.plan.samples.described.is_in(described):
        raise NncliError("the data have changed since the run was trained", place=str(run.path), hint=RETRAIN)
