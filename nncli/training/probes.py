"""Probes: measure each layer of a network between two epochs, to find out later why it does not learn.

A probe is a forward and a backward pass of its own over some training samples, as in an evaluation: without dropout,
and with the running statistics of batch_norm. It changes nothing and draws no random number.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.data.data import Samples
from nncli.nn.activations.base import Activation
from nncli.nn.activations.relu import Relu
from nncli.nn.activations.sigmoid import Sigmoid
from nncli.nn.activations.tanh import Tanh
from nncli.nn.engine.ops import Ops
from nncli.nn.network import Network, Parameters
from nncli.registry import type_name
from nncli.training.array_statistics import (
    finite,
    fraction,
    ratio,
    root_mean_square,
    sum_of_squares,
    total,
    variances,
    zero_shares,
)

MAX_SAMPLES = 1_000  # enough for shares of 0.1 %
FLAT = 0.01  # sigmoid and tanh are flat where their derivative is less than this fraction of its maximum
MAX_NUMBER = sys.float_info.max


class LayerProbe(NamedTuple):
    """Numbers of a layer with weights, with the activation that follows it; None if not finite or not applicable."""

    layer: int  # its index in `layers:`
    activation: str | None  # None if linear
    activation_scale: float | None  # root mean square of the outputs, after the activation
    output_std: float | None  # standard deviation over samples, averaged over units
    gradient_scale: float | None  # root mean square of the derivatives of loss and penalty by the weights
    weight_scale: float | None  # root mean square of the weights; of gamma for batch_norm
    dead: float | None  # fraction of relu units that are zero for all samples
    saturated: float | None  # fraction of outputs of a sigmoid or tanh in its flat ends
    update_ratio: float | None = None  # norm of the change of the weights in the next epoch / norm of the weights


class Probe(NamedTuple):
    """Numbers of a network after a number of epochs; None if not finite or not applicable."""

    epoch: int  # epochs before it: 0 for the initial weights
    loss: float | None  # without penalty
    output_spread: float | None  # standard deviation of predictions / that of targets, both as the network computes
    dark: float | None  # fraction of samples for which no unit of the first activation fires, if that is relu
    layers: tuple[LayerProbe, ...]
    not_finite: str | None  # the first array, in the order of computation, that has a NaN or an infinity

    def as_row(self) -> dict[str, Any]:
        """Return the probe as an object of probes.jsonl."""
        return {**self._asdict(), "layers": [layer._asdict() for layer in self.layers]}

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Probe:
        """Return the probe of an object of probes.jsonl. Raises ValueError if it is not such an object."""
        layers = row.get("layers")
        if not isinstance(layers, list) or not all(isinstance(layer, dict) for layer in layers):
            raise ValueError("it has no layers")
        probe = cls(**_checked(cls, {**row, "layers": ()}))
        return probe._replace(layers=tuple(LayerProbe(**_checked(LayerProbe, layer)) for layer in layers))

    def with_update_ratios(self, ratios: Sequence[float | None]) -> Probe:
        """Return the probe with the update ratio of each layer."""
        pairs = zip(self.layers, ratios, strict=True)
        return self._replace(layers=tuple(layer._replace(update_ratio=ratio) for layer, ratio in pairs))


# Derivatives as a fraction of their maximum, by the output.
FLATNESS: dict[type[Activation] | None, Callable[[Array], Array]] = {
    Sigmoid: lambda y: 4 * y * (1 - y),
    Tanh: lambda y: 1 - y**2,
}


class Block(NamedTuple):
    """A link with parameters, and the links without parameters that follow it."""

    first: int  # index of the link with parameters
    last: int  # index of the link whose outputs are those of the block
    weights: str  # name of its first array of parameters
    activation: type[Activation] | None
    from_loss: bool  # whether the loss applies the activation


class Prober:
    """Measure a network again and again on the same samples; `ops` must be those of an evaluation."""

    def __init__(self, network: Network, samples: Samples, ops: Ops) -> None:
        self._network = network
        self._samples = samples
        self._ops = ops
        self._blocks = blocks_of(network)
        groups = [dict.fromkeys(link.shapes, 0) for link in network.links]
        self._grads = network.allocate_gradients([np.dtype(np.float64)], groups)

    @np.errstate(all="ignore")
    def measure(self, params: Parameters, epoch: int = 0) -> Probe:
        """Return the probe of parameters after a number of epochs."""
        network, ops, (x, t) = self._network, self._ops, self._samples
        trace = list(network.trace(params, np.asarray(x), ops))
        outputs = [y for y, _ in trace]
        predictions, losses, loss_backward = network.loss.forward(outputs[-1] if outputs else x, t, ops)
        network.backward([backward for _, backward in trace], loss_backward(), params, self._grads, ops)
        layers: list[LayerProbe] = []
        dark = None
        for block in self._blocks:
            y = predictions if block.from_loss else outputs[block.last]
            layer, zero_samples = _layer_probe(network, block, y, params, self._grads)
            dark = zero_samples if all(each.activation is None for each in layers) else dark
            layers.append(layer)
        loss = finite(total(losses) / len(losses))
        numbers = (loss, *(number for layer in layers for number in layer[2:6]))
        not_finite = None
        if None in numbers or not np.isfinite(self._grads.vectors).all():
            arrays = _arrays_in_order(network, params, outputs, losses, self._grads)
            not_finite = next((name for name, array in arrays if not np.isfinite(array).all()), None)
        return Probe(epoch, loss, _output_spread(predictions, t), dark, tuple(layers), not_finite)


def probe(network: Network, params: Parameters, samples: Samples, ops: Ops, epoch: int = 0) -> Probe:
    """Measure a network on samples in the form that it takes; `ops` must be those of an evaluation."""
    return Prober(network, samples, ops).measure(params, epoch)


def blocks_of(network: Network) -> list[Block]:
    """Return the layers with parameters, in order, each with the activation that follows it."""
    links = network.links
    starts = [index for index, link in enumerate(links) if link.shapes]
    blocks = []
    for first, end in zip(starts, [*starts[1:], len(links)], strict=False):
        from_loss = end == len(links) and network.loss.activation is not None
        activations = [type(link.part) for link in links[first:end] if isinstance(link.part, Activation)]
        activation = network.loss.activation if from_loss else activations[-1] if activations else None
        blocks.append(Block(first, end - 1, next(iter(links[first].shapes)), activation, from_loss))
    return blocks


@np.errstate(all="ignore")
def update_ratios(network: Network, before: Parameters, after: Parameters) -> list[float | None]:
    """Return the norm of the change of each layer's weights, divided by the norm of the weights before."""
    ratios = []
    for block in blocks_of(network):
        w, after_it = (params.links[block.first][block.weights] for params in (before, after))
        change = np.subtract(after_it, w, dtype=np.float64)
        ratios.append(ratio(math.sqrt(sum_of_squares(change)), math.sqrt(sum_of_squares(w))))
    return ratios


