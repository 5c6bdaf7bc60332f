"""The outputs of the last hidden layer for one or two inputs; their weighted sum is the network's output."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.arrays import Array
from nncli.checkpoint import named_arrays
from nncli.data.data import Samples
from nncli.data.description import Description
from nncli.errors import UsageError
from nncli.nn.activations.base import Activation
from nncli.nn.activations.relu import LeakyRelu, Relu
from nncli.nn.engine.ops import Ops
from nncli.nn.layers.base import Arrays, Layer
from nncli.nn.layers.dense import Dense
from nncli.nn.network import Link
from nncli.registry import type_name
from nncli.render.figures.figure_inputs import figure_title, part_samples
from nncli.render.figures.snapshot_passes import in_float64

if TYPE_CHECKING:
    from nncli.model import Model

FINENESS = {1: 601, 2: 81}  # points along each input
MARGIN = 0.03  # of the extent of the data


class Hidden(NamedTuple):
    """The units of a hidden layer at some inputs; the output is Σⱼ outputs[:, j] weights[j] + bias."""

    title: str
    x: Array  # (n, inputs), in the user's units; of two inputs a square grid, row by row
    outputs: Array  # (n, units)
    preactivations: Array | None  # (n, units) of relu and leaky_relu, which have a kink at 0; None for others
    weights: Array  # (units, outputs), in the units of the targets
    bias: Array  # (outputs,)
    final_activation: str  # applied to the sum; "" if there is none
    samples: Samples  # the training data, in the user's units
    data: Description


def hidden_of(model: Model) -> Hidden:
    """Return the units of the last hidden layer over the range of the training data.

    Raises UsageError if the network has more than two inputs, or no hidden layer.
    """
    place, inputs = str(model.run.path), model.network.inputs
    if inputs not in FINENESS:
        hint = "use `nncli plot --what network` for the layers"
        raise UsageError(f"units can be drawn for 1 or 2 inputs, and this data has {inputs}", place=place, hint=hint)
    dense = [index for index, link in enumerate(model.network.links) if isinstance(link.part, Dense)]
    if len(dense) < 2:
        raise UsageError("has no hidden layer, so there are no units to draw", place=place, hint="use --what fit")
    plan, preprocessed = part_samples(model, "train")
    samples = plan.in_data_units(preprocessed)
    reader = _Reader(model, dense[-2:])
    x = grid(samples.inputs)
    outputs, preactivations = reader.read(x)
    if inputs == 1 and preactivations is not None:  # add a point at each kink, so that the lines are exact
        x = np.union1d(x[:, 0], np.concatenate(kinks(x[:, 0], preactivations))).reshape(-1, 1)
        outputs, preactivations = reader.read(x)
    title = figure_title(model, f"{outputs.shape[1]} units of layer {model.network.links[dense[-2]].number}")
    return Hidden(
        title, x, outputs, preactivations, *reader.weights_out(), reader.final_activation(), samples, model.data
    )


def grid(x: Array) -> NDArray[np.float64]:
    """Return evenly spaced inputs over the range of `x`: (n, 1) for one input, a square grid (n², 2) for two."""
    sides = []
    for column in x.T:
        low, high = float(column.min()), float(column.max())
        margin = MARGIN * (high - low) or 0.5
        sides.append(np.linspace(low - margin, high + margin, FINENESS[x.shape[1]]))
    return np.stack(np.meshgrid(*sides), axis=-1).reshape(-1, x.shape[1])


def kinks(x: Array, preactivations: Array) -> list[NDArray[np.float64]]:
    """Return for each unit the positions along x (n,), ascending, at which its preactivations (n, units) cross 0."""
    positions = []
    for values in preactivations.T:
        left = np.flatnonzero(np.signbit(values[:-1]) != np.signbit(values[1:]))
        share = values[left] / (values[left] - values[left + 1])
        positions.append(x[left] + share * (x[left + 1] - x[left]))
    return positions


class _Reader:
    """Computes the units between the last two dense layers, at the indices `dense`, in float64."""

    def __init__(self, model: Model, dense: list[int]) -> None:
        self._model = model
        self._links = model.network.links
        self._last = dense[1]
        between = range(dense[0] + 1, dense[1])
        activations = [index for index in between if isinstance(self._links[index].part, Activation)]
        self._activation = activations[-1] if activations else None
        self._params = in_float64(model.network, named_arrays(model.network, model.params))

    @np.errstate(all="ignore")
    def read(self, x: Array) -> tuple[Array, Array | None]:
        """Return the outputs of the units for inputs x in the user's units, and the preactivations of relu."""
        y, ops, preactivations = self._model.preprocessing.inputs(x).astype(np.float64), Ops.float64(), None
        ops.training = False
        for index in range(self._last):
            if index == self._activation and isinstance(self._links[index].part, Relu | LeakyRelu):
                preactivations = y.copy()
            y = _forward(self._links[index], self._params.links[index], y, ops)
        return y.copy(), preactivations

    def weights_out(self) -> tuple[Array, Array]:
        """Return the outgoing weights (units, outputs) and the bias (outputs,), in the units of the targets."""
        views, preprocessing = self._params.links[self._last], self._model.preprocessing
        if self.final_activation():
            return views["weights"], views["biases"]
        scale, shift = preprocessing.target_scale, preprocessing.target_shift
        return views["weights"] * scale, views["biases"] * scale + shift

    def final_activation(self) -> str:
        """Return the activations after the sum, including that of the loss; "" if the sum is the output."""
        names = [type_name(type(link.part)) for link in self._links[self._last + 1 :]]
        of_loss = self._model.experiment.loss.activation
        return " and ".join([*names, *([type_name(of_loss)] if of_loss else [])])


def _forward(link: Link, views: Arrays, y: Array, ops: Ops) -> Array:
    return link.part.forward(views, y, ops)[0] if isinstance(link.part, Layer) else link.part.forward(y, ops)[0]
