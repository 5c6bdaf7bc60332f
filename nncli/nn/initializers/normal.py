"""Normally distributed weights with a given scale."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from annotated_types import Gt

from nncli.arrays import Array, Shape
from nncli.nn.initializers.base import Initializer
from nncli.registry import Help, register


@register
class Normal(Initializer):
    """Normal distribution around zero with a given standard deviation.

        W = scale z        z ~ N(0, 1), rounded to float32

    Source: the book, chapter 3 (0.01) and chapter 17 (0.1).
    """

    type: Literal["normal"] = "normal"
    scale: Annotated[float, Gt(0), Help("standard deviation of the weights")] = 0.01

    def standard_deviation(self, inputs: int, units: int) -> float:
        return self.scale

    def draw(self, shape: Shape, random: np.random.RandomState) -> Array:
        return self.scale * random.randn(*shape).astype(np.float32)
