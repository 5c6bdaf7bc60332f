"""The Huber loss."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from annotated_types import Gt

from nncli.arrays import Array
from nncli.nn.engine.ops import Ops
from nncli.nn.losses.base import Loss, LossBackward, mean_gradient, mean_over_outputs
from nncli.registry import Help, register


@register
class Huber(Loss):
    """Squared error near the targets, absolute error beyond delta, so that outliers count less than in mse.

        L = Σ h / k / n        h = e² / 2 where |e| <= delta, else delta (|e| - delta / 2)        e = y - t
        dy = clip(e, -delta, delta) / k / n                                                    t, y (n, k)

    Source: Huber 1964; the default of delta is that of Keras.
    """

    type: Literal["huber"] = "huber"
    delta: Annotated[float, Gt(0), Help("error above which the loss grows linearly")] = 1.0
    example: ClassVar[dict[str, Any]] = {"delta": 0.7}

    def forward(self, y: Array, t: Array, ops: Ops) -> tuple[Array, Array, LossBackward]:
        error = y - t
        clipped = np.minimum(np.maximum(error, -self.delta), self.delta)
        losses = clipped * (error - 0.5 * clipped)  # c (e - c / 2) is h in both cases
        return y, mean_over_outputs(losses), lambda: mean_gradient(clipped, ops)
