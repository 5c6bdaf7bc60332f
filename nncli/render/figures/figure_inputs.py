"""The inputs of figures of a network: its predictions on a part of the data, and its snapshots."""

from __future__ import annotations

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
from nncli.training.batches import batches

if TYPE_CHECKING:
    from nncli.model import Model
    from nncli.store import Run
    from nncli.training import Plan

Predict: TypeAlias = Callable[[Array], Array]  # inputs (n, inputs) to outputs (n, outputs)
PartChoice: TypeAlias = Literal["train"] | PartName
MAX_LAYERS = 12  # of a figure with panels for each


class Request(NamedTuple):
    """The runs that a figure is to show, and the options."""

    runs: Sequence[Run]
    checkpoint: Literal["last", "best"] = "last"
    part: PartChoice | None = None
    by_seed: bool = False

    def model(self) -> Model:
        """Return the trained network of the first run. Raises NncliError if it cannot be read."""
        from nncli.model import Model

        return Model(self.runs[0], self.checkpoint)


class Predictions(NamedTuple):
    """What a network says of samples, in the user's units, and what is true."""

    title: str
    y: Array  # (n, k)
    t: Array  # (n, k) values or, of classes, in any form that a loss takes
    data: Description


def predictions_of(model: Model, part: PartChoice | None) -> Predictions:
    """A run's predictions on a part of its data: where none is named on the test part, else the training data.

    Raises UsageError where it has no such part.
    """
    part = part or ("test" if model.experiment.data.has("test") else "train")
    plan, ready = part_samples(model, part)
    title = heading(model, f"{part_label(part)}, {len(ready.x):,} samples")
    y = model.preprocessing.outputs(outputs(model, plan, ready))
    return Predictions(title, y, plan.in_data_units(ready).t, model.data)


@np.errstate(all="ignore")
def outputs(model: Model, plan: Plan, ready: Samples) -> Array:
    """The network's outputs (n, k) for samples made ready for it, with the bits that an evaluation has."""
    found = []
    for x, _ in batches(ready, model.experiment.train.batch_size):
        found.append(np.array(plan.network.predict(model.params, x, plan.evaluating)))
    return np.concatenate(found)


def part_samples(model: Model, part: PartChoice) -> tuple[Plan, Samples]:
    """The samples of a part, made ready for the network. Raises UsageError where there is no such part."""
    plan, ready = model.part(part)
    if ready is None:
        hint = f"its `data:` has no `{part}:`; the data that it was trained on is there: --on train"
        raise UsageError(f"has no {part} data", place=str(model.run.path), hint=hint)
    return plan, ready


def part_label(part: PartChoice) -> str:
    """What a part is called in a title."""
    return f"{'training' if part == 'train' else part} data"


def heading(model: Model, more: str) -> str:
    """The title of a figure of a network: its run, how long it was trained, and more."""
    best = " (the best)" * (model.checkpoint == "best")
    return f"{model.run.name}\n{count_of(trained_epochs(model), 'epoch')}{best}, {more}"


def trained_epochs(model: Model) -> int:
    """After how many epochs the weights are."""
    return int(model.run.checkpoint(model.checkpoint)["epoch"])


def weights_by_epoch(model: Model) -> Iterator[tuple[int, Parameters]]:
    """The weights on the way, each with the number of epochs that they are after; the last ones too.

    Raises UsageError where the run kept none.
    """
    kept = model.snapshots()
    if not kept:
        raise UsageError("kept no weights on its way", place=str(model.run.path), hint=snapshot_hint(model))
    for epochs in kept:
        yield epochs, model.after(epochs).params
    if (last := trained_epochs(model)) > kept[-1]:
        yield last, model.params


def snapshot_hint(model: Model) -> str:
    """Why a run kept no weights on its way, and how to have some another time."""
    if model.run.status == "running":
        return "it is still running; they are saved every 10 seconds"
    if model.experiment.train.snapshots < 2:
        return f"train it again: nncli train {model.run.path / 'config.yaml'} train.snapshots=100"
    return "snapshots are kept up to 8 MiB, and two of this network are larger"


def spread_out(places: list[int]) -> list[int]:
    """The places of layers that are shown: of very many some, evenly spread from the first to the last."""
    if len(places) <= MAX_LAYERS:
        return places
    return [places[round(place)] for place in np.linspace(0, len(places) - 1, MAX_LAYERS)]


def layer_labels(layers: Sequence[Layer | Activation]) -> list[str]:
    """What each entry of `layers:` is called: its number, its type, and what tells it from others of that type."""
    words = []
    for number, layer in enumerate(layers):
        more = [type_name(type(layer))]
        if isinstance(layer, Dense):
            more += [f"{layer.units}", *([type_name(type(layer.activation))] if layer.activation else [])]
        words.append(f"layer {number}: {' '.join(more)}")
    return words
