"""Sweeps without training: a known learning curve for each setting, reported to a Study."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from nncli.search.domains import Choice, Range
from nncli.search.pruners.base import Pruner
from nncli.search.result import Result
from nncli.search.samplers.base import Sampler
from nncli.search.space import Settings, Space
from nncli.search.study import Study

EPOCHS = 270
Curve = Callable[[Settings, int], float]

NETWORK = Space(
    {
        "optimizer": Choice(
            (
                {"type": "adam", "learning_rate": Range(1e-5, 1.0, logarithmic=True)},
                {
                    "type": "sgd",
                    "learning_rate": Range(1e-4, 10.0, logarithmic=True),
                    "momentum": Range(0, 0.99),
                },
            )
        ),
        "layers.0.units": Range(8, 128, logarithmic=True, whole=True),
        "init.scale": Choice((0.001, 0.01, 0.1, 1.0), ordered=True),
    }
)


def loss(settings: Settings, epoch: int) -> float:
    """Return the loss after a number of epochs.

    It falls more slowly with small rates and rises again with large ones; the best rate is 0.01 for adam, and 0.1
    for sgd without momentum.
    """
    optimizer, units = settings["optimizer"], settings["layers.0.units"]
    effective = optimizer["learning_rate"] / (1 - optimizer.get("momentum", 0.0))
    distance = math.log10(effective) + (2 if optimizer["type"] == "adam" else 1)
    if distance > 1.5:
        return math.inf
    floor = 0.05 + 0.03 * abs(math.log2(units) - 6) + 0.02 * abs(math.log10(settings["init.scale"]) + 1)
    floor += 0.2 * max(distance, 0) ** 2 + (0.05 if optimizer["type"] == "sgd" else 0)
    return floor + math.exp(-epoch * 0.03 * 10**distance)


class Trial(NamedTuple):
    settings: Settings
    value: float  # infinite if it diverged or was pruned
    epochs: int
    pruned: bool


def simulate(study: Study, trials: int, curve: Curve, *, first: int = 0, reports: tuple[int, ...] = ()) -> list[Trial]:
    """Run trials one after another, as one worker does."""
    ended = []
    for number in range(first, first + trials):
        settings = study.ask(number)
        study.begin(number, settings)
        pruned_at = next((epoch for epoch in reports if study.report(number, epoch, curve(settings, epoch))), None)
        value = curve(settings, EPOCHS)
        if pruned_at is not None:
            result = Result("pruned", None, study.reports(number))
        else:
            finite = math.isfinite(value)
            result = Result("done" if finite else "diverged", value if finite else None, study.reports(number))
        study.tell(number, result)
        ended.append(Trial(settings, math.inf if pruned_at else value, pruned_at or EPOCHS, pruned_at is not None))
    return ended


def sweep(folder: Path, sampler: Sampler, pruner: Pruner | None = None, trials: int = 100) -> list[Trial]:
    """Run a sweep from its beginning."""
    study = Study(NETWORK, sampler, pruner, folder / "optuna.journal", epochs=EPOCHS)
    reports = () if pruner is None else pruner.report_epochs(EPOCHS)
    return simulate(study, trials, loss, reports=reports)
