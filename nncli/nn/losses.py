"""Losses: how far the network's output is from the targets, and the derivative of that."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np

from nncli.nn.activations import Activation, Sigmoid, Softmax
from nncli.nn.ops import Array, Ops
from nncli.registry import kind, register

LossBackward: TypeAlias = Callable[[], Array]
LastActivation: TypeAlias = type[Activation] | None

SMALLEST = 1e-7  # the book clips probabilities to [1e-7, 1 - 1e-7] before taking logarithms


@kind
class Loss(ABC):
    """Compares outputs (n, k) with targets, sample by sample; the loss of a batch is the mean over its n samples.

    `activation` is the one that must stand last in the network for this loss. The loss then takes the logits, what
    goes into that activation, and applies it itself: taken together, the two have a stable value and a simple slope.
    """

    __slots__ = ()
    example: ClassVar[dict[str, Any]] = {}
    activation: ClassVar[LastActivation] = None
    targets: ClassVar[Literal["values", "labels"]] = "values"  # (n, k) numbers, or (n,) class numbers

    @abstractmethod
    def forward(self, y: Array, t: Array, ops: Ops) -> tuple[Array, Array, LossBackward]:
        """Predictions (n, k), the loss of each sample (n,), and the backward pass, which gives the mean's slope dy."""

    def predictions(self, y: Array, ops: Ops) -> Array:
        """What the network says for its output y: the activation that belongs to the loss, applied."""
        return y if self.activation is None else self.activation().forward(y, ops)[0]


@register
@dataclass(frozen=True, slots=True, kw_only=True)
class MeanSquaredError(Loss):
    """Averages the squared error over the k outputs, then over the n samples.

        L = Σ (t - y)² / k / n        dy = -2 (t - y) / k / n        t, y (n, k)

    Source: the book, chapter 17.
    """

    type: Literal["mse"] = "mse"

    def forward(self, y: Array, t: Array, ops: Ops) -> tuple[Array, Array, LossBackward]:
        n, k = y.shape
        error = np.subtract(t, y, out=ops.empty(y.shape, np.result_type(t, y)))
        square = np.square(error, out=ops.empty(error.shape, error.dtype))

        def backward() -> Array:
            np.multiply(error, -2, out=error)
            return np.divide(np.divide(error, k, out=error), n, out=error)

        return y, _mean_over_outputs(square, ops), backward


@register
@dataclass(frozen=True, slots=True, kw_only=True)
class MeanAbsoluteError(Loss):
    """Averages the absolute error over the k outputs, then over the n samples.

        L = Σ |t - y| / k / n        dy = sign(y - t) / k / n        t, y (n, k)

    Source: the book, chapter 17, where the slope has the wrong sign: it climbs.
    """

    type: Literal["mae"] = "mae"

    def forward(self, y: Array, t: Array, ops: Ops) -> tuple[Array, Array, LossBackward]:
        n, k = y.shape
        error = np.subtract(y, t, out=ops.empty(y.shape, np.result_type(t, y)))
        size = np.abs(error, out=ops.empty(error.shape, error.dtype))

        def backward() -> Array:
            np.sign(error, out=error)
            return np.divide(np.divide(error, k, out=error), n, out=error)

        return y, _mean_over_outputs(size, ops), backward


