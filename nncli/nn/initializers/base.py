"""The base class of initializers: the first values of a layer's weights.

All initializers draw from NumPy's legacy stream and round to float32: a seed gives the same weights in every precision.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np

from nncli.arrays import Array, Shape
from nncli.registry import kind


@kind
class Initializer(ABC):
    """A distribution of initial weights (inputs, units)."""

    __slots__ = ()
    example: ClassVar[dict[str, Any]] = {}

    @abstractmethod
    def standard_deviation(self, inputs: int, units: int) -> float:
        """Return the standard deviation of the weights that `draw` returns."""

    @abstractmethod
    def draw(self, shape: Shape, random: np.random.RandomState) -> Array:
        """Return float32 weights of a shape."""


def draw_normal(deviation: float, shape: Shape, random: np.random.RandomState) -> Array:
    """Return normally distributed numbers with mean zero, scaled before they are rounded to float32."""
    weights: Array = deviation * random.randn(*shape)
    return weights.astype(np.float32)


def draw_uniform(limit: float, shape: Shape, random: np.random.RandomState) -> Array:
    """Return uniformly distributed numbers from -limit to limit, rounded to float32."""
    return random.uniform(-limit, limit, shape).astype(np.float32)
