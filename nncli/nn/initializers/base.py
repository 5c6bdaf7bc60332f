"""The base class of initializers: the first values of a layer's weights.

All draw from NumPy's legacy stream and round to float32, so that a seed gives the same weights in every precision.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np

from nncli.arrays import Array, Shape
from nncli.registry import kind


@kind
class Initializer(ABC):
    """Draws weights of shape (inputs, units)."""

    __slots__ = ()
    example: ClassVar[dict[str, Any]] = {}

    @abstractmethod
    def standard_deviation(self, inputs: int, units: int) -> float:
        """The standard deviation of the weights drawn: the scale that training starts from."""

    @abstractmethod
    def draw(self, shape: Shape, random: np.random.RandomState) -> Array:
        """Weights of that shape, float32."""


def draw_normal(deviation: float, shape: Shape, random: np.random.RandomState) -> Array:
    """Normal numbers around zero, scaled before they are rounded to float32."""
    weights: Array = deviation * random.randn(*shape)
    return weights.astype(np.float32)


def draw_uniform(limit: float, shape: Shape, random: np.random.RandomState) -> Array:
    """Uniform numbers from -limit to limit, rounded to float32."""
    return random.uniform(-limit, limit, shape).astype(np.float32)
