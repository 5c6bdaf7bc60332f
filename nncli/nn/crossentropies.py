"""Losses of classes: how little probability the network gives to what is true."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np
from annotated_types import Ge, Lt

from nncli.nn.activations import Sigmoid, Softmax
from nncli.nn.class_weights import ClassWeights, Weights, fitted, sample_weights
from nncli.nn.losses import LastActivation, Loss, LossBackward, mean_over_outputs, mean_slope
from nncli.nn.ops import Array, Ops
from nncli.nn.rectifiers import Softplus
from nncli.registry import Help, register

SMALLEST = 1e-7  # the book clips probabilities to [1e-7, 1 - 1e-7] before taking logarithms


@register
class BinaryCrossentropy(Loss):
    """Minus the logarithm of the probability p = σ(z) given to what is true, mean over outputs and samples.

        L = -Σ (t log p + (1 - t) log(1 - p)) / k / n = Σ (log(1 + eᶻ) - t z) / k / n
        dz = (p - t) / k / n                                      t, p, z (n, k), t 0 or 1

    Book precision takes p clipped to [1e-7, 1 - 1e-7], and dz through dp = -(t / p - (1 - t) / (1 - p)) / k / n.
    Class weights multiply what a sample adds to L, and its row of dz, by the weight of its class.

    Source: the book, chapter 16; King and Zeng 2001 for the weights.
    """

    type: Literal["binary_crossentropy"] = "binary_crossentropy"
    class_weights: ClassWeights = None
    activation: ClassVar[LastActivation] = Sigmoid
    crossentropy: ClassVar[Literal["binary", "categorical"] | None] = "binary"

    def fitted(self, t: Array, classes: Mapping[str, int]) -> Loss:
        return dataclasses.replace(self, class_weights=fitted(self.class_weights, t, classes))

    def weights_of_classes(self) -> Weights | None:
        return self.class_weights

    def forward(self, y: Array, t: Array, ops: Ops) -> tuple[Array, Array, LossBackward]:
        if ops.book:
            return self._clipped(y, t, ops)
        weights = sample_weights(self.class_weights, t, y.dtype, ops)
        losses, _ = Softplus().forward(y, ops)
        np.subtract(losses, np.multiply(t, y, out=ops.empty(y.shape, y.dtype)), out=losses)
        p, _ = Sigmoid().forward(y, ops)  # last, as it may write over y

        def backward() -> Array:
            slope = mean_slope(np.subtract(p, t, out=ops.empty(p.shape, p.dtype)), ops)
            return slope if weights is None else np.multiply(slope, weights, out=slope)

        return p, _weighed(mean_over_outputs(losses, ops), weights), backward

    def _clipped(self, y: Array, t: Array, ops: Ops) -> tuple[Array, Array, LossBackward]:
        weights = sample_weights(self.class_weights, t, y.dtype, ops)
        t = ops.promoted(t, y)
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
            mean_slope(slope, ops)
            if weights is not None:
                np.multiply(slope, weights, out=slope)
            return sigmoid_backward(slope)

        losses = mean_over_outputs(np.negative(losses, out=losses), ops)
        return p, _weighed(losses, weights), backward


@register
class CategoricalCrossentropy(Loss):
    """Minus the logarithm of the probability p = softmax(z) given to the true class, mean over samples.

        L = -Σₙ log p[t] / n = Σₙ (log Σₖ eᶻ - z[t]) / n        dz = (p - [class is t]) / n      p, z (n, k), t (n,)

    Book precision clips p to [1e-7, 1 - 1e-7] for the value of L. Label smoothing s has all classes share a part:

        L = -Σₙ Σₖ q log p / n        dz = (p - q) / n        q = (1 - s) [class is t] + s / k

    Class weights multiply what a sample adds to L, and its row of dz, by the weight of its class.

    Source: the book, chapters 5 and 9; Szegedy et al. 2016, section 7, for q; King and Zeng 2001 for the weights.
    """

    type: Literal["categorical_crossentropy"] = "categorical_crossentropy"
    label_smoothing: Annotated[float, Ge(0), Lt(1), Help("the part of a target that all classes share")] = 0.0
    class_weights: ClassWeights = None
    activation: ClassVar[LastActivation] = Softmax
    targets: ClassVar[Literal["values", "labels"]] = "labels"
    crossentropy: ClassVar[Literal["binary", "categorical"] | None] = "categorical"

    def fitted(self, t: Array, classes: Mapping[str, int]) -> Loss:
        return dataclasses.replace(self, class_weights=fitted(self.class_weights, t, classes))

    def weights_of_classes(self) -> Weights | None:
        return self.class_weights

    def forward(self, y: Array, t: Array, ops: Ops) -> tuple[Array, Array, LossBackward]:
        n, k = y.shape
        weights = sample_weights(self.class_weights, t, y.dtype, ops)
        at_target = np.add(ops.counting(n * k, k), t, out=ops.empty((n,), np.intp))  # places in the flat array
        highest = ops.row_maximum(y)
        shifted = np.subtract(y, highest, out=ops.reuse(y, y.dtype))
        at_class = np.take(shifted, at_target, out=ops.empty((n,), y.dtype), mode="clip")
        if not ops.book:
            self._smooth(at_class, shifted, ops)
        p = np.exp(shifted, out=shifted)
        total = ops.row_sums(p)
        np.divide(p, total, out=p)
        if ops.book:
            losses = self._clipped(p, at_target, at_class, ops)
        else:
            losses = np.subtract(np.log(total, out=total).reshape(n), at_class, out=at_class)

        def backward() -> Array:
            true: Array = np.equal(t.reshape(n, 1), ops.counting(k), out=ops.empty(p.shape, bool))
            if self.label_smoothing:
                true = np.multiply(true, 1 - self.label_smoothing, out=ops.empty(p.shape, p.dtype))
                np.add(true, self.label_smoothing / k, out=true)
            slope = np.subtract(p, true, out=ops.empty(p.shape, p.dtype))
            np.divide(slope, n, out=slope)
            return slope if weights is None else np.multiply(slope, weights, out=slope)

        return p, _weighed(losses, weights), backward

    def _clipped(self, p: Array, at_target: Array, at_class: Array, ops: Ops) -> Array:
        """The losses (n,) as the book has them, written over `at_class`."""
        clipped = _clip(p, ops)
        np.take(clipped, at_target, out=at_class, mode="clip")
        np.log(at_class, out=at_class)
        if self.label_smoothing:
            self._smooth(at_class, np.log(clipped, out=clipped), ops)
        return np.negative(at_class, out=at_class)

    def _smooth(self, at_class: Array, logarithms: Array, ops: Ops) -> None:
        """Makes the logarithms at the true classes (n,) the means, by q, of those of all classes (n, k)."""
        if self.label_smoothing:
            n, k = logarithms.shape
            shared = ops.row_sums(logarithms).reshape(n)
            np.multiply(shared, self.label_smoothing / k, out=shared)
            np.add(np.multiply(at_class, 1 - self.label_smoothing, out=at_class), shared, out=at_class)


def _weighed(losses: Array, weights: Array | None) -> Array:
    """Losses (n,) times the weights (n, 1) of their samples."""
    return losses if weights is None else np.multiply(losses, weights.reshape(-1), out=losses)


def _clip(p: Array, ops: Ops) -> Array:
    """P within [1e-7, 1 - 1e-7]."""
    c = np.maximum(p, ops.full(SMALLEST, p.shape, p.dtype), out=ops.empty(p.shape, p.dtype))
    return np.minimum(c, ops.full(1 - SMALLEST, p.shape, p.dtype), out=c)
