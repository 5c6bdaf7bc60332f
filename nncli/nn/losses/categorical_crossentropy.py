"""Cross-entropy of classes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np
from annotated_types import Ge, Lt

from nncli.arrays import Array
from nncli.nn.activations.softmax import Softmax
from nncli.nn.engine.ops import Ops
from nncli.nn.losses.base import LastActivation, Loss, LossBackward
from nncli.nn.losses.class_weights import ClassWeights, Weights, apply_weights, sample_weights, with_class_weights
from nncli.nn.losses.probabilities import clip
from nncli.registry import Help, register


@register
class CategoricalCrossentropy(Loss):
    """Negative logarithm of the probability that p = softmax(z) gives to the true class, averaged over samples.

        L = -Σₙ log p[t] / n = Σₙ (log Σₖ eᶻ - z[t]) / n        dz = (p - [class is t]) / n      p, z (n, k), t (n,)

    Book precision clips p to [1e-7, 1 - 1e-7] for the value of L. Label smoothing spreads a part s over all classes:

        L = -Σₙ Σₖ q log p / n        dz = (p - q) / n        q = (1 - s) [class is t] + s / k

    Class weights multiply a sample's term in L, and its row of dz, by the weight of its class.

    Source: the book, chapters 5 and 9; Szegedy et al. 2016, section 7, for q; King and Zeng 2001 for the weights.
    """

    type: Literal["categorical_crossentropy"] = "categorical_crossentropy"
    label_smoothing: Annotated[float, Ge(0), Lt(1), Help("fraction of each target spread over all classes")] = 0.0
    class_weights: ClassWeights = None
    activation: ClassVar[LastActivation] = Softmax
    targets: ClassVar[Literal["values", "labels"]] = "labels"
    crossentropy: ClassVar[Literal["binary", "categorical"] | None] = "categorical"

    def with_class_weights(self, t: Array, classes: Mapping[str, int]) -> Loss:
        return dataclasses.replace(self, class_weights=with_class_weights(self.class_weights, t, classes))

    def current_class_weights(self) -> Weights | None:
        return self.class_weights

    def forward(self, z: Array, t: Array, ops: Ops) -> tuple[Array, Array, LossBackward]:
        n, k = z.shape
        weights = sample_weights(self.class_weights, t, z.dtype, ops)
        true = ops.constant(np.arange(0, n * k, k)) + t  # index of each true class in the flattened (n, k)
        shifted = z - ops.row_maximum(z)
        shifted_at_true = self._smooth(np.take(shifted, true, mode="clip"), shifted, ops)
        exponentials = np.exp(shifted)
        total = ops.row_sums(exponentials)
        p = exponentials / total
        if ops.book:
            clipped = clip(p)
            losses = -self._smooth(np.log(np.take(clipped, true, mode="clip")), np.log(clipped), ops)
        else:
            losses = np.log(total).reshape(n) - shifted_at_true

        def backward() -> Array:
            q = t.reshape(n, 1) == ops.constant(np.arange(k))
            if self.label_smoothing:
                q = q.astype(p.dtype) * (1 - self.label_smoothing) + self.label_smoothing / k
            return apply_weights((p - q) / n, weights)

        return p, apply_weights(losses, weights), backward

    def _smooth(self, at_true: Array, logarithms: Array, ops: Ops) -> Array:
        """Return Σₖ q a for logarithms a (n, k); `at_true` (n,) holds those of the true classes."""
        if not self.label_smoothing:
            return at_true
        n, k = logarithms.shape
        shared = ops.row_sums(logarithms).reshape(n) * (self.label_smoothing / k)
        return at_true * (1 - self.label_smoothing) + shared
