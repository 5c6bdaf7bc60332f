"""Optimizers: how a step changes the parameters. Settings are frozen, state is apart.

An optimizer is called once for all parameters, which lie in one flat vector: under book precision once for those with
float32 gradients and once for those with float64 ones, for the book's targets and dropout masks are float64. Its
learning rates come from its schedule, of which the book's decay is one.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, TypeAlias

import numpy as np
from annotated_types import Ge, Gt, Lt

from nncli.nn.clipping import clip_norm, clip_values
from nncli.nn.ops import Array, Ops
from nncli.nn.schedules import Decay, Schedule, decayed
from nncli.registry import Help, kind, register, strict

LearningRate: TypeAlias = Annotated[float, Gt(0), Help("how far a step goes")]
Epsilon: TypeAlias = Annotated[float, Gt(0), Help("keeps the quotient finite")]
Beta1: TypeAlias = Annotated[float, Ge(0), Lt(1), Help("how much of m a step keeps")]
Beta2: TypeAlias = Annotated[float, Ge(0), Lt(1), Help("how much of v a step keeps")]
Scalar: TypeAlias = float | Array


@kind
@strict
class Optimizer(ABC):
    """Changes parameters (p,) by gradients (p,), in place, and keeps a state of arrays (p,).

    Each has a `type` and a `learning_rate` of its own; the other fields here are the same for all of them.
    """

    example: ClassVar[dict[str, Any]] = {}

    type: str
    learning_rate: LearningRate
    decay: Decay = 0.0
    schedule: Annotated[Schedule | None, Help("how the rate goes on; where not given, by `decay`")] = None
    clip_norm: Annotated[float | None, Gt(0), Help("the largest norm of all gradients together")] = None
    clip_value: Annotated[float | None, Gt(0), Help("the largest size of an entry of a gradient")] = None

    def rate(self, step: int, steps: int) -> float:
        """The learning rate of a step, counted from 0, in a training of so many steps."""
        if self.schedule is None:
            return decayed(self.learning_rate, self.decay, step)
        return self.schedule.rate(self.learning_rate, step, steps)

    def clip(self, grads: Sequence[Array], ops: Ops) -> None:
        """Limits all vectors of gradients together, in place, before the update: the entries first, then the norm."""
        if self.clip_value is not None:
            clip_values(grads, self.clip_value)
        if self.clip_norm is not None:
            clip_norm(grads, self.clip_norm, ops)

    @abstractmethod
    def init(self, params: Array, grads: Array) -> Any:
        """The state before the first step, a NamedTuple of arrays."""

    def scalars(self, step: int, steps: int) -> tuple[float, ...]:
        """The numbers that are new at every step, counted from 0 of so many: the learning rate first."""
        return (self.rate(step, steps),)

    @abstractmethod
    def update(self, params: Array, grads: Array, state: Any, scalars: Sequence[Scalar], ops: Ops) -> None:
        """Changes params and state in place; grads and state share a dtype, in book precision float64 for a few."""


class SGDState(NamedTuple):
    """What SGD remembers."""

    velocity: Array


@register
class SGD(Optimizer):
    """Goes down the gradient, with momentum if wanted.

        u ← momentum u - rate g        p ← p + u        nesterov: p ← p + momentum u - rate g

    Source: Sutskever et al. 2013; the book, chapter 10 (its default rate of 1).
    """

    type: Literal["sgd"] = "sgd"
    learning_rate: LearningRate = 1.0
    momentum: Annotated[float, Ge(0), Lt(1), Help("how much of the last step goes on")] = 0.0
    nesterov: Annotated[bool, Help("looks a step ahead")] = False

    def init(self, params: Array, grads: Array) -> SGDState:
        return SGDState(np.zeros_like(grads))

    def update(self, params: Array, grads: Array, state: SGDState, scalars: Sequence[Scalar], ops: Ops) -> None:
        (u,), (rate,) = state, scalars
        change = np.multiply(grads, rate, out=ops.empty(u.shape, u.dtype))
        np.subtract(np.multiply(u, self.momentum, out=u), change, out=u)
        if self.nesterov:
            ahead = np.multiply(u, self.momentum, out=ops.empty(u.shape, u.dtype))
            np.add(params, np.subtract(ahead, change, out=ahead), out=params)
        else:
            np.add(params, u, out=params)


class SquaresState(NamedTuple):
    """What Adagrad and RMSprop remember."""

    squares: Array


@register
class Adagrad(Optimizer):
    """Divides the gradient by the root of all its squares so far.

        c ← c + g²        p ← p - rate g / (√c + ε)

    Source: Duchi, Hazan and Singer 2011; the book, chapter 10 (its default rate of 1 and ε).
    """

    type: Literal["adagrad"] = "adagrad"
    learning_rate: LearningRate = 1.0
    epsilon: Epsilon = 1e-7

    def init(self, params: Array, grads: Array) -> SquaresState:
        return SquaresState(np.zeros_like(params))  # the book adds in place, so its sums stay float32

    def update(self, params: Array, grads: Array, state: SquaresState, scalars: Sequence[Scalar], ops: Ops) -> None:
        (c,), (rate,) = state, scalars
        square = np.square(grads, out=ops.empty(grads.shape, grads.dtype))
        np.add(c, square, out=c)
        _step_by_root(params, grads, c, rate, self.epsilon, ops)


@register
class RMSprop(Optimizer):
    """Divides the gradient by the root of a running mean of its square.

        c ← ρ c + (1 - ρ) g²        p ← p - rate g / (√c + ε)

    Source: Hinton 2012, lecture 6e; the book, chapter 10 (its default for ε).
    """

    type: Literal["rmsprop"] = "rmsprop"
    learning_rate: LearningRate = 0.001
    epsilon: Epsilon = 1e-7
    rho: Annotated[float, Ge(0), Lt(1), Help("how much of the mean a step keeps")] = 0.9

    def init(self, params: Array, grads: Array) -> SquaresState:
        return SquaresState(np.zeros_like(grads))

    def update(self, params: Array, grads: Array, state: SquaresState, scalars: Sequence[Scalar], ops: Ops) -> None:
        (c,), (rate,) = state, scalars
        square = np.square(grads, out=ops.empty(grads.shape, grads.dtype))
        np.add(np.multiply(c, self.rho, out=c), np.multiply(square, 1 - self.rho, out=square), out=c)
        _step_by_root(params, grads, c, rate, self.epsilon, ops)


class AdamState(NamedTuple):
    """What Adam remembers; but in the book's arithmetic without the factors 1 - β, see `_step_by_sums`."""

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
        _adam_step(self, params, grads, state, scalars, ops)


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
        _adam_step(self, params, grads, state, of_adam, ops)


