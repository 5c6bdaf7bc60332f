"""The mean squared error."""

from __future__ import annotations

from typing import Literal

from nncli.arrays import Array
from nncli.nn.engine.ops import Ops
from nncli.nn.losses.base import Loss, LossBackward, mean_gradient, mean_over_outputs
from nncli.registry import register


@register
class MeanSquaredError(Loss):
    """Squared error, averaged over the k outputs and then over the n samples.

        L = Σ (t - y)² / k / n        dy = -2 (t - y) / k / n        t, y (n, k)

    Source: the book, chapter 17.
    """

    type: Literal["mse"] = "mse"

    def forward(self, y: Array, t: Array, ops: Ops) -> tuple[Array, Array, LossBackward]:
        error = t - y
        return y, mean_over_outputs(error**2), lambda: mean_gradient(error, ops, factor=-2)
