"""Dark inputs: samples for which no relu of the first layer fires."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from nncli.arrays import Array
from nncli.nn.activations.base import Activation
from nncli.nn.activations.relu import Relu
from nncli.nn.layers.base import Layer
from nncli.nn.layers.dense import Dense


def dark_inputs(layers: Sequence[Layer | Activation], weights: Mapping[int, Mapping[str, Array]], x: Array) -> Array:
    """Return whether each sample x (n, inputs), as the network gets it, makes no unit of the first layer fire.

    All false unless `layers` begin with a dense layer and relu. `weights` are those of `Model`.
    """
    parts = [part for layer in layers[:2] for part in (layer.parts() if isinstance(layer, Layer) else (layer,))][:2]
    if len(parts) < 2 or not isinstance(parts[0], Dense) or not isinstance(parts[1], Relu):
        return np.zeros(len(x), dtype=bool)
    y = x @ weights[0]["weights"] + weights[0]["biases"].reshape(1, -1)
    return np.asarray((y <= 0).all(axis=1))
