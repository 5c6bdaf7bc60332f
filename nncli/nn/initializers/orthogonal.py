"""Orthonormal matrices."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from annotated_types import Gt

from nncli.arrays import Array, Shape
from nncli.nn.initializers.base import Initializer
from nncli.registry import Help, register


@register
class Orthogonal(Initializer):
    """Random matrix with orthonormal rows or columns, whichever are fewer, times a gain.

        A = Q R,  A ~ N(0, 1)        W = gain Q sign(diag R)        Var W = gain² / max(inputs, units)

    The signs make all orthonormal matrices equally likely.

    Source: Saxe, McClelland and Ganguli 2014; Mezzadri 2007, section 5, for the signs.
    """

    type: Literal["orthogonal"] = "orthogonal"
    gain: Annotated[float, Gt(0), Help("factor applied to the orthonormal matrix")] = 1.0

    def standard_deviation(self, inputs: int, units: int) -> float:
        return float(self.gain / np.sqrt(max(inputs, units)))

    def draw(self, shape: Shape, random: np.random.RandomState) -> Array:
        q, r = np.linalg.qr(random.randn(max(shape), min(shape)))
        signed: Array = self.gain * q * np.where(np.diag(r) < 0, -1, 1)
        return (signed.T if shape[0] < shape[1] else signed).astype(np.float32)
