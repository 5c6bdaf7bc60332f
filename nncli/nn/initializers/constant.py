"""The same number for all weights."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import numpy as np

from nncli.arrays import Array, Shape
from nncli.nn.initializers.base import Initializer
from nncli.registry import Help, register


@register
class Constant(Initializer):
    """The same number for all weights, so that every unit of a layer learns the same.

    W = value
    """

    type: Literal["constant"] = "constant"
    value: Annotated[float, Help("value of every weight")]
    example: ClassVar[dict[str, Any]] = {"value": 0.1}

    def standard_deviation(self, inputs: int, units: int) -> float:
        return 0.0

    def draw(self, shape: Shape, random: np.random.RandomState) -> Array:
        return np.full(shape, self.value, np.float32)


@register
class Zeros(Initializer):
    """Zero for all weights, so that every unit of a layer learns the same.

    W = 0
    """

    type: Literal["zeros"] = "zeros"

    def standard_deviation(self, inputs: int, units: int) -> float:
        return 0.0

    def draw(self, shape: Shape, random: np.random.RandomState) -> Array:
        return np.zeros(shape, np.float32)
