"""Gaussian and sigmoid linear units: inputs multiplied by a probability."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from nncli.arrays import Array
from nncli.nn.activations.base import Activation, ActivationBackward
from nncli.registry import register

GELU_RATE, GELU_CUBIC = math.sqrt(8 / math.pi), 0.044715


@register
class Gelu(Activation):
    """Gaussian error linear unit: x times the probability that a standard normal number is below x, approximated.

        y = x Φ(x) ≈ x (1 + tanh u) / 2 = x p        p = σ(2 u)        u = √(2/π) (x + 0.044715 x³)
        dx = dy (p + y (1 - p) 2 u')                                   u' = √(2/π) (1 + 3 · 0.044715 x²)

    Φ needs the error function, which NumPy lacks; the approximation is off by less than 0.0005.

    Source: Hendrycks and Gimpel 2016, section 2.
    """

    type: Literal["gelu"] = "gelu"

    def forward(self, x: Array) -> tuple[Array, ActivationBackward]:
        square = x**2
        p = 1 / (1 + np.exp((square * (-GELU_RATE * GELU_CUBIC) - GELU_RATE) * x))
        y = x * p

        def backward(dy: Array) -> Array:
            steepness = square * (3 * GELU_RATE * GELU_CUBIC) + GELU_RATE  # 2 u'
            return dy * ((1 - p) * y * steepness + p)

        return y, backward


@register
class Silu(Activation):
    """Sigmoid linear unit, also called swish: x times its sigmoid.

        y = x p        dx = dy (p + y (1 - p))        p = 1 / (1 + e⁻ˣ)

    Source: Elfwing, Uchibe and Doya 2018, equations 4 and 5; Ramachandran, Zoph and Le 2017.
    """

    type: Literal["silu"] = "silu"

    def forward(self, x: Array) -> tuple[Array, ActivationBackward]:
        p = 1 / (1 + np.exp(-x))
        y = x * p
        return y, lambda dy: dy * ((1 - p) * y + p)
