"""Adam and AdamW: steps from running means of the gradient and its square."""

from __future__ import annotations

import math
from typing import Annotated, Literal, NamedTuple, TypeAlias

import numpy as np
from annotated_types import Ge, Lt

from nncli.arrays import Array
from nncli.nn.engine.ops import Ops
from nncli.nn.optimizers.base import Epsilon, LearningRate, Optimizer, Scalar
from nncli.registry import Help, register

Beta1: TypeAlias = Annotated[float, Ge(0), Lt(1), Help("decay factor of m, the running mean of the gradient")]
Beta2: TypeAlias = Annotated[float, Ge(0), Lt(1), Help("decay factor of v, the running mean of its square")]


class AdamState(NamedTuple):
    """The running means of the gradient and its square."""

    m: Array  # running mean of g
    v: Array  # running mean of g²


class AdamScalars(NamedTuple):
    """The numbers that change from step to step."""

    rate: Scalar
    correction_1: Scalar  # 1 - β₁ᵗ
    correction_2: Scalar  # 1 - β₂ᵗ
    corrected_rate: Scalar  # rate √(1 - β₂ᵗ) / (1 - β₁ᵗ)
    corrected_epsilon: Scalar  # ε √(1 - β₂ᵗ)
    decay_factor: Scalar  # 1 - rate weight_decay


@register
class Adam(Optimizer):
    """Divides a running mean of the gradient by the root of a running mean of its square.

        m ← β₁ m + (1 - β₁) g         m̂ = m / (1 - β₁ᵗ)
        v ← β₂ v + (1 - β₂) g²        v̂ = v / (1 - β₂ᵗ)        p ← p - rate m̂ / (√v̂ + ε)        t = step + 1

    Source: Kingma and Ba 2015, algorithm 1; the book, chapter 10 (its default for ε).
    """

    type: Literal["adam"] = "adam"
    learning_rate: LearningRate = 0.001
    beta_1: Beta1 = 0.9
    beta_2: Beta2 = 0.999
    epsilon: Epsilon = 1e-7

    def init(self, params: Array, grads: Array) -> AdamState:
        return AdamState(np.zeros_like(grads), np.zeros_like(grads))

    def scalars(self, step: int, steps: int) -> AdamScalars:
        return _scalars(self, self.rate(step, steps), step)

    def update(
        self, params: Array, grads: Array, state: AdamState, scalars: AdamScalars, ops: Ops
    ) -> tuple[Array, AdamState]:
        state = _moments(self, grads, state)
        return params - _step(self, state, scalars, ops), state


@register
class AdamW(Optimizer):
    """Takes Adam's steps, with weight decay decoupled from the gradient.

        p ← p - rate weight_decay p        then Adam's step; the decay is not part of its gradient

    The decay uses the scheduled learning rate and includes the biases, as in PyTorch, which has the same default.

    Source: Loshchilov and Hutter 2019, algorithm 2.
    """

    type: Literal["adamw"] = "adamw"
    learning_rate: LearningRate = 0.001
    weight_decay: Annotated[float, Ge(0), Help("fraction of each parameter to remove, times the rate")] = 0.01
    beta_1: Beta1 = 0.9
    beta_2: Beta2 = 0.999
    epsilon: Epsilon = 1e-7

    def init(self, params: Array, grads: Array) -> AdamState:
        return AdamState(np.zeros_like(grads), np.zeros_like(grads))

    def scalars(self, step: int, steps: int) -> AdamScalars:
        rate = self.rate(step, steps)
        return _scalars(self, rate, step)._replace(decay_factor=1 - rate * self.weight_decay)

    def update(
        self, params: Array, grads: Array, state: AdamState, scalars: AdamScalars, ops: Ops
    ) -> tuple[Array, AdamState]:
        decayed_params = (params * scalars.decay_factor).astype(
            params.dtype, copy=False
        )  # float64 scalars must not promote it
        state = _moments(self, grads, state)
        return decayed_params - _step(self, state, scalars, ops), state


def _scalars(adam: Adam | AdamW, rate: float, step: int) -> AdamScalars:
    correction_1, correction_2 = 1 - adam.beta_1 ** (step + 1), 1 - adam.beta_2 ** (step + 1)
    root = math.sqrt(correction_2)
    return AdamScalars(
        rate, correction_1, correction_2, rate * root / correction_1, adam.epsilon * root, decay_factor=1.0
    )


def _moments(adam: Adam | AdamW, g: Array, state: AdamState) -> AdamState:
    m = adam.beta_1 * state.m + (1 - adam.beta_1) * g
    v = adam.beta_2 * state.v + (1 - adam.beta_2) * g**2
    return AdamState(m, v)


def _step(adam: Adam | AdamW, state: AdamState, scalars: AdamScalars, ops: Ops) -> Array:
    """Return rate m̂ / (√v̂ + ε), outside book precision as (rate √c₂ / c₁) m / (√v + ε √c₂).

    The second form, from the end of the paper's section 2, saves three passes over all parameters.
    """
    m, v = state
    if ops.book:
        return m / scalars.correction_1 * scalars.rate / (np.sqrt(v / scalars.correction_2) + adam.epsilon)
    return m * scalars.corrected_rate / (np.sqrt(v) + scalars.corrected_epsilon)