def _scalars_of_moments(adam: Adam | AdamW, rate: float, step: int) -> tuple[float, ...]:
    """The rate, 1 - β₁ᵗ, 1 - β₂ᵗ, and the rate and ε of `_step_by_sums`."""
    correction_1, correction_2 = 1 - adam.beta_1 ** (step + 1), 1 - adam.beta_2 ** (step + 1)
    root = math.sqrt(correction_2 / (1 - adam.beta_2))
    return rate, correction_1, correction_2, rate * root * (1 - adam.beta_1) / correction_1, adam.epsilon * root


def _adam_step(
    adam: Adam | AdamW, params: Array, grads: Array, state: AdamState, scalars: Sequence[Scalar], ops: Ops
) -> None:
    """Adam's formulas, as they are written there for the book's bits, else by the shorter way."""
    rate, correction_1, correction_2, rate_of_sums, epsilon_of_sums = scalars
    if ops.book:
        _step_by_means(adam, params, grads, state, (rate, correction_1, correction_2), ops)
    else:
        _step_by_sums(adam, params, grads, state, (rate_of_sums, epsilon_of_sums), ops)


def _step_by_means(
    adam: Adam | AdamW, params: Array, grads: Array, state: AdamState, scalars: Sequence[Scalar], ops: Ops
) -> None:
    (m, v), (rate, correction_1, correction_2) = state, scalars
    a, b = ops.empty(m.shape, m.dtype), ops.empty(m.shape, m.dtype)
    np.multiply(m, adam.beta_1, out=m)
    np.add(m, np.multiply(grads, 1 - adam.beta_1, out=a), out=m)
    np.multiply(v, adam.beta_2, out=v)
    np.add(v, np.multiply(np.square(grads, out=a), 1 - adam.beta_2, out=a), out=v)
    np.multiply(np.divide(m, correction_1, out=a), rate, out=a)
    np.add(np.sqrt(np.divide(v, correction_2, out=b), out=b), adam.epsilon, out=b)
    np.subtract(params, np.divide(a, b, out=a), out=params)


def _step_by_sums(
    adam: Adam | AdamW, params: Array, grads: Array, state: AdamState, scalars: Sequence[Scalar], ops: Ops
) -> None:
    """Adam's step with every factor that is the same for all parameters in the rate and in ε, not in m and v.

        m ← β₁ m + g        v ← β₂ v + g²        p ← p - rate r (1 - β₁) / (1 - β₁ᵗ) m / (√v + ε r)
        r = √((1 - β₂ᵗ) / (1 - β₂))

    That spares five passes over all parameters. Source: the paper, end of section 2, for the factors of ε.
    """
    (m, v), (rate, epsilon) = state, scalars
    a, b = ops.empty(m.shape, m.dtype), ops.empty(m.shape, m.dtype)
    np.add(np.multiply(m, adam.beta_1, out=m), grads, out=m)
    np.add(np.multiply(v, adam.beta_2, out=v), np.square(grads, out=a), out=v)
    np.add(np.sqrt(v, out=b), epsilon, out=b)
    np.divide(np.multiply(m, rate, out=a), b, out=a)
    np.subtract(params, a, out=params)


def _step_by_root(params: Array, grads: Array, c: Array, rate: Scalar, epsilon: float, ops: Ops) -> None:
    """p ← p - rate g / (√c + ε)"""
    root = np.sqrt(c, out=ops.empty(c.shape, c.dtype))
    np.add(root, epsilon, out=root)
    change = np.multiply(grads, rate, out=ops.empty(grads.shape, grads.dtype))
    np.subtract(params, np.divide(change, root, out=change), out=params)
