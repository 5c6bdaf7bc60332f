"""What a film shows of a run: its network at each snapshot, samples to show it on, and the loss of every epoch."""

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

MAX_SAMPLES = 2_000  # more are neither seen nor predicted a hundred times over in a moment


class FilmedRun(NamedTuple):
    """A run as it is filmed."""

    label: str
    snapshot_epochs: tuple[int, ...]  # after how many epochs there are weights, rising
    network: Callable[[int], Predict]  # by one of the moments
    samples: Samples
    data: Description
    epochs: NDArray[np.float64]  # after how many epochs each loss was measured
    losses: NDArray[np.float64]
    diverged: int | None = None  # at which epoch

    def moment(self, epochs: int) -> int:
        """The last moment until so many epochs."""
        return max((moment for moment in self.snapshot_epochs if moment <= epochs), default=self.snapshot_epochs[0])

    def loss(self, epochs: int) -> float:
        """The loss of the weights after so many epochs, or the last that was measured before; NaN where none was."""
        count = self.until(epochs)
        return float(self.losses[count - 1]) if count else float("nan")

    def until(self, epochs: int) -> int:
        """How many losses had been measured after so many epochs."""
        return int(np.searchsorted(self.epochs, epochs, side="right"))


def filmed_runs(runs: Sequence[Run]) -> list[FilmedRun]:
    """A reel for each run. Raises UsageError where one kept no snapshots or where their data are not alike."""
    models = [Model(run) for run in runs]
    for model in models:
        if not model.snapshots():
            raise UsageError(
                "kept no snapshots to make a film of", place=str(model.run.path), hint=snapshot_hint(model)
            )
        if model.data.task == "multilabel":
            hint = "`nncli plot --what fit` draws each label"
            raise UsageError("a film cannot show several labels", place=str(model.run.path), hint=hint)
    sorts = {(model.data.input_names, model.data.target_names, model.data.class_names) for model in models}
    if len(sorts) > 1:
        hint = "film them one by one"
        raise UsageError("runs side by side need data of the same inputs, targets and classes", hint=hint)
    told = labels([model.run.name for model in models], [settings_of(model.run) for model in models])
    return [_filmed_run(model, label) for model, label in zip(models, told, strict=True)]


def _filmed_run(model: Model, label: str) -> FilmedRun:
    ended = int(model.run.checkpoint("last")["epoch"])
    kept = model.snapshots()
    after = {ended} if ended > kept[-1] else set()  # a training that was stopped ends between two snapshots

    def network(epochs: int) -> Predict:
        return (model if epochs in after else model.after(epochs)).outputs

    samples = model.samples("train")
    assert samples is not None
    step = -(-len(samples.x) // MAX_SAMPLES)
    thinned = Samples(samples.x[::step], samples.t[::step])
    snapshot_epochs, diverged = (*kept, *sorted(after)), divergence_epoch(model.run)
    return FilmedRun(label, snapshot_epochs, network, thinned, model.data, *_losses(model.run), diverged)


def _losses(run: Run) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """After how many epochs each loss was measured, and the losses.

    A row's figures are those before its own update, so that of epoch 10 was measured after 10 epochs; that of the
    last weights is in the summary.
    """
    columns, summary = run.metrics(), run.summary() or {}
    epochs = columns.get("epoch", np.empty(0))
    losses = columns.get("loss", np.empty(0))
    count, final = summary.get("epochs"), (summary.get("final") or {}).get("loss")
    if isinstance(count, int) and (not len(epochs) or epochs[-1] == count - 1):
        last = final if isinstance(final, int | float) else np.nan
        epochs, losses = np.append(epochs, count), np.append(losses, last)
    return epochs, losses
