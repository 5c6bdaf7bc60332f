"""Adagrad."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.nn.optimizers.base import Epsilon, LearningRate, Optimizer, StepScalars
from nncli.registry import register


class AdagradState(NamedTuple):
    """The sum of squared gradients."""

    squares: Array


@register
class Adagrad(Optimizer):
    """Divides the gradient by the root of the sum of its past squares.

        c ← c + g²        p ← p - rate g / (√c + ε)

    Source: Duchi, Hazan and Singer 2011; the book, chapter 10 (its default rate of 1 and ε).
    """

    type: Literal["adagrad"] = "adagrad"
    learning_rate: LearningRate = 1.0
    epsilon: Epsilon = 1e-7

    def init(self, params: Array, grads: Array) -> AdagradState:
        return AdagradState(np.zeros_like(params))

    def update(
        self, params: Array, grads: Array, state: AdagradState, scalars: StepScalars
    ) -> tuple[Array, AdagradState]:
        c = (state.squares + grads**2).astype(params.dtype, copy=False)  # the book adds in place: c stays float32
        return params - scalars.rate * grads / (np.sqrt(c) + self.epsilon), AdagradState(c)
