"""He's initializers, for rectified units."""

from __future__ import annotations

from typing import Literal

import numpy as np

from nncli.arrays import Array, Shape
from nncli.nn.initializers.base import Initializer, draw_normal, draw_uniform
from nncli.registry import register


@register
class HeNormal(Initializer):
    """Normal distribution whose variance keeps the signal level across layers of rectified units.

        W ~ N(0, 2 / inputs)

    Source: He et al. 2015, equation 10.
    """

    type: Literal["he_normal"] = "he_normal"

    def standard_deviation(self, inputs: int, units: int) -> float:
        return float(np.sqrt(2 / inputs))

    def draw(self, shape: Shape, random: np.random.RandomState) -> Array:
        return draw_normal(self.standard_deviation(*shape), shape, random)


@register
class HeUniform(Initializer):
    """Uniform distribution whose variance keeps the signal level across layers of rectified units.

        W ~ U(-a, a)        a = √(6 / inputs),  so Var W = 2 / inputs

    Source: He et al. 2015, equation 10.
    """

    type: Literal["he_uniform"] = "he_uniform"

    def standard_deviation(self, inputs: int, units: int) -> float:
        return float(np.sqrt(2 / inputs))

    def draw(self, shape: Shape, random: np.random.RandomState) -> Array:
        return draw_uniform(np.sqrt(6 / shape[0]), shape, random)
