"""Activations: a function of each sample, without parameters."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np

from nncli.nn.ops import Array, Ops
from nncli.registry import kind, register

ActivationBackward: TypeAlias = Callable[[Array], Array]


@kind
class Activation(ABC):
    """A function of a batch x (n, k) to y (n, k); its backward pass takes dy, which it may overwrite, to dx."""

    __slots__ = ()
    example: ClassVar[dict[str, Any]] = {}

    @abstractmethod
    def forward(self, x: Array, ops: Ops) -> tuple[Array, ActivationBackward]:
        """The output y and the backward pass."""


@register
class Linear(Activation):
    """Passes its input on.

        y = x        dx = dy

    Source: the book, chapter 17.
    """

    type: Literal["linear"] = "linear"

    def forward(self, x: Array, ops: Ops) -> tuple[Array, ActivationBackward]:
        return x, lambda dy: dy


@register
class Relu(Activation):
    """Rectified linear unit: passes on what is positive.

        y = max(x, 0)        dx = dy where x > 0, else 0

    Source: Nair and Hinton 2010; the book, chapters 4 and 9.
    """

    type: Literal["relu"] = "relu"

    def forward(self, x: Array, ops: Ops) -> tuple[Array, ActivationBackward]:
        y = np.maximum(x, ops.zeros(x.shape, x.dtype), out=ops.reuse(x, x.dtype))
        positive = np.greater(y, 0, out=ops.empty(y.shape, bool))
        return ops.spare(y), lambda dy: np.multiply(dy, positive, out=dy)


@register
class Sigmoid(Activation):
    """Squeezes each entry between 0 and 1.

        y = 1 / (1 + e⁻ˣ)        dx = dy (1 - y) y

    Source: the book, chapter 16.
    """

    type: Literal["sigmoid"] = "sigmoid"

    def forward(self, x: Array, ops: Ops) -> tuple[Array, ActivationBackward]:
        y = np.negative(x, out=ops.reuse(x, x.dtype))
        np.divide(1, np.add(np.exp(y, out=y), 1, out=y), out=y)

        def backward(dy: Array) -> Array:
            np.multiply(dy, np.subtract(1, y, out=ops.empty(y.shape, y.dtype)), out=dy)
            return np.multiply(dy, y, out=dy)

        return y, backward


@register
class Softmax(Activation):
    """Turns each row into probabilities that sum to 1.

        y = eˣ / Σₖ eˣ        dx = y (dy - Σₖ dy y)        with the row's maximum taken off x first

    Source: the book, chapters 4 and 9.
    """

    type: Literal["softmax"] = "softmax"

    def forward(self, x: Array, ops: Ops) -> tuple[Array, ActivationBackward]:
        highest = ops.row_maximum(x)
        y = np.subtract(x, highest, out=ops.reuse(x, x.dtype))
        np.exp(y, out=y)
        np.divide(y, ops.row_sums(y), out=y)

        def backward(dy: Array) -> Array:
            weighted = np.multiply(dy, y, out=ops.empty(y.shape, dy.dtype))
            mean = ops.row_sums(weighted)
            return np.multiply(np.subtract(dy, mean, out=dy), y, out=dy)

        return y, backward


@register
class Tanh(Activation):
    """Squeezes each entry between -1 and 1.

        y = tanh x        dx = dy (1 - y²)

    Source: LeCun et al. 1998, Efficient BackProp, section 4.4.
    """

    type: Literal["tanh"] = "tanh"

    def forward(self, x: Array, ops: Ops) -> tuple[Array, ActivationBackward]:
        y = np.tanh(x, out=ops.reuse(x, x.dtype))

        def backward(dy: Array) -> Array:
            slope = np.square(y, out=ops.empty(y.shape, y.dtype))
            return np.multiply(dy, np.subtract(1, slope, out=slope), out=dy)

        return y, backward
