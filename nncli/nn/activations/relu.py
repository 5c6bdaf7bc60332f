"""The rectified linear unit and its leaky variant."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Le

from nncli.arrays import Array
from nncli.nn.activations.base import Activation, ActivationBackward
from nncli.registry import Help, register


@register
class Relu(Activation):
    """Rectified linear unit: zero for negative inputs.

        y = max(x, 0)        dx = dy where y > 0, else 0

    Source: Nair and Hinton 2010; the book, chapters 4 and 9.
    """

    type: Literal["relu"] = "relu"

    def forward(self, x: Array) -> tuple[Array, ActivationBackward]:
        y = np.maximum(x, 0)
        positive = y > 0
        return y, lambda dy: dy * positive


@register
class LeakyRelu(Activation):
    """Leaky rectified linear unit: a small slope instead of zero for negative inputs.

        y = max(x, a x)        dx = dy where y > 0, else a dy        a = negative_slope

    Source: Maas, Hannun and Ng 2013; name and default of the slope as in Keras 3, keras.activations.leaky_relu (its
    layer LeakyReLU has 0.3, the paper 0.01).
    """

    type: Literal["leaky_relu"] = "leaky_relu"
    negative_slope: Annotated[float, Ge(0), Le(1), Help("slope for negative inputs")] = 0.2

    def forward(self, x: Array) -> tuple[Array, ActivationBackward]:
        y = np.maximum(x, self.negative_slope * x)
        positive = (y > 0).astype(y.dtype)
        return y, lambda dy: dy * np.maximum(positive, self.negative_slope)
