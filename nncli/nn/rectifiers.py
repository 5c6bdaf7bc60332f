"""Relatives of relu: activations that pass on what is positive, nearly, and let a little of the rest through."""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from annotated_types import Ge, Le

from nncli.nn.activations import Activation, ActivationBackward
from nncli.nn.ops import Array, Ops
from nncli.registry import Help, register

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805  # keep mean 0 and variance 1 from layer to layer
GELU_RATE, GELU_CUBIC = math.sqrt(8 / math.pi), 0.044715


@register
class LeakyRelu(Activation):
    """Passes on what is positive, and a part of what is negative.

        y = max(x, a x)        dx = dy where x > 0, else a dy        a = negative_slope

    Source: Maas, Hannun and Ng 2013; name and default of the slope as in Keras 3, keras.activations.leaky_relu (its
    layer LeakyReLU has 0.3, the paper 0.01).
    """

    type: Literal["leaky_relu"] = "leaky_relu"
    negative_slope: Annotated[float, Ge(0), Le(1), Help("how much of what is negative passes")] = 0.2

    def forward(self, x: Array, ops: Ops) -> tuple[Array, ActivationBackward]:
        leaked = np.multiply(x, self.negative_slope, out=ops.empty(x.shape, x.dtype))
        y = np.maximum(x, leaked, out=ops.reuse(x, x.dtype))
        positive = np.greater(y, 0, out=leaked, casting="unsafe")

        def backward(dy: Array) -> Array:
            slope = np.maximum(positive, ops.full(self.negative_slope, y.shape, y.dtype), out=positive)
            return np.multiply(dy, slope, out=dy)

        return ops.spare(y), backward


@register
class Elu(Activation):
    """Exponential linear unit: passes on what is positive, and falls smoothly to -alpha for the rest.

        y = x where x > 0, else alpha (eˣ - 1)        dx = dy where x > 0, else alpha eˣ dy

    Source: Clevert, Unterthiner and Hochreiter 2016, equation 15.
    """

    type: Literal["elu"] = "elu"
    alpha: Annotated[float, Ge(0), Help("how far below zero the output can fall")] = 1.0
    example: ClassVar[dict[str, Any]] = {"alpha": 1.5}

    def forward(self, x: Array, ops: Ops) -> tuple[Array, ActivationBackward]:
        zeros = ops.zeros(x.shape, x.dtype)
        below = np.minimum(x, zeros, out=ops.empty(x.shape, x.dtype))
        np.multiply(np.expm1(below, out=below), self.alpha, out=below)
        y = np.maximum(x, zeros, out=ops.reuse(x, x.dtype))
        positive = np.greater(y, 0, out=ops.empty(y.shape, y.dtype), casting="unsafe")
        y = np.add(y, below, out=y)

        def backward(dy: Array) -> Array:
            slope = np.add(below, self.alpha, out=below)
            np.multiply(slope, np.subtract(1, positive, out=ops.empty(y.shape, y.dtype)), out=slope)
            return np.multiply(dy, np.add(slope, positive, out=slope), out=dy)

        return ops.spare(y), backward


@register
class Selu(Activation):
    """Scaled exponential linear unit: keeps its inputs' mean near 0 and their variance near 1 over many layers.

        y = 1.0507 elu(x) with alpha = 1.6733        dx = 1.0507 times that of elu

    It does so behind weights drawn by lecun_normal.

    Source: Klambauer et al. 2017, equations 2 and 14.
    """

    type: Literal["selu"] = "selu"

    def forward(self, x: Array, ops: Ops) -> tuple[Array, ActivationBackward]:
        y, backward_of_elu = Elu(alpha=SELU_ALPHA).forward(x, ops)
        y = np.multiply(y, SELU_SCALE, out=y)
        return ops.spare(y), lambda dy: backward_of_elu(np.multiply(dy, SELU_SCALE, out=dy))


@register
class Gelu(Activation):
    """Gaussian error linear unit: weighs x by the probability that a normal number is below it, nearly.

        y = x Φ(x) ≈ x (1 + tanh u) / 2 = x p        p = σ(2 u)        u = √(2/π) (x + 0.044715 x³)
        dx = dy (p + y (1 - p) 2 u')                                   u' = √(2/π) (1 + 3 · 0.044715 x²)

    NumPy has no error function, which Φ needs; the approximation differs by less than 0.0005.

    Source: Hendrycks and Gimpel 2016, section 2.
    """

    type: Literal["gelu"] = "gelu"

    def forward(self, x: Array, ops: Ops) -> tuple[Array, ActivationBackward]:
        square = np.square(x, out=ops.empty(x.shape, x.dtype))
        p = np.multiply(square, -GELU_RATE * GELU_CUBIC, out=ops.empty(x.shape, x.dtype))
        np.multiply(np.subtract(p, GELU_RATE, out=p), x, out=p)  # -2 u
        np.divide(1, np.add(np.exp(p, out=p), 1, out=p), out=p)
        y = np.multiply(x, p, out=ops.reuse(x, x.dtype))

        def backward(dy: Array) -> Array:
            steepness = np.multiply(square, 3 * GELU_RATE * GELU_CUBIC, out=square)
            np.add(steepness, GELU_RATE, out=steepness)  # 2 u'
            slope = np.subtract(1, p, out=ops.empty(y.shape, y.dtype))
            np.multiply(np.multiply(slope, y, out=slope), steepness, out=slope)
            np.add(slope, p, out=slope)
            return np.multiply(dy, slope, out=dy)

        return y, backward


@register
class Silu(Activation):
    """Sigmoid linear unit, also called swish: weighs x by its sigmoid.

        y = x p        dx = dy (p + y (1 - p))        p = 1 / (1 + e⁻ˣ)

    Source: Elfwing, Uchibe and Doya 2018, equations 4 and 5; Ramachandran, Zoph and Le 2017.
    """

    type: Literal["silu"] = "silu"

    def forward(self, x: Array, ops: Ops) -> tuple[Array, ActivationBackward]:
        p = np.negative(x, out=ops.empty(x.shape, x.dtype))
        np.divide(1, np.add(np.exp(p, out=p), 1, out=p), out=p)
        y = np.multiply(x, p, out=ops.reuse(x, x.dtype))

        def backward(dy: Array) -> Array:
            slope = np.subtract(1, p, out=ops.empty(y.shape, y.dtype))
            np.add(np.multiply(slope, y, out=slope), p, out=slope)
            return np.multiply(dy, slope, out=dy)

        return y, backward


@register
class Softplus(Activation):
    """A smooth relu: always positive, and its slope is the sigmoid.

        y = log(1 + eˣ) = max(x, 0) + log(1 + e^-|x|)        dx = dy eˣ / (1 + eˣ) = dy eˣ⁻ʸ

    The second form cannot overflow, and takes half the time of NumPy's logaddexp or less.

    Source: Dugas et al. 2001; Glorot, Bordes and Bengio 2011.
    """

    type: Literal["softplus"] = "softplus"

    def forward(self, x: Array, ops: Ops) -> tuple[Array, ActivationBackward]:
        y = np.abs(x, out=ops.empty(x.shape, x.dtype))
        np.log1p(np.exp(np.negative(y, out=y), out=y), out=y)
        positive = np.maximum(x, ops.zeros(x.shape, x.dtype), out=ops.empty(x.shape, x.dtype))
        y = np.add(y, positive, out=y)

        def backward(dy: Array) -> Array:
            slope = np.subtract(x, y, out=ops.empty(y.shape, y.dtype))
            return np.multiply(dy, np.exp(slope, out=slope), out=dy)

        return y, backward
