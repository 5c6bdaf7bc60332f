"""Adam and its relative: steps by running means of the gradient and of its square."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Literal, NamedTuple, TypeAlias

import numpy as np
from annotated_types import Ge, Lt

from nncli.nn.ops import Array, Ops
from nncli.nn.optimizers import Epsilon, LearningRate, Optimizer, Scalar
from nncli.registry import Help, register

Beta1: TypeAlias = Annotated[float, Ge(0), Lt(1), Help("how much of m a step keeps")]
Beta2: TypeAlias = Annotated[float, Ge(0), Lt(1), Help("how much of v a step keeps")]


class AdamState(NamedTuple):
    """What Adam remembers."""

    m: Array  # running mean of g
    v: Array  # running mean of g²


@register
class Adam(Optimizer):
    """Divides a running mean of the gradient by the root of its running square.

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

    def scalars(self, step: int, steps: int) -> tuple[float, ...]:
        return _scalars_of_moments(self, self.rate(step, steps), step)

    def update(self, params: Array, grads: Array, state: AdamState, scalars: Sequence[Scalar], ops: Ops) -> None:
        _step_by_moments(self, params, grads, state, scalars, ops)


@register
class AdamW(Optimizer):
    """Does as Adam does, and makes all parameters smaller by a part of themselves at each step.

        p ← p - rate weight_decay p        then Adam's step, whose gradients know nothing of it

    The decay follows the scheduled rate and takes in the biases, as in PyTorch, which also has this default for it.

    Source: Loshchilov and Hutter 2019, algorithm 2.
    """

    type: Literal["adamw"] = "adamw"
    learning_rate: LearningRate = 0.001
    weight_decay: Annotated[float, Ge(0), Help("times the rate, the part of a parameter that is lost")] = 0.01
    beta_1: Beta1 = 0.9
    beta_2: Beta2 = 0.999
    epsilon: Epsilon = 1e-7

    def init(self, params: Array, grads: Array) -> AdamState:
        return AdamState(np.zeros_like(grads), np.zeros_like(grads))

    def scalars(self, step: int, steps: int) -> tuple[float, ...]:
        rate = self.rate(step, steps)
        return *_scalars_of_moments(self, rate, step), 1 - rate * self.weight_decay

    def update(self, params: Array, grads: Array, state: AdamState, scalars: Sequence[Scalar], ops: Ops) -> None:
        *of_adam, kept = scalars
        np.multiply(params, kept, out=params)
        _step_by_moments(self, params, grads, state, of_adam, ops)


def _scalars_of_moments(adam: Adam | AdamW, rate: float, step: int) -> tuple[float, ...]:
    """The rate, 1 - β₁ᵗ, 1 - β₂ᵗ, and what rate and ε are with both multiplied into them."""
    correction_1, correction_2 = 1 - adam.beta_1 ** (step + 1), 1 - adam.beta_2 ** (step + 1)
    root = math.sqrt(correction_2)
    return rate, correction_1, correction_2, rate * root / correction_1, adam.epsilon * root


def _step_by_moments(
    adam: Adam | AdamW, params: Array, grads: Array, state: AdamState, scalars: Sequence[Scalar], ops: Ops
) -> None:
    """The formulas of Adam; but in the book's arithmetic rate m̂ / (√v̂ + ε) as (rate √c₂ / c₁) m / (√v + ε √c₂).

    That spares three passes over all parameters: the paper, end of section 2.
    """
    (m, v), (rate, correction_1, correction_2, corrected_rate, corrected_epsilon) = state, scalars
    a, b = ops.empty(m.shape, m.dtype), ops.empty(m.shape, m.dtype)
    np.multiply(m, adam.beta_1, out=m)
    np.add(m, np.multiply(grads, 1 - adam.beta_1, out=a), out=m)
    np.multiply(v, adam.beta_2, out=v)
    np.add(v, np.multiply(np.square(grads, out=a), 1 - adam.beta_2, out=a), out=v)
    if ops.book:
        np.multiply(np.divide(m, correction_1, out=a), rate, out=a)
        np.add(np.sqrt(np.divide(v, correction_2, out=b), out=b), adam.epsilon, out=b)
    else:
        np.multiply(m, corrected_rate, out=a)
        np.add(np.sqrt(v, out=b), corrected_epsilon, out=b)
    np.subtract(params, np.divide(a, b, out=a), out=params)
