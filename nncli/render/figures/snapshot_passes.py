"""Forward and backward passes over the training samples with the weights of each snapshot, in float64.

There is no dropout, and batch_norm takes the mean and variance of the samples, as in a training step over all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from nncli.arrays import Array
from nncli.checkpoint import named_arrays
from nncli.data.data import Samples
from nncli.nn.activations.linear import Linear
from nncli.nn.engine.ops import Ops
from nncli.nn.layers.dropout import Dropout
from nncli.nn.network import Network, Parameters
from nncli.render.figures.figure_inputs import figure_title, weights_by_epoch

if TYPE_CHECKING:
    from nncli.model import Model


class SnapshotPasses:
    """The network of a run without dropout, and at most `max_samples` of its training samples, evenly spaced."""

    def __init__(self, model: Model, max_samples: int) -> None:
        plan = model.plan()
        layers = [Linear() if isinstance(layer, Dropout) else layer for layer in model.experiment.layers]
        self.network = Network(layers, plan.network.inputs, plan.network.loss)
        self._model = model
        self._ops = Ops.float64()
        x, t = plan.training.evenly_spaced(max_samples)
        self.samples = Samples(x.astype(np.float64), t.astype(np.float64) if t.dtype.kind == "f" else t)  # type: ignore[union-attr]
        subset = f"{len(x):,} of " if len(x) < len(plan.training.x) else ""
        self.title = figure_title(model, f"on {subset}{len(plan.training.x):,} training samples")

    def weights_by_epoch(self) -> Iterator[tuple[int, Parameters]]:
        """Yield the number of epochs and the weights of each snapshot. Raises UsageError if the run has none."""
        for epochs, params in weights_by_epoch(self._model):
            yield epochs, in_float64(self.network, named_arrays(self._model.network, params))

    @np.errstate(all="ignore")
    def outputs(self, params: Parameters) -> Iterator[tuple[int, Array]]:
        """Yield the number and the outputs (n, units) of each layer."""
        network, ops = self.network, self._ops
        trace = network.trace(params, self.samples.inputs, ops)
        for index, (link, (y, _)) in enumerate(zip(network.links, trace, strict=True)):
            is_last = index + 1 == len(network.links)
            if is_last or network.links[index + 1].number != link.number:
                yield link.number, network.loss.predictions(y, ops) if is_last else y

    @np.errstate(all="ignore")
    def gradients(self, params: Parameters) -> Parameters:
        """Return the derivatives of the loss, including the penalty, by every parameter, over all samples."""
        network, x, t = self.network, self.samples.inputs, self.samples.t
        grads = network.allocate(np.dtype(np.float64), [dict.fromkeys(link.shapes, 0) for link in network.links])
        y, backward = network.forward(params, x, self._ops)
        backward(network.loss.forward(y, t, self._ops)[2](), grads)
        return grads


def in_float64(network: Network, arrays: dict[str, Array]) -> Parameters:
    """Return copies of parameters in float64."""
    copied = network.allocate(np.dtype(np.float64), [dict.fromkeys(link.shapes, 0) for link in network.links])
    for name, view in named_arrays(network, copied).items():
        view[...] = arrays[name]
    return copied
