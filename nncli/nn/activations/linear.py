"""The linear activation."""

from __future__ import annotations

from typing import Literal

from nncli.arrays import Array
from nncli.nn.activations.base import Activation, ActivationBackward
from nncli.registry import register


@register
class Linear(Activation):
    """Identity: the output equals the input.

        y = x        dx = dy

    Source: the book, chapter 17.
    """

    type: Literal["linear"] = "linear"

    def forward(self, x: Array) -> tuple[Array, ActivationBackward]:
        return x, lambda dy: dy
