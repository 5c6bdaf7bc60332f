"""RMSprop."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

import numpy as np
from annotated_types import Ge, Lt

from nncli.arrays import Array
from nncli.nn.optimizers.base import Epsilon, LearningRate, Optimizer, StepScalars
from nncli.registry import Help, register


class RMSpropState(NamedTuple):
    """The running mean of the squared gradient."""

    squares: Array


@register
class RMSprop(Optimizer):
    """Divides the gradient by the root of a running mean of its square.

        c ← ρ c + (1 - ρ) g²        p ← p - rate g / (√c + ε)

    Source: Hinton 2012, lecture 6e; the book, chapter 10 (its default for ε).
    """

    type: Literal["rmsprop"] = "rmsprop"
    learning_rate: LearningRate = 0.001
    epsilon: Epsilon = 1e-7
    rho: Annotated[float, Ge(0), Lt(1), Help("decay factor of the running mean of squares")] = 0.9

    def init(self, params: Array, grads: Array) -> RMSpropState:
        return RMSpropState(np.zeros_like(grads))

    def update(
        self, params: Array, grads: Array, state: RMSpropState, scalars: StepScalars
    ) -> tuple[Array, RMSpropState]:
        c = self.rho * state.squares + (1 - self.rho) * grads**2
        return params - scalars.rate * grads / (np.sqrt(c) + self.epsilon), RMSpropState(c)
