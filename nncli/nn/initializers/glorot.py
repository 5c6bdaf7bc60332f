"""Glorot's initializers, for tanh-like units."""

from __future__ import annotations

from typing import Literal

import numpy as np

from nncli.arrays import Array, Shape
from nncli.nn.initializers.base import Initializer, draw_normal, draw_uniform
from nncli.registry import register


@register
class GlorotUniform(Initializer):
    """Uniform distribution whose variance keeps signals and gradients level across layers of tanh-like units.

        W ~ U(-a, a)        a = √(6 / (inputs + units)),  so Var W = 2 / (inputs + units)

    Source: Glorot and Bengio 2010, equation 16; the default of Keras.
    """

    type: Literal["glorot_uniform"] = "glorot_uniform"

    def standard_deviation(self, inputs: int, units: int) -> float:
        return float(np.sqrt(2 / (inputs + units)))

    def draw(self, shape: Shape, random: np.random.RandomState) -> Array:
        return draw_uniform(np.sqrt(6 / sum(shape)), shape, random)


@register
class GlorotNormal(Initializer):
    """Normal distribution whose variance keeps signals and gradients level across layers of tanh-like units.

        W ~ N(0, 2 / (inputs + units))

    Source: Glorot and Bengio 2010, equation 12. Keras truncates it at two standard deviations; nncli does not.
    """

    type: Literal["glorot_normal"] = "glorot_normal"

    def standard_deviation(self, inputs: int, units: int) -> float:
        return float(np.sqrt(2 / (inputs + units)))

    def draw(self, shape: Shape, random: np.random.RandomState) -> Array:
        return draw_normal(self.standard_deviation(*shape), shape, random)
