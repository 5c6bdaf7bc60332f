"""Dropout."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Lt

from nncli.arrays import Array
from nncli.nn.engine.ops import Ops
from nncli.nn.layers.base import Arrays, Backward, Layer
from nncli.registry import Help, register


@register
class Dropout(Layer):
    """Sets a random fraction of the inputs to zero at each training step and scales up the rest to keep the mean.

        y  = x m          m = 1 / (1 - rate) with probability 1 - rate, else 0      x, m, y (n, inputs)
        dx = dy m

    Outside training, y = x.

    Source: Srivastava et al. 2014; the book, chapter 15.
    """

    type: Literal["dropout"] = "dropout"
    rate: Annotated[float, Ge(0), Lt(1), Help("fraction of inputs to drop")]
    example: ClassVar[dict[str, Any]] = {"rate": 0.25}

    def forward(self, params: Arrays, x: Array, ops: Ops) -> tuple[Array, Backward]:
        if not ops.training:
            return x, lambda dy: (dy, {})
        mask = ops.keep_mask(1 - self.rate, x.shape)
        return x * mask, lambda dy: (dy * mask, {})
