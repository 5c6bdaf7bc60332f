"""Cross-entropy of binary targets."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import ClassVar, Literal

import numpy as np

from nncli.arrays import Array
from nncli.nn.activations.sigmoid import Sigmoid
from nncli.nn.activations.softplus import Softplus
from nncli.nn.engine.ops import Ops
from nncli.nn.losses.base import LastActivation, Loss, LossBackward, mean_gradient, mean_over_outputs
from nncli.nn.losses.class_weights import ClassWeights, Weights, apply_weights, sample_weights, with_class_weights
from nncli.nn.losses.probabilities import clip
from nncli.registry import register


@register
class BinaryCrossentropy(Loss):
    """Negative logarithm of the probability that p = σ(z) gives to the truth, averaged over outputs and samples.

        L = -Σ (t log p + (1 - t) log(1 - p)) / k / n = Σ (log(1 + eᶻ) - t z) / k / n
        dz = (p - t) / k / n                                      t, p, z (n, k), t 0 or 1

    Book precision clips p to [1e-7, 1 - 1e-7] and computes dz through dp = -(t / p - (1 - t) / (1 - p)) / k / n.
    Class weights multiply a sample's term in L, and its row of dz, by the weight of its class.

    Source: the book, chapter 16; King and Zeng 2001 for the weights.
    """

    type: Literal["binary_crossentropy"] = "binary_crossentropy"
    class_weights: ClassWeights = None
    activation: ClassVar[LastActivation] = Sigmoid
    crossentropy: ClassVar[Literal["binary", "categorical"] | None] = "binary"

    def with_class_weights(self, t: Array, classes: Mapping[str, int]) -> Loss:
        return dataclasses.replace(self, class_weights=with_class_weights(self.class_weights, t, classes))

    def current_class_weights(self) -> Weights | None:
        return self.class_weights

    def forward(self, z: Array, t: Array, ops: Ops) -> tuple[Array, Array, LossBackward]:
        weights = sample_weights(self.class_weights, t, z.dtype, ops)
        if ops.book:
            p, losses, backward = _forward_clipped(z, t, ops)
        else:
            p, losses, backward = _forward_logits(z, t, ops)
        return p, apply_weights(mean_over_outputs(losses), weights), lambda: backward(weights)


def _forward_logits(z: Array, t: Array, ops: Ops) -> tuple[Array, Array, Callable[[Array | None], Array]]:
    log_1_plus_exp, _ = Softplus().forward(z)
    p, _ = Sigmoid().forward(z)
    return p, log_1_plus_exp - t * z, lambda weights: apply_weights(mean_gradient(p - t, ops), weights)


def _forward_clipped(z: Array, t: Array, ops: Ops) -> tuple[Array, Array, Callable[[Array | None], Array]]:
    t = t.astype(np.result_type(t, z), copy=False)  # once; NumPy would promote t in every call
    p, sigmoid_backward = Sigmoid().forward(z)
    c = clip(p)
    not_c, not_t = 1 - c, 1 - t
    losses = -(t * np.log(c) + not_t * np.log(not_c))

    def backward(weights: Array | None) -> Array:
        dp = mean_gradient(-(t / c - not_t / not_c), ops)
        return sigmoid_backward(apply_weights(dp, weights))

    return p, losses, backward