@register
@dataclass(frozen=True, slots=True, kw_only=True)
class BinaryCrossentropy(Loss):
    """Minus the logarithm of the probability p = σ(z) given to what is true, mean over outputs and samples.

        L = -Σ (t log p + (1 - t) log(1 - p)) / k / n = Σ (log(1 + eᶻ) - t z) / k / n
        dz = (p - t) / k / n                                      t, p, z (n, k), t 0 or 1

    Book precision takes p clipped to [1e-7, 1 - 1e-7], and dz through dp = -(t / p - (1 - t) / (1 - p)) / k / n.

    Source: the book, chapter 16.
    """

    type: Literal["binary_crossentropy"] = "binary_crossentropy"
    activation: ClassVar[LastActivation] = Sigmoid

    def forward(self, y: Array, t: Array, ops: Ops) -> tuple[Array, Array, LossBackward]:
        if ops.book:
            return self._clipped(y, t, ops)
        n, k = y.shape
        losses = np.logaddexp(0, y, out=ops.empty(y.shape, y.dtype))
        np.subtract(losses, np.multiply(t, y, out=ops.empty(y.shape, y.dtype)), out=losses)
        p, _ = Sigmoid().forward(y, ops)  # last, as it may write over y

        def backward() -> Array:
            slope = np.subtract(p, t, out=ops.empty(p.shape, p.dtype))
            np.divide(slope, n * k, out=slope)
            return slope

        return p, _mean_over_outputs(losses, ops), backward

    def _clipped(self, y: Array, t: Array, ops: Ops) -> tuple[Array, Array, LossBackward]:
        n, k = y.shape
        p, sigmoid_backward = Sigmoid().forward(y, ops)
        c = _clip(p, ops)
        not_c = np.subtract(1, c, out=ops.empty(c.shape, c.dtype))
        not_t = np.subtract(1, t, out=ops.empty(t.shape, t.dtype))
        losses = np.multiply(t, np.log(c, out=ops.empty(c.shape, c.dtype)), out=ops.empty(c.shape, c.dtype))
        rest = np.log(not_c, out=ops.empty(c.shape, c.dtype))
        np.add(losses, np.multiply(not_t, rest, out=rest), out=losses)

        def backward() -> Array:
            slope = np.divide(t, c, out=ops.empty(c.shape, c.dtype))
            np.subtract(slope, np.divide(not_t, not_c, out=not_c), out=slope)
            np.negative(slope, out=slope)
            np.divide(np.divide(slope, k, out=slope), n, out=slope)
            return sigmoid_backward(slope)

        return p, _mean_over_outputs(np.negative(losses, out=losses), ops), backward


@register
@dataclass(frozen=True, slots=True, kw_only=True)
class CategoricalCrossentropy(Loss):
    """Minus the logarithm of the probability p = softmax(z) given to the true class, mean over samples.

        L = -Σₙ log p[t] / n = Σₙ (log Σₖ eᶻ - z[t]) / n        dz = (p - [class is t]) / n      p, z (n, k), t (n,)

    Book precision clips p to [1e-7, 1 - 1e-7] for the value of L.

    Source: the book, chapters 5 and 9.
    """

    type: Literal["categorical_crossentropy"] = "categorical_crossentropy"
    activation: ClassVar[LastActivation] = Softmax
    targets: ClassVar[Literal["values", "labels"]] = "labels"

    def forward(self, y: Array, t: Array, ops: Ops) -> tuple[Array, Array, LossBackward]:
        n, k = y.shape
        at_target = np.add(ops.counting(n * k, k), t, out=ops.empty((n,), np.intp))  # places in the flat array
        highest = np.maximum.reduce(y, axis=1, keepdims=True, out=ops.empty((n, 1), y.dtype))
        shifted = np.subtract(y, highest, out=ops.reuse(y, y.dtype))
        at_class = np.take(shifted, at_target, out=ops.empty((n,), y.dtype), mode="clip")
        p = np.exp(shifted, out=shifted)
        total = np.add.reduce(p, axis=1, keepdims=True, out=ops.empty((n, 1), y.dtype))
        np.divide(p, total, out=p)
        if ops.book:
            np.take(_clip(p, ops), at_target, out=at_class, mode="clip")
            losses = np.negative(np.log(at_class, out=at_class), out=at_class)
        else:
            losses = np.subtract(np.log(total, out=total).reshape(n), at_class, out=at_class)

        def backward() -> Array:
            is_class = np.equal(t.reshape(n, 1), ops.counting(k), out=ops.empty(p.shape, bool))
            slope = np.subtract(p, is_class, out=ops.empty(p.shape, p.dtype))
            return np.divide(slope, n, out=slope)

        return p, losses, backward


def _mean_over_outputs(losses: Array, ops: Ops) -> Array:
    """(n, k) to (n,), with the bits of `np.mean(losses, axis=-1)`."""
    n, k = losses.shape
    if k == 1:
        return losses.reshape(n)
    mean = np.add.reduce(losses, axis=-1, out=ops.empty((n,), losses.dtype))
    return np.divide(mean, k, out=mean)


def _clip(p: Array, ops: Ops) -> Array:
    """P within [1e-7, 1 - 1e-7]."""
    c = np.maximum(p, SMALLEST, out=ops.empty(p.shape, p.dtype))
    return np.minimum(c, 1 - SMALLEST, out=c)
