"""Uniformly distributed weights with a given limit."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from annotated_types import Gt

from nncli.arrays import Array, Shape
from nncli.nn.initializers.base import Initializer, draw_uniform
from nncli.registry import Help, register


@register
class Uniform(Initializer):
    """Uniform distribution around zero with a given limit.

        W ~ U(-scale, scale),  so Var W = scale² / 3

    The default is that of RandomUniform in Keras 3.
    """

    type: Literal["uniform"] = "uniform"
    scale: Annotated[float, Gt(0), Help("largest magnitude of a weight")] = 0.05

    def standard_deviation(self, inputs: int, units: int) -> float:
        return float(self.scale / np.sqrt(3))

    def draw(self, shape: Shape, random: np.random.RandomState) -> Array:
        return draw_uniform(self.scale, shape, random)
