"""The network: a chain of layers, and the flat vectors that hold their parameters."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from nncli.arrays import Array, Shape
from nncli.nn.activations.base import Activation
from nncli.nn.activations.linear import Linear
from nncli.nn.engine.ops import Ops
from nncli.nn.initializers.base import Initializer
from nncli.nn.layers.base import Arrays, Backward, Layer, Penalty, Shapes, sum_penalties
from nncli.nn.losses.base import Loss


class Link(NamedTuple):
    """A layer or activation in the chain."""

    number: int  # of its entry under `layers` in the experiment file
    part: Layer | Activation
    inputs: int
    outputs: int

    @property
    def name(self) -> str:
        """The path of its entry in the experiment file."""
        return f"layers.{self.number}"

    @property
    def shapes(self) -> Shapes:
        """The shapes of its parameters."""
        return self.part.shapes(self.inputs) if isinstance(self.part, Layer) else {}

    @property
    def state_shapes(self) -> Shapes:
        """The shapes of its arrays of state."""
        return self.part.state_shapes(self.inputs) if isinstance(self.part, Layer) else {}


class Parameters(NamedTuple):
    """A flat vector for each dtype of gradient; and for each link, by name, views into them and arrays of state."""

    vectors: tuple[Array, ...]
    links: tuple[Arrays, ...]


class Network:
    """The layers of an experiment for inputs (n, inputs), and the loss that they are trained with.

    If the last activation belongs to the loss, the loss applies it and `forward` returns logits. `layers` may contain
    activations; the activation of a dense layer follows it in the chain.
    """

    def __init__(self, layers: Sequence[Layer | Activation], inputs: int, loss: Loss) -> None:
        self.loss = loss
        self.inputs = inputs
        self.links = _chain(layers, inputs)
        self.outputs = self.links[-1].outputs if self.links else inputs
        if loss.activation is not None and self.links and isinstance(self.links[-1].part, loss.activation):
            self.links.pop()
        self._forwards = [_layer_forward(link.part) for link in self.links]
        layers_at = [(i, link.part) for i, link in enumerate(self.links) if isinstance(link.part, Layer)]
        self._penalized = [(i, layer) for i, layer in layers_at if layer.penalized]
        trained_links = [i for i, link in enumerate(self.links) if link.shapes]
        self._first_trained = trained_links[0] if trained_links else len(self.links)

    def with_loss(self, loss: Loss) -> Network:
        """Return the network with another loss of the same type, such as one whose class weights are worked out."""
        network = copy.copy(self)
        network.loss = loss
        return network

    @property
    def parameter_count(self) -> int:
        """The number of trained parameters."""
        return sum(math.prod(shape) for link in self.links for shape in link.shapes.values())

    def allocate(self, dtype: np.dtype[Any], groups: Sequence[dict[str, int]]) -> Parameters:
        """Return zeros for all parameters and states; states are in no vector. `groups` as in `allocate_gradients`."""
        count = 1 + max((group for link in groups for group in link.values()), default=-1)
        vectors, links = self.allocate_gradients([dtype] * count, groups)
        state = [{name: np.zeros(shape, dtype) for name, shape in link.state_shapes.items()} for link in self.links]
        return Parameters(vectors, tuple({**views, **states} for views, states in zip(links, state, strict=True)))

    def allocate_gradients(self, dtypes: Sequence[np.dtype[Any]], groups: Sequence[dict[str, int]]) -> Parameters:
        """Return zeros for all gradients: that of parameter `name` of link i lies in vector `groups[i][name]`."""
        sizes = [0] * len(dtypes)
        places: list[dict[str, tuple[int, int, Shape]]] = []
        for link, group in zip(self.links, groups, strict=True):
            places.append({})
            for name, shape in link.shapes.items():
                places[-1][name] = (group[name], sizes[group[name]], shape)
                sizes[group[name]] += math.prod(shape)
        vectors = tuple(np.zeros(size, dtype) for size, dtype in zip(sizes, dtypes, strict=True))

        def view(group: int, start: int, shape: Shape) -> Array:
            return vectors[group][start : start + math.prod(shape)].reshape(shape)

        return Parameters(vectors, tuple({name: view(*place) for name, place in link.items()} for link in places))

    def initialize(self, params: Parameters, init: Initializer, random: np.random.RandomState) -> None:
        """Write the first values, layer by layer."""
        for link, views in zip(self.links, params.links, strict=True):
            if isinstance(link.part, Layer):
                link.part.initialize(views, init, random)

    def forward(self, params: Parameters, x: Array, ops: Ops) -> tuple[Array, Callable[[Array, Parameters], None]]:
        """Return the output (n, outputs) for x (n, inputs), and the backward pass, which writes all gradients."""
        backwards: list[Backward] = []
        for y, backward in self.trace(params, x, ops):
            x = y
            backwards.append(backward)
        return x, lambda dy, grads: self.backward(backwards, dy, params, grads, ops)

    def trace(self, params: Parameters, x: Array, ops: Ops) -> Iterator[tuple[Array, Backward]]:
        """Yield the output and the backward pass of each link for x (n, inputs), in the order of computation."""
        for forward, views in zip(self._forwards, params.links, strict=True):
            x, backward = forward(views, x, ops)
            yield x, backward

    def backward(
        self, backwards: Sequence[Backward], dy: Array, params: Parameters, grads: Parameters, ops: Ops
    ) -> None:
        """Write all gradients, given the backward pass of each link and the derivative dy by the last output."""
        for i in range(len(backwards) - 1, self._first_trained - 1, -1):
            dy, gradients = backwards[i](dy)
            for name, gradient in gradients.items():
                grads.links[i][name][...] = gradient
        for i, layer in self._penalized:
            layer.add_penalty_gradient(params.links[i], grads.links[i], ops)

    def predict(self, params: Parameters, x: Array, ops: Ops) -> Array:
        """Return predictions (n, outputs) for x (n, inputs)."""
        for forward, views in zip(self._forwards, params.links, strict=True):
            x = forward(views, x, ops)[0]  # drops the backward pass, which holds arrays
        return self.loss.predictions(x, ops)

    def penalty(self, params: Parameters, ops: Ops) -> Penalty:
        """Return the penalty that regularization adds to the loss: the sum over layers, in order."""
        return sum_penalties([layer.penalty(params.links[i], ops) for i, layer in self._penalized])

    @np.errstate(all="ignore")  # only dtypes matter here, and samples may hold numbers that overflow
    def gradient_dtypes(self, x: Array, t: Array, ops: Ops) -> list[dict[str, np.dtype[Any]]]:
        """Return the dtype of each parameter's gradient in this arithmetic, found by one pass over samples x, t.

        Products are rounded to the dtype of `ops`. Sums, such as gradients of biases, keep the dtype of their terms,
        which in book precision is float64 for float64 targets and before a dropout mask.
        """
        params = self.allocate(ops.dtype, [dict.fromkeys(link.shapes, 0) for link in self.links])
        backwards: list[Backward] = []
        for y, backward in self.trace(params, x, ops):
            x = y
            backwards.append(backward)
        dy = self.loss.forward(x, t, ops)[2]()
        dtypes: list[dict[str, np.dtype[Any]]] = []
        for backward in reversed(backwards):
            dy, gradients = backward(dy)
            dtypes.insert(0, {name: gradient.dtype for name, gradient in gradients.items()})
        return dtypes


def _layer_forward(part: Layer | Activation) -> Callable[[Arrays, Array, Ops], tuple[Array, Backward]]:
    """Return the forward pass of a layer, or of an activation with the signature of a layer's."""
    if isinstance(part, Layer):
        return part.forward

    def forward(params: Arrays, x: Array, ops: Ops) -> tuple[Array, Backward]:
        y, backward = part.forward(x, ops)
        return y, lambda dy: (backward(dy), {})

    return forward


def _chain(layers: Sequence[Layer | Activation], inputs: int) -> list[Link]:
    """Return layers and activations in the order of computation, without linear ones, which pass on their input."""
    links: list[Link] = []
    for number, entry in enumerate(layers):
        for part in entry.parts() if isinstance(entry, Layer) else (entry,):
            if isinstance(part, Linear):
                continue
            outputs = part.outputs(inputs) if isinstance(part, Layer) else inputs
            links.append(Link(number, part, inputs, outputs))
            inputs = outputs
    return links
