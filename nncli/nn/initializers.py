"""Initializers: the first values of a layer's weights.

All draw from NumPy's legacy stream and round to float32, so that a seed gives the same weights in every precision.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from annotated_types import Gt

from nncli.nn.ops import Array
from nncli.registry import Help, kind, register


@kind
class Initializer(ABC):
    """Draws weights of shape (inputs, units)."""

    __slots__ = ()
    example: ClassVar[dict[str, Any]] = {}

    @abstractmethod
    def standard_deviation(self, inputs: int, units: int) -> float:
        """The standard deviation of the weights drawn: the scale that training starts from."""

    @abstractmethod
    def draw(self, shape: tuple[int, ...], random: np.random.RandomState) -> Array:
        """Weights of that shape, float32."""


@register
class Normal(Initializer):
    """Normal around zero with a scale of your choice.

        W = scale z        z ~ N(0, 1), rounded to float32

    Source: the book, chapter 3 (0.01) and chapter 17 (0.1).
    """

    type: Literal["normal"] = "normal"
    scale: Annotated[float, Gt(0), Help("standard deviation of the weights")] = 0.01

    def standard_deviation(self, inputs: int, units: int) -> float:
        return self.scale

    def draw(self, shape: tuple[int, ...], random: np.random.RandomState) -> Array:
        return self.scale * random.randn(*shape).astype(np.float32)


@register
class Uniform(Initializer):
    """Uniform around zero with a limit of your choice.

        W ~ U(-scale, scale),  so Var W = scale² / 3

    Default as in Keras 3, RandomUniform.
    """

    type: Literal["uniform"] = "uniform"
    scale: Annotated[float, Gt(0), Help("largest size of a weight")] = 0.05

    def standard_deviation(self, inputs: int, units: int) -> float:
        return float(self.scale / np.sqrt(3))

    def draw(self, shape: tuple[int, ...], random: np.random.RandomState) -> Array:
        return _uniform(self.scale, shape, random)


@register
class GlorotUniform(Initializer):
    """Uniform, with a variance that keeps signals and gradients of tanh-like units level from layer to layer.

        W ~ U(-a, a)        a = √(6 / (inputs + units)),  so Var W = 2 / (inputs + units)

    Source: Glorot and Bengio 2010, equation 16; the default of Keras.
    """

    type: Literal["glorot_uniform"] = "glorot_uniform"

    def standard_deviation(self, inputs: int, units: int) -> float:
        return float(np.sqrt(2 / (inputs + units)))

    def draw(self, shape: tuple[int, ...], random: np.random.RandomState) -> Array:
        return _uniform(np.sqrt(6 / sum(shape)), shape, random)


@register
class GlorotNormal(Initializer):
    """Normal, with a variance that keeps signals and gradients of tanh-like units level from layer to layer.

        W ~ N(0, 2 / (inputs + units))

    Source: Glorot and Bengio 2010, equation 12. Not cut off, as Keras has it, at two standard deviations.
    """

    type: Literal["glorot_normal"] = "glorot_normal"

    def standard_deviation(self, inputs: int, units: int) -> float:
        return float(np.sqrt(2 / (inputs + units)))

    def draw(self, shape: tuple[int, ...], random: np.random.RandomState) -> Array:
        return _normal(np.sqrt(2 / sum(shape)), shape, random)


@register
class HeNormal(Initializer):
    """Normal, with a variance that keeps the signal of rectified units level from layer to layer.

        W ~ N(0, 2 / inputs)

    Source: He et al. 2015, equation 10.
    """

    type: Literal["he_normal"] = "he_normal"

    def standard_deviation(self, inputs: int, units: int) -> float:
        return float(np.sqrt(2 / inputs))

    def draw(self, shape: tuple[int, ...], random: np.random.RandomState) -> Array:
        return _normal(np.sqrt(2 / shape[0]), shape, random)


@register
class HeUniform(Initializer):
    """Uniform, with a variance that keeps the signal of rectified units level from layer to layer.

        W ~ U(-a, a)        a = √(6 / inputs),  so Var W = 2 / inputs

    Source: He et al. 2015, equation 10.
    """

    type: Literal["he_uniform"] = "he_uniform"

    def standard_deviation(self, inputs: int, units: int) -> float:
        return float(np.sqrt(2 / inputs))

    def draw(self, shape: tuple[int, ...], random: np.random.RandomState) -> Array:
        return _uniform(np.sqrt(6 / shape[0]), shape, random)


@register
class LecunNormal(Initializer):
    """Normal, with a variance that gives every unit inputs of variance 1; what selu needs.

        W ~ N(0, 1 / inputs)

    Source: LeCun et al. 1998, Efficient BackProp, equation 16; Klambauer et al. 2017.
    """

    type: Literal["lecun_normal"] = "lecun_normal"

    def standard_deviation(self, inputs: int, units: int) -> float:
        return float(np.sqrt(1 / inputs))

    def draw(self, shape: tuple[int, ...], random: np.random.RandomState) -> Array:
        return _normal(np.sqrt(1 / shape[0]), shape, random)


@register
class LecunUniform(Initializer):
    """Uniform, with a variance that gives every unit inputs of variance 1.

        W ~ U(-a, a)        a = √(3 / inputs),  so Var W = 1 / inputs

    Source: LeCun et al. 1998, Efficient BackProp, equation 16.
    """

    type: Literal["lecun_uniform"] = "lecun_uniform"

    def standard_deviation(self, inputs: int, units: int) -> float:
        return float(np.sqrt(1 / inputs))

    def draw(self, shape: tuple[int, ...], random: np.random.RandomState) -> Array:
        return _uniform(np.sqrt(3 / shape[0]), shape, random)


@register
class Constant(Initializer):
    """One number for all: every unit of a layer then learns the same.

    W = value
    """

    type: Literal["constant"] = "constant"
    value: Annotated[float, Help("of every weight")]
    example: ClassVar[dict[str, Any]] = {"value": 0.1}

    def standard_deviation(self, inputs: int, units: int) -> float:
        return 0.0

    def draw(self, shape: tuple[int, ...], random: np.random.RandomState) -> Array:
        return np.full(shape, self.value, np.float32)


@register
class Zeros(Initializer):
    """All zeros: every unit of a layer then learns the same, which is worth seeing once.

    W = 0
    """

    type: Literal["zeros"] = "zeros"

    def standard_deviation(self, inputs: int, units: int) -> float:
        return 0.0

    def draw(self, shape: tuple[int, ...], random: np.random.RandomState) -> Array:
        return np.zeros(shape, np.float32)


def _normal(deviation: float, shape: tuple[int, ...], random: np.random.RandomState) -> Array:
    """Normal numbers around zero, scaled before they are rounded to float32."""
    weights: Array = deviation * random.randn(*shape)
    return weights.astype(np.float32)


def _uniform(limit: float, shape: tuple[int, ...], random: np.random.RandomState) -> Array:
    return random.uniform(-limit, limit, shape).astype(np.float32)
