"""Probes: measure each layer of a network between two epochs, to find out later why it does not learn.

A probe is a forward and a backward pass of its own over some training samples, as in an evaluation: without dropout,
and with the running statistics of batch_norm. It changes nothing and draws no random number.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
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


class Block(NamedTuple):
    """A link with parameters, and the links without parameters that follow it."""

    first: int  # index of the link with parameters
    last: int  # index of the link whose outputs are those of the block
    weights: str  # name of its first array of parameters
    activation: type[Activation] | None
    from_loss: bool  # whether the loss applies the activation


class ZeroShares(NamedTuple):
    """Fractions of zeros in outputs (n, units)."""

    outputs: float
    units: float  # that are zero for all samples
    samples: float  # for which all units are zero


@np.errstate(all="ignore")
def probe(network: Network, params: Parameters, samples: Samples, ops: Ops, epoch: int = 0) -> Probe:
    """Measure a network on samples in the form that it takes; `ops` must be those of an evaluation."""
    x, t = samples.inputs, samples.t
    trace = list(network.trace(params, x, ops))
    outputs = [y for y, _ in trace]
    predictions, losses, loss_backward = network.loss.forward(outputs[-1] if outputs else x, t, ops)
    groups = [dict.fromkeys(link.shapes, 0) for link in network.links]
    grads = network.allocate_gradients([np.dtype(np.float64)], groups)
    network.backward([backward for _, backward in trace], loss_backward(), params, grads, ops)
    blocks = blocks_of(network)
    of_blocks = [predictions if block.from_loss else outputs[block.last] for block in blocks]
    arrays = _arrays_in_order(network, params, outputs, losses, grads)
    return Probe(
        epoch,
        _finite(np.mean(losses, dtype=np.float64)),
        _output_spread(predictions, t),
        _dark(blocks, of_blocks),
        tuple(_layer_probe(network, block, y, params, grads) for block, y in zip(blocks, of_blocks, strict=True)),
        next((name for name, array in arrays if not np.isfinite(array).all()), None),
    )


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


def update_ratios(network: Network, before: Parameters, after: Parameters) -> list[float | None]:
    """Return the norm of the change of each layer's weights, divided by the norm of the weights before."""
    ratios = []
    for block in blocks_of(network):
        w = before.links[block.first][block.weights].astype(np.float64)
        change = after.links[block.first][block.weights] - w
        ratios.append(_ratio(np.linalg.norm(change), np.linalg.norm(w)))
    return ratios


def zero_shares(y: Array) -> ZeroShares:
    """Return the fractions of zeros in outputs (n, units); all NaN if an output is not finite."""
    if not np.isfinite(y).all():
        return ZeroShares(math.nan, math.nan, math.nan)
    zero = y == 0
    return ZeroShares(float(zero.mean()), float(zero.all(axis=0).mean()), float(zero.all(axis=1).mean()))


def _layer_probe(network: Network, block: Block, y: Array, params: Parameters, grads: Parameters) -> LayerProbe:
    return LayerProbe(
        layer=network.links[block.first].number,
        activation=None if block.activation is None else type_name(block.activation),
        activation_scale=_root_mean_square(y),
        output_std=_finite(np.mean(np.sqrt(_variances(y)))),
        gradient_scale=_root_mean_square(grads.links[block.first][block.weights]),
        weight_scale=_root_mean_square(params.links[block.first][block.weights]),
        dead=_finite(zero_shares(y).units) if block.activation is Relu else None,
        saturated=None if block.from_loss else _saturated(y, block.activation),
    )


def _dark(blocks: Sequence[Block], outputs: Sequence[Array]) -> float | None:
    """Return the fraction of samples for which no unit of the first activation fires, None unless that is relu."""
    active = [(block, y) for block, y in zip(blocks, outputs, strict=True) if block.activation is not None]
    return _finite(zero_shares(active[0][1]).samples) if active and active[0][0].activation is Relu else None


def _saturated(y: Array, activation: type[Activation] | None) -> float | None:
    """Return the fraction of outputs in the flat ends of a sigmoid or tanh, None for other activations."""
    if activation is Sigmoid:
        flat = (y * (1 - y)) < FLAT / 4  # the derivative is at most 1 / 4
    elif activation is Tanh:
        flat = 1 - y**2 < FLAT
    else:
        return None
    return float(flat.mean()) if np.isfinite(y).all() else None


def _output_spread(predictions: Array, t: Array) -> float | None:
    """Return the root of the summed variances of predictions (n, k), divided by that of targets.

    Class numbers t (n,) count as one-hot targets, whose variances add up to Σ p (1 - p) for shares p of the classes.
    """
    if t.ndim > 1:
        of_targets = _variances(t).sum()
    else:
        shares = np.bincount(t) / len(t)
        of_targets = np.sum(shares * (1 - shares))
    return _ratio(np.sqrt(_variances(predictions).sum()), np.sqrt(of_targets))


def _variances(y: Array) -> Array:
    """Return the variance (k,) of each column of y (n, k), in float64."""
    y = y.astype(np.float64)
    y -= y.mean(axis=0)
    return np.asarray(np.einsum("ij,ij->j", y, y) / len(y))


def _root_mean_square(x: Array) -> float | None:
    x = x.reshape(-1).astype(np.float64, copy=False)
    return _finite(np.sqrt(np.dot(x, x) / x.size))


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


def _ratio(a: Any, b: Any) -> float | None:
    return _finite(a / b) if b else None


def _finite(number: Any) -> float | None:
    return float(number) if math.isfinite(number) else None
