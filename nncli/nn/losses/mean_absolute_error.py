"""The mean absolute error."""

from __future__ import annotations

from typing import Literal

import numpy as np

from nncli.arrays import Array
from nncli.nn.engine.ops import Ops
from nncli.nn.losses.base import Loss, LossBackward, mean_gradient, mean_over_outputs
from nncli.registry import register


@register
class MeanAbsoluteError(Loss):
    """Absolute error, averaged over the k outputs and then over the n samples.

        L = Σ |t - y| / k / n        dy = sign(y - t) / k / n        t, y (n, k)

    Source: the book, chapter 17, except for the sign of dy: the book's is wrong and makes the loss grow.
    """

    type: Literal["mae"] = "mae"

    def forward(self, y: Array, t: Array, ops: Ops) -> tuple[Array, Array, LossBackward]:
        error = y - t
        return y, mean_over_outputs(np.abs(error)), lambda: mean_gradient(np.sign(error), ops)
