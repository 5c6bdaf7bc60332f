"""The logistic sigmoid."""

from __future__ import annotations

from typing import Literal

import numpy as np

from nncli.arrays import Array
from nncli.nn.activations.base import Activation, ActivationBackward
from nncli.registry import register


@register
class Sigmoid(Activation):
    """Logistic sigmoid: maps each entry into the range from 0 to 1.

        y = 1 / (1 + e⁻ˣ)        dx = dy (1 - y) y

    Source: the book, chapter 16.
    """

    type: Literal["sigmoid"] = "sigmoid"

    def forward(self, x: Array) -> tuple[Array, ActivationBackward]:
        y = 1 / (1 + np.exp(-x))
        return y, lambda dy: dy * (1 - y) * y