def _layer_probe(
    network: Network, block: Block, y: Array, params: Parameters, grads: Parameters
) -> tuple[LayerProbe, float | None]:
    """Return the probe of a layer, and the fraction of samples for which its relu units are all zero."""
    scale = root_mean_square(y)
    dead = saturated = zero_samples = None
    if scale is not None and block.activation is Relu:
        _, dead, zero_samples = zero_shares(y)
    elif scale is not None and block.activation in FLATNESS and not block.from_loss:
        saturated = fraction(FLATNESS[block.activation](y) < FLAT)
    probe = LayerProbe(
        layer=network.links[block.first].number,
        activation=None if block.activation is None else type_name(block.activation),
        activation_scale=scale,
        output_std=finite(total(np.sqrt(variances(y))) / y.shape[1]),
        gradient_scale=root_mean_square(grads.links[block.first][block.weights]),
        weight_scale=root_mean_square(params.links[block.first][block.weights]),
        dead=dead,
        saturated=saturated,
    )
    return probe, zero_samples


def _output_spread(predictions: Array, t: Array) -> float | None:
    """Return the root of the summed variances of predictions (n, k), divided by that of targets.

    Class numbers t (n,) count as one-hot targets, whose variances add up to Σ p (1 - p) for shares p of the classes.
    """
    if t.ndim > 1:
        of_targets = total(variances(t))
    else:
        shares = np.bincount(t) / len(t)
        of_targets = total(shares * (1 - shares))
    return ratio(math.sqrt(total(variances(predictions))), math.sqrt(of_targets))


def _arrays_in_order(
    network: Network, params: Parameters, outputs: Sequence[Array], losses: Array, grads: Parameters
) -> Iterator[tuple[str, Array]]:
    """Yield each array of a pass in the order of computation, with a name such as `layers.0.weights`."""
    links = network.links
    for i, (link, views, y) in enumerate(zip(links, params.links, outputs, strict=True)):
        yield from ((f"{link.name}.{name}", array) for name, array in views.items())
        has_activation = i + 1 < len(links) and links[i + 1].number == link.number
        yield f"{link.name}.{'preactivations' if has_activation else 'outputs'}", y
    yield "loss", losses
    for link, views in zip(reversed(links), reversed(grads.links), strict=True):
        yield from ((f"{link.name}.{name}.gradient", array) for name, array in views.items())


def _checked(cls: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields if they have the names and types of a class. Raises ValueError."""
    if set(fields) != set(cls._fields):
        raise ValueError(f"its fields are not {', '.join(cls._fields)}")
    for name, value in fields.items():
        if name in ("epoch", "layer"):
            valid = type(value) is int and value >= 0
        elif name in ("activation", "not_finite"):
            valid = value is None or isinstance(value, str)
        else:
            valid = name == "layers" or value is None or (type(value) in (int, float) and abs(value) <= MAX_NUMBER)
        if not valid:
            raise ValueError(f"its {name} is wrong")
    return dict(fields)
