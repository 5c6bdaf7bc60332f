"""The data of a film: for each run its network at each snapshot, samples, and the loss of every epoch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.data.data import Samples
from nncli.data.description import Description
from nncli.errors import UsageError
from nncli.model import Model
from nncli.render.divergence import divergence_epoch
from nncli.render.figures.figure_inputs import Predict, snapshot_hint
from nncli.render.figures.labels import labels
from nncli.render.figures.series import settings_of
from nncli.store import Run

MAX_SAMPLES = 2_000  # more would only overlap, and are slow to predict for a hundred frames


class FilmedRun(NamedTuple):
    """The data that a film shows of one run."""

    label: str
    snapshot_epochs: tuple[int, ...]  # number of epochs before each snapshot, ascending
    network: Callable[[int], Predict]  # returns the network of a snapshot, by its number of epochs
    samples: Samples
    data: Description
    epochs: NDArray[np.float64]  # number of epochs before each loss was measured
    losses: NDArray[np.float64]
    diverged: int | None = None  # the epoch at which training diverged

    def last_snapshot(self, epochs: int) -> int:
        """Return the last snapshot that was taken after at most that many epochs, or else the first."""
        earlier = (snapshot for snapshot in self.snapshot_epochs if snapshot <= epochs)
        return max(earlier, default=self.snapshot_epochs[0])

    def loss(self, epochs: int) -> float:
        """Return the last loss that was measured after at most that many epochs, or NaN if there is none."""
        count = self.count_losses(epochs)
        return float(self.losses[count - 1]) if count else float("nan")

    def count_losses(self, epochs: int) -> int:
        """Return the number of losses that were measured after at most that many epochs."""
        return int(np.searchsorted(self.epochs, epochs, side="right"))


def filmed_runs(runs: Sequence[Run]) -> list[FilmedRun]:
    """Return the data of a film of some runs. Raises UsageError if a run has no snapshots, or if their data differ."""
    models = [Model(run) for run in runs]
    for model in models:
        if not model.snapshots():
            raise UsageError(
                "has no snapshots, which a film needs", place=str(model.run.path), hint=snapshot_hint(model)
            )
        if model.data.task == "multilabel":
            hint = "draw each label with `nncli plot --what fit`"
            raise UsageError("a film cannot show several labels", place=str(model.run.path), hint=hint)
    kinds = {(model.data.input_names, model.data.target_names, model.data.class_names) for model in models}
    if len(kinds) > 1:
        hint = "film them one by one"
        raise UsageError("runs side by side must have the same inputs, targets and classes", hint=hint)
    run_labels = labels([model.run.name for model in models], [settings_of(model.run) for model in models])
    return [_filmed_run(model, label) for model, label in zip(models, run_labels, strict=True)]


def _filmed_run(model: Model, label: str) -> FilmedRun:
    last = int(model.run.checkpoint("last")["epoch"])
    snapshots = model.snapshots()
    # A training that was stopped ends between two snapshots; its last weights are in the checkpoint.
    from_checkpoint = {last} if last > snapshots[-1] else set()

    def network(epochs: int) -> Predict:
        return (model if epochs in from_checkpoint else model.after(epochs)).outputs

    samples = model.samples("train")
    assert samples is not None
    step = -(-len(samples.x) // MAX_SAMPLES)
    thinned = Samples(samples.x[::step], samples.t[::step])
    snapshot_epochs, diverged = (*snapshots, *sorted(from_checkpoint)), divergence_epoch(model.run)
    return FilmedRun(label, snapshot_epochs, network, thinned, model.data, *_losses(model.run), diverged)


def _losses(run: Run) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the number of epochs before each loss was measured, and the losses.

    The metrics of a row are measured before the updates of its epoch, so those of epoch 10 belong to the weights after
    10 epochs. The loss of the last weights is in the summary.
    """
    columns, summary = run.metrics(), run.summary() or {}
    epochs = columns.get("epoch", np.empty(0))
    losses = columns.get("loss", np.empty(0))
    count, final = summary.get("epochs"), (summary.get("final") or {}).get("loss")
    if isinstance(count, int) and (not len(epochs) or epochs[-1] == count - 1):
        last = final if isinstance(final, int | float) else np.nan
        epochs, losses = np.append(epochs, count), np.append(losses, last)
    return epochs, losses
