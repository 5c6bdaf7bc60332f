"""The hyperbolic tangent."""

from __future__ import annotations

from typing import Literal

import numpy as np

from nncli.arrays import Array
from nncli.nn.activations.base import Activation, ActivationBackward
from nncli.registry import register


@register
class Tanh(Activation):
    """Hyperbolic tangent: maps each entry into the range from -1 to 1.

        y = tanh x        dx = dy (1 - y²)

    Source: LeCun et al. 1998, Efficient BackProp, section 4.4.
    """

    type: Literal["tanh"] = "tanh"

    def forward(self, x: Array) -> tuple[Array, ActivationBackward]:
        y = np.tanh(x)
        return y, lambda dy: dy * (1 - y**2)
