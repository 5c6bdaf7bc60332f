"""The inputs of figures: the request, predictions on a part of the data, and snapshots of the weights."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import numpy as np

from nncli.arrays import Array
from nncli.data.data import PartName, Samples
from nncli.data.description import Description
from nncli.errors import UsageError
from nncli.nn.activations.base import Activation
from nncli.nn.layers.base import Layer
from nncli.nn.layers.dense import Dense
from nncli.nn.network import Parameters
from nncli.registry import type_name
from nncli.text import count_of
from nncli.training.batches import sample_batches

if TYPE_CHECKING:
    from nncli.model import Model
    from nncli.store import Run
    from nncli.sweeps.directory import SweepDirectory
    from nncli.training import Plan

Predict: TypeAlias = Callable[[Array], Array]  # inputs (n, inputs) to outputs (n, outputs)
PartChoice: TypeAlias = Literal["train"] | PartName
MAX_LAYERS = 12  # of a figure with panels for each


class Request(NamedTuple):
    """The runs or the sweep that a figure shows, and the options of the command."""

    runs: Sequence[Run]
    checkpoint: Literal["last", "best"] = "last"
    part: PartChoice | None = None
    by_seed: bool = False
    sweep: SweepDirectory | None = None
    parameters: str = ""  # of the space to draw, separated by commas; those that matter most if empty

    def model(self) -> Model:
        """Return the trained network of the first run. Raises NncliError if it cannot be read."""
        from nncli.model import Model

        return Model(self.runs[0], self.checkpoint)


class Predictions(NamedTuple):
    """Predictions and true values in the user's units."""

    title: str
    y: Array  # (n, k)
    t: Array  # (n, k) values; classes in any form that a loss accepts
    data: Description


def predictions_of(model: Model, part: PartChoice | None) -> Predictions:
    """Return the predictions on a part of the data; by default the test data if there are any, else the training data.

    Raises UsageError if the data have no such part.
    """
    part = part or ("test" if model.experiment.data.has("test") else "train")
    plan, samples = part_samples(model, part)
    title = figure_title(model, f"{part_label(part)}, {len(samples.x):,} samples")
    y = model.preprocessing.outputs(outputs(model, plan, samples))
    return Predictions(title, y, plan.in_data_units(samples).t, model.data)


@np.errstate(all="ignore")
def outputs(model: Model, plan: Plan, samples: Samples) -> Array:
    """Return the outputs (n, k) for preprocessed samples, in batches, so that they equal those of an evaluation."""
    parts = []
    for x, _ in sample_batches(samples, model.experiment.train.batch_size):
        parts.append(np.array(plan.network.predict(model.params, x, plan.evaluation_ops)))
    return np.concatenate(parts)


def part_samples(model: Model, part: PartChoice) -> tuple[Plan, Samples]:
    """Return the plan and the preprocessed samples of a part of the data. Raises UsageError if the part is missing."""
    plan, samples = model.part(part)
    if samples is None:
        hint = f"use the training data with --on train; `data:` of this run has no `{part}:`"
        raise UsageError(f"has no {part} data", place=str(model.run.path), hint=hint)
    return plan, samples


def part_label(part: PartChoice) -> str:
    """Return the name of a part in titles."""
    return f"{'training' if part == 'train' else part} data"


def figure_title(model: Model, more: str) -> str:
    """Return the title of a figure: the run, the epochs trained, and more."""
    best = " (best)" * (model.checkpoint == "best")
    return f"{model.run.name}\n{count_of(model.epochs, 'epoch')}{best}, {more}"


def weights_by_epoch(model: Model) -> Iterator[tuple[int, Parameters]]:
    """Return an iterator over the weights of a run, as `model.weights_by_epoch` does.

    Raises UsageError if the run has no snapshots.
    """
    if not model.snapshots():
        raise UsageError("has no snapshots of its weights", place=str(model.run.path), hint=snapshot_hint(model))
    return model.weights_by_epoch()


def snapshot_hint(model: Model) -> str:
    """Return how to get snapshots for a run that has none."""
    if model.run.status == "running":
        return "try again in a few seconds; snapshots are saved every 10 seconds during training"
    if model.experiment.train.snapshots < 2:
        path = shlex.quote(str(model.run.path / "config.yaml"))
        return f"train with snapshots: nncli train {path} train.snapshots=100"
    return "use a smaller network; two snapshots of this one exceed the limit of 8 MiB"


def sample_layers(indices: list[int]) -> list[int]:
    """Return at most 12 of the indices of layers, evenly spaced from the first to the last."""
    if len(indices) <= MAX_LAYERS:
        return indices
    return [indices[round(position)] for position in np.linspace(0, len(indices) - 1, MAX_LAYERS)]


def layer_labels(layers: Sequence[Layer | Activation]) -> list[str]:
    """Return a label for each entry of `layers:`, as in `layer 0: dense 16 relu`."""
    labels = []
    for number, layer in enumerate(layers):
        words = [type_name(type(layer))]
        if isinstance(layer, Dense):
            words += [f"{layer.units}", *([type_name(type(layer.activation))] if layer.activation else [])]
        labels.append(f"layer {number}: {' '.join(words)}")
    return labels
