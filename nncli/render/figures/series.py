"""What the figure of curves needs to know of a run."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nncli.catalog.group_by_seed import seed_groups
from nncli.catalog.record import read_record
from nncli.errors import NncliError
from nncli.registry import plain
from nncli.render.divergence import divergence_epoch, divergence_text, first_nonfinite_epoch, nonfinite_text
from nncli.render.figures.labels import labels
from nncli.store import Run, settings_copy
from nncli.store.run import CONFIG

PENALTY, RATE = "regularization_loss", "learning_rate"
NO_METRICS = ("epoch", "loss", "data_loss", PENALTY, RATE, "seconds")
Columns: TypeAlias = Mapping[str, NDArray[np.float64]]


class Series(NamedTuple):
    """A run's name, what tells it from the others, its figures by epoch, and the epoch that was the best.

    Of several runs that differ in the seed the figures are medians, and `ranges` has the least and the greatest.
    """

    name: str
    label: str
    columns: Columns
    best_epoch: int | None = None  # there is one with validation only
    seeds: int = 1
    target: str = ""  # the column whose units errors are in; "" where it is not one that has a name
    ranges: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
    diverged: tuple[int, ...] = ()  # the epoch at which the run, or each of its seeds that did so, diverged

    @property
    def epochs(self) -> NDArray[np.float64]:
        """The number of each epoch."""
        return self.columns["epoch"]

    @property
    def last(self) -> float:
        """The last epoch, or the one at which it diverged, if the weights did so after it."""
        return float(max(self.epochs[-1], *self.diverged, 0))

    @property
    def full_label(self) -> str:
        """The label, and when it diverged."""
        return ", ".join([self.label, *([divergence_text(self.diverged, self.seeds)] if self.diverged else [])])

    def divergence(self, column: str) -> tuple[tuple[int, ...], str]:
        """The epochs at which a column needs a mark, as it ends without finite values, and words that say so.

        The mark of a run that diverged is that of its training columns.
        """
        if self.diverged and not column.startswith("val_"):
            return self.diverged, divergence_text(self.diverged, self.seeds)
        if self.diverged or column not in self.columns:
            return (), ""
        epoch = first_nonfinite_epoch(self.epochs, self.columns[column])
        return ((), "") if epoch is None else ((epoch,), nonfinite_text(column, epoch))

    @property
    def has_penalty(self) -> bool:
        """Whether loss and data loss differ."""
        return bool(np.any(np.nan_to_num(self.columns.get(PENALTY, np.zeros(1))) != 0))

    @property
    def rate_changes(self) -> bool:
        """Whether the learning rate is not the same at every epoch."""
        rates = self.columns.get(RATE, np.zeros(1))
        return bool(np.any(rates != rates[0]))

    @property
    def has_validation(self) -> bool:
        """Whether there are figures of validation data."""
        return any(name.startswith("val_") for name in self.columns)

    @property
    def metrics(self) -> list[str]:
        """The names of its metrics, as they are measured on the training data."""
        return [name for name in self.columns if name not in NO_METRICS and not name.startswith("val_")]


def series_of(runs: Sequence[Run], *, by_seed: bool = False) -> list[Series]:
    """The series of each run that has an epoch, or of each group of runs that differ in seed and name alone.

    Raises NncliError where none has an epoch, or where one cannot be read.
    """
    columns = {run.path: found for run in runs if (found := run.metrics())}
    if not columns:
        raise NncliError(
            "has no epoch yet, so there is nothing to plot", place=", ".join(str(run.path) for run in runs)
        )
    begun = [run for run in runs if run.path in columns]
    groups = [[run] for run in begun]
    if by_seed:
        groups = [[record.run for record in group.records] for group in seed_groups(map(read_record, begun))]
    names = _labels([group[0] for group in groups])
    return [_series(group, label, columns) for group, label in zip(groups, names, strict=True)]


def _series(group: Sequence[Run], label: str, columns: Mapping[Path, Columns]) -> Series:
    first = group[0]
    found = [columns[run.path] for run in group]
    epochs = [divergence_epoch(run, each) for run, each in zip(group, found, strict=True)]
    diverged = tuple(epoch for epoch in epochs if epoch is not None)
    if len(group) == 1:
        best = _best_epoch(first.summary(), found[0])
        return Series(first.name, label, found[0], best, target=_target(first), diverged=diverged)
    named = label != first.name  # else it is the first run's name, and not that of all
    experiments = ", ".join(dict.fromkeys(run.name.rpartition("/")[0] for run in group))
    series = combine_seeds(experiments, f"{label if named else experiments} ({len(group)} seeds)", found)
    return series._replace(target=_target(first), diverged=diverged)


def _target(run: Run) -> str:
    settings = settings_copy(run.path / CONFIG, run.info()).settings or {}
    data = settings.get("data")
    target = data.get("target") if isinstance(data, Mapping) else None
    return target if isinstance(target, str) else ""


def combine_seeds(name: str, label: str, runs: Sequence[Columns]) -> Series:
    """Medians and ranges over runs, at each epoch over those that have it."""
    epochs = np.unique(np.concatenate([run["epoch"] for run in runs]))
    places = [np.searchsorted(epochs, run["epoch"]) for run in runs]
    medians, ranges = {"epoch": epochs}, {}
    for column in (column for column in runs[0] if column != "epoch"):
        values = np.full((len(runs), len(epochs)), np.nan)
        for row, run, place in zip(values, runs, places, strict=True):
            row[place] = run.get(column, np.nan)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # of an epoch without any number
            medians[column] = np.nanmedian(values, axis=0)
            ranges[column] = (np.nanmin(values, axis=0), np.nanmax(values, axis=0))
    return Series(name, label, medians, seeds=len(runs), ranges=ranges)


def _labels(runs: Sequence[Run]) -> list[str]:
    names = [run.name for run in runs]
    if len(runs) == 1:
        return names
    return labels(names, [settings_of(run) for run in runs])


def settings_of(run: Run) -> Mapping[str, Any]:
    """The experiment as data: the copy of it in run.json, which is quick to read, or else the file."""
    settings = settings_copy(run.path / CONFIG, run.info()).settings
    if settings is not None:
        return settings
    from nncli import config

    loaded: Mapping[str, Any] = plain(config.load_text(run.config_text(), str(run.path / CONFIG)).experiment)
    return loaded


def _best_epoch(summary: Mapping[str, Any] | None, columns: Mapping[str, NDArray[np.float64]]) -> int | None:
    """That of the summary; of a run that has none yet, that of the lowest validation loss."""
    best = (summary or {}).get("best")
    if isinstance(best, Mapping) and isinstance(best.get("epoch"), int):
        return int(best["epoch"])
    losses = columns.get("val_loss", np.array([]))
    return int(columns["epoch"][np.nanargmin(losses)]) if np.any(np.isfinite(losses)) else None
