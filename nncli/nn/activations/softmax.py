"""The softmax activation."""

from __future__ import annotations

from typing import Literal

import numpy as np

from nncli.arrays import Array
from nncli.nn.activations.base import Activation, ActivationBackward
from nncli.nn.engine.ops import Ops
from nncli.registry import register


@register
class Softmax(Activation):
    """Softmax: turns each row into probabilities that sum to 1.

        y = eˣ / Σₖ eˣ        dx = y (dy - Σₖ dy y)        after subtracting the row's maximum from x

    Source: the book, chapters 4 and 9.
    """

    type: Literal["softmax"] = "softmax"

    def forward(self, x: Array, ops: Ops) -> tuple[Array, ActivationBackward]:
        exponentials = np.exp(x - ops.row_maximum(x))
        y = exponentials / ops.row_sums(exponentials)
        return y, lambda dy: (dy - ops.row_sums(dy * y)) * y
