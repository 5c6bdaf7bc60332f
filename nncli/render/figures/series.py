"""The data of training curves: metrics by epoch of one run, or of runs grouped by seed."""

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
    """The metrics of a run by epoch, its name, a label that distinguishes it from the other runs, and the best epoch.

    If it combines runs that differ in the seed, the metrics are medians, and `ranges` has their minimum and maximum.
    """

    name: str
    label: str
    columns: Columns
    best_epoch: int | None = None  # only with validation
    seeds: int = 1
    target: str = ""  # the column in whose units errors are measured; "" if it has no name
    ranges: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
    diverged: tuple[int, ...] = ()  # the epochs at which the run, or runs of the group, diverged

    @property
    def epochs(self) -> NDArray[np.float64]:
        """The number of each epoch."""
        return self.columns["epoch"]

    @property
    def last(self) -> float:
        """The last epoch, or the epoch at which the run diverged if that is later."""
        return float(max(self.epochs[-1], *self.diverged, 0))

    @property
    def full_label(self) -> str:
        """The label, with the epoch at which the run diverged."""
        return ", ".join([self.label, *([divergence_text(self.diverged, self.seeds)] if self.diverged else [])])

    def divergence(self, column: str) -> tuple[tuple[int, ...], str]:
        """Return the epochs from which a column has no finite values, and a text for the legend.

        If the run diverged, only its training columns are marked.
        """
        if self.diverged and not column.startswith("val_"):
            return self.diverged, divergence_text(self.diverged, self.seeds)
        if self.diverged or column not in self.columns:
            return (), ""
        epoch = first_nonfinite_epoch(self.epochs, self.columns[column])
        return ((), "") if epoch is None else ((epoch,), nonfinite_text(column, epoch))

    @property
    def has_penalty(self) -> bool:
        """True if the loss includes a penalty."""
        return bool(np.any(np.nan_to_num(self.columns.get(PENALTY, np.zeros(1))) != 0))

    @property
    def rate_changes(self) -> bool:
        """True if the learning rate changes during training."""
        rates = self.columns.get(RATE, np.zeros(1))
        return bool(np.any(rates != rates[0]))

    @property
    def has_validation(self) -> bool:
        """True if there are metrics of validation data."""
        return any(name.startswith("val_") for name in self.columns)

    @property
    def metrics(self) -> list[str]:
        """The names of the metrics on training data."""
        return [name for name in self.columns if name not in NO_METRICS and not name.startswith("val_")]


def series_of(runs: Sequence[Run], *, by_seed: bool = False) -> list[Series]:
    """Return the series of each run that has finished an epoch, or of each group of runs that differ only by seed.

    Raises NncliError if no run has finished an epoch, or if a run cannot be read.
    """
    columns = {run.path: metrics for run in runs if (metrics := run.metrics())}
    if not columns:
        place = ", ".join(str(run.path) for run in runs)
        raise NncliError("has not finished an epoch, so there is nothing to plot", place=place)
    with_epochs = [run for run in runs if run.path in columns]
    groups = [[run] for run in with_epochs]
    if by_seed:
        groups = [[record.run for record in group.records] for group in seed_groups(map(read_record, with_epochs))]
    names = _labels([group[0] for group in groups])
    return [_series(group, label, columns) for group, label in zip(groups, names, strict=True)]


def _series(group: Sequence[Run], label: str, columns: Mapping[Path, Columns]) -> Series:
    first = group[0]
    metrics = [columns[run.path] for run in group]
    epochs = [divergence_epoch(run, of_run) for run, of_run in zip(group, metrics, strict=True)]
    diverged = tuple(epoch for epoch in epochs if epoch is not None)
    if len(group) == 1:
        best = _best_epoch(first.summary(), metrics[0])
        return Series(first.name, label, metrics[0], best, target=_target(first), diverged=diverged)
    experiments = ", ".join(dict.fromkeys(run.name.rpartition("/")[0] for run in group))
    if label == first.name:  # the name of the first run does not describe the group
        label = experiments
    series = combine_seeds(experiments, f"{label} ({len(group)} seeds)", metrics)
    return series._replace(target=_target(first), diverged=diverged)


def _target(run: Run) -> str:
    settings = settings_copy(run.path / CONFIG, run.info()).settings or {}
    data = settings.get("data")
    target = data.get("target") if isinstance(data, Mapping) else None
    return target if isinstance(target, str) else ""


def combine_seeds(name: str, label: str, runs: Sequence[Columns]) -> Series:
    """Return medians and ranges over runs, at each epoch over the runs that reached it."""
    epochs = np.unique(np.concatenate([run["epoch"] for run in runs]))
    places = [np.searchsorted(epochs, run["epoch"]) for run in runs]
    medians, ranges = {"epoch": epochs}, {}
    for column in (column for column in runs[0] if column != "epoch"):
        values = np.full((len(runs), len(epochs)), np.nan)
        for row, run, place in zip(values, runs, places, strict=True):
            row[place] = run.get(column, np.nan)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # at epochs without finite values
            medians[column] = np.nanmedian(values, axis=0)
            ranges[column] = (np.nanmin(values, axis=0), np.nanmax(values, axis=0))
    return Series(name, label, medians, seeds=len(runs), ranges=ranges)


def _labels(runs: Sequence[Run]) -> list[str]:
    names = [run.name for run in runs]
    if len(runs) == 1:
        return names
    return labels(names, [settings_of(run) for run in runs])


def settings_of(run: Run) -> Mapping[str, Any]:
    """Return the experiment as data: from the copy in run.json, which is quick to read, or else from config.yaml."""
    settings = settings_copy(run.path / CONFIG, run.info()).settings
    if settings is not None:
        return settings
    from nncli import config

    loaded: Mapping[str, Any] = plain(config.load_text(run.config_text(), str(run.path / CONFIG)).experiment)
    return loaded


def _best_epoch(summary: Mapping[str, Any] | None, columns: Mapping[str, NDArray[np.float64]]) -> int | None:
    """Return the best epoch of the summary, or for a run without one, the epoch with the lowest validation loss."""
    best = (summary or {}).get("best")
    if isinstance(best, Mapping) and isinstance(best.get("epoch"), int):
        return int(best["epoch"])
    losses = columns.get("val_loss", np.array([]))
    return int(columns["epoch"][np.nanargmin(losses)]) if np.any(np.isfinite(losses)) else None
