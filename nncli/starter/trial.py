"""Train a starter experiment briefly on a sample of its table, to see whether it learns anything."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nncli import config, training
from nncli.arrays import Array
from nncli.data.data import Data, PartName, Rules, Samples, Split
from nncli.data.description import Description
from nncli.data.file_source import Scale
from nncli.data.infer import InferredTable
from nncli.errors import NncliError
from nncli.events import EpochEnded
from nncli.experiment import Experiment
from nncli.resolved import resolve
from nncli.text import list_names
from nncli.training import Training
from nncli.training.baseline import baseline_output

MAX_ROWS, MAX_EPOCHS, MAX_SECONDS = 3000, 100, 5.0
SEEDS = 3  # of trainings, each with another split
MIN_HELD_OUT = 10
ERRORS = 1.0  # standard errors by which the network must beat the baseline


def trial_note(name: str, text: str, table: InferredTable) -> str:
    """Return a note if an experiment learns nothing from a table, or an empty string if it learns or cannot be tried.

    It is trained MAX_EPOCHS epochs on at most MAX_ROWS rows. After its best epoch by validation loss, its losses lᵢ on
    the test rows are compared with those of the baseline bᵢ, for all splits together. It learns if

        mean(bᵢ - lᵢ) > ERRORS std(bᵢ - lᵢ) / √n
    """
    sample, described = _sample(table)
    deadline = time.monotonic() + MAX_SECONDS
    try:
        experiment = config.check(config.read(Path(f"{name}.yaml"), text=text), described).experiment
        data = TableSample(experiment.data, sample)
        experiment = dataclasses.replace(
            experiment, data=data, train=dataclasses.replace(experiment.train, epochs=MAX_EPOCHS)
        )
        pairs = [_losses(dataclasses.replace(experiment, seed=seed), deadline) for seed in range(SEEDS)]
    except NncliError:
        return ""  # training reports it
    losses, baseline = (np.concatenate(part) for part in zip(*pairs, strict=True))
    if len(losses) < MIN_HELD_OUT * SEEDS or time.monotonic() > deadline:
        return ""
    gain = baseline - losses
    if not np.isfinite(gain).all() or np.mean(gain) > ERRORS * np.std(gain) / np.sqrt(len(gain)):
        return ""
    target = list_names(table.described.target_names)
    return (
        f"note: a quick trial learned nothing: its loss of {np.mean(losses):.3g} on held-out rows is not clearly "
        f"better than the baseline's {np.mean(baseline):.3g}; {target} may not depend on these columns"
    )


@dataclass(frozen=True, slots=True)
class TableSample(Data):
    """Rows of a table in memory, with the split of the experiment's data."""

    source: Data
    table: InferredTable

    @property
    def type(self) -> Any:
        """The type of the experiment's data."""
        return self.source.type

    @property
    def rules(self) -> Rules:
        target: Scale = "standard" if self.describe().task == "regression" else "none"
        return self.source.rules._replace(scale="standard", scale_target=target)

    def part(self, name: PartName) -> Data | None:
        return None

    def has(self, name: PartName) -> bool:
        return self.source.has(name)

    def cut(self) -> Split:
        return self.source.cut()

    def describe(self) -> Description:
        return self.source.describe()

    def draw(self, random: np.random.RandomState, described: Description) -> Samples:
        return Samples(*self.table.samples(described))


def _sample(table: InferredTable) -> tuple[InferredTable, Description]:
    """Return the table with at most MAX_ROWS of its rows, and the description of these."""
    count = table.described.samples
    if count <= MAX_ROWS:
        return table, table.described
    rows = np.sort(np.random.RandomState(0).choice(count, MAX_ROWS, replace=False))
    described = table.described._replace(samples=MAX_ROWS)
    return dataclasses.replace(table, cells=[cells.take(rows) for cells in table.cells]), described


def _losses(experiment: Experiment, deadline: float) -> tuple[Array, Array]:
    """Return the loss of each test row (n,) after the best epoch, and that of the baseline."""
    run = training.start(resolve(experiment), lambda: time.monotonic() > deadline)
    test = run.plan.samples.split_test
    if test is None or len(test.x) < MIN_HELD_OUT:
        return np.zeros(0), np.zeros(0)
    constant = baseline_output(run.plan.training.t, experiment.loss, run.plan.network.outputs)
    baseline = _losses_of(run, np.repeat(constant, len(test.x), axis=0), test.t)
    best, losses = np.inf, np.full(len(test.x), np.nan)
    for event in run:
        if isinstance(event, EpochEnded) and event.metrics["val_loss"] < best:
            best = event.metrics["val_loss"]
            output, _ = run.plan.network.forward(run.checkpoint.params, test.inputs, run.plan.evaluation_ops)
            losses = _losses_of(run, output, test.t)
    return losses, baseline


def _losses_of(run: Training, output: Array, t: Array) -> Array:
    ops = run.plan.evaluation_ops
    return np.array(run.plan.network.loss.forward(output.astype(ops.dtype), t, ops)[1], np.float64)
