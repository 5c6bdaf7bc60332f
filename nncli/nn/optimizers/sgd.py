"""Stochastic gradient descent."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

import numpy as np
from annotated_types import Ge, Lt

from nncli.arrays import Array
from nncli.nn.optimizers.base import LearningRate, Optimizer, StepScalars
from nncli.registry import Help, register


class SGDState(NamedTuple):
    """The previous step."""

    velocity: Array


@register
class SGD(Optimizer):
    """Takes steps along the negative gradient, optionally with momentum.

        u ← momentum u - rate g        p ← p + u        nesterov: p ← p + momentum u - rate g

    Source: Sutskever et al. 2013; the book, chapter 10 (its default rate of 1).
    """

    type: Literal["sgd"] = "sgd"
    learning_rate: LearningRate = 1.0
    momentum: Annotated[float, Ge(0), Lt(1), Help("fraction of the previous step added to the current one")] = 0.0
    nesterov: Annotated[bool, Help("use Nesterov momentum")] = False

    def init(self, params: Array, grads: Array) -> SGDState:
        return SGDState(np.zeros_like(grads))

    def update(self, params: Array, grads: Array, state: SGDState, scalars: StepScalars) -> tuple[Array, SGDState]:
        change = scalars.rate * grads
        u = self.momentum * state.velocity - change
        step = self.momentum * u - change if self.nesterov else u
        return params + step, SGDState(u)
