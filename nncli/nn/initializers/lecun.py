"""LeCun's initializers."""

from __future__ import annotations

from typing import Literal

import numpy as np

from nncli.arrays import Array, Shape
from nncli.nn.initializers.base import Initializer, draw_normal, draw_uniform
from nncli.registry import register


@register
class LecunNormal(Initializer):
    """Normal distribution whose variance keeps the weighted sum of each unit at variance 1, as selu needs.

        W ~ N(0, 1 / inputs)

    Source: LeCun et al. 1998, Efficient BackProp, equation 16; Klambauer et al. 2017.
    """

    type: Literal["lecun_normal"] = "lecun_normal"

    def standard_deviation(self, inputs: int, units: int) -> float:
        return float(np.sqrt(1 / inputs))

    def draw(self, shape: Shape, random: np.random.RandomState) -> Array:
        return draw_normal(self.standard_deviation(*shape), shape, random)


@register
class LecunUniform(Initializer):
    """Uniform distribution whose variance keeps the weighted sum of each unit at variance 1.

        W ~ U(-a, a)        a = √(3 / inputs),  so Var W = 1 / inputs

    Source: LeCun et al. 1998, Efficient BackProp, equation 16.
    """

    type: Literal["lecun_uniform"] = "lecun_uniform"

    def standard_deviation(self, inputs: int, units: int) -> float:
        return float(np.sqrt(1 / inputs))

    def draw(self, shape: Shape, random: np.random.RandomState) -> Array:
        return draw_uniform(np.sqrt(3 / shape[0]), shape, random)
