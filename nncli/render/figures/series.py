"""What the figure of curves needs to know of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli import config
from nncli.errors import NncliError
from nncli.registry import plain
from nncli.render.figures.labels import labels
from nncli.store import Run

NO_METRICS = ("epoch", "loss", "data_loss", "regularization_loss", "learning_rate", "seconds")


class Series(NamedTuple):
    """A run's name, what tells it from the others, its figures by epoch, and the epoch that was the best."""

    name: str
    label: str
    columns: Mapping[str, NDArray[np.float64]]
    best_epoch: int | None = None  # there is one with validation only

    @property
    def epochs(self) -> NDArray[np.float64]:
        """The number of each epoch."""
        return self.columns["epoch"]

    @property
    def has_penalty(self) -> bool:
        """Whether loss and data loss differ."""
        return bool(np.any(np.nan_to_num(self.columns.get("regularization_loss", np.zeros(1))) != 0))

    @property
    def has_validation(self) -> bool:
        """Whether there are figures of validation data."""
        return any(name.startswith("val_") for name in self.columns)

    @property
    def metrics(self) -> list[str]:
        """The names of its metrics, as they are measured on the training data."""
        return [name for name in self.columns if name not in NO_METRICS and not name.startswith("val_")]


def series_of(runs: Sequence[Run]) -> list[Series]:
    """The series of each run that has an epoch. Raises NncliError where none has one, or where one cannot be read."""
    columns = {run.path: found for run in runs if (found := run.metrics())}
    if not columns:
        raise NncliError(
            "has no epoch yet, so there is nothing to plot", place=", ".join(str(run.path) for run in runs)
        )
    begun = [run for run in runs if run.path in columns]
    return [
        Series(run.name, label, columns[run.path], _best_epoch(run.summary(), columns[run.path]))
        for run, label in zip(begun, _labels(begun), strict=True)
    ]


def _labels(runs: Sequence[Run]) -> list[str]:
    names = [run.name for run in runs]
    if len(runs) == 1:
        return names
    texts = ((run.config_text(), str(run.path / "config.yaml")) for run in runs)
    return labels(names, [plain(config.load_text(*text)) for text in texts])


def _best_epoch(summary: Mapping[str, Any] | None, columns: Mapping[str, NDArray[np.float64]]) -> int | None:
    """That of the summary; of a run that has none yet, that of the lowest validation loss."""
    best = (summary or {}).get("best")
    if isinstance(best, Mapping) and isinstance(best.get("epoch"), int):
        return int(best["epoch"])
    losses = columns.get("val_loss", np.array([]))
    return int(columns["epoch"][np.nanargmin(losses)]) if np.any(np.isfinite(losses)) else None
