"""Optimizers: how a step changes the parameters. Settings are frozen, state is apart.

An optimizer is called once for all parameters, which lie in one flat vector: under book precision once for those with
float32 gradients and once for those with float64 ones, for the book's targets and dropout masks are float64. An epoch's
learning rate is `rate(step)`; the book's decay is part of it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, TypeAlias

import numpy as np
from annotated_types import Ge, Gt, Lt

from nncli.nn.ops import Array, Ops
from nncli.registry import Help, kind, register

LearningRate: TypeAlias = Annotated[float, Gt(0), Help("how far a step goes")]
Decay: TypeAlias = Annotated[float, Ge(0), Help("the rate of step i is learning_rate / (1 + decay i)")]
Scalar: TypeAlias = float | Array
Epsilon: TypeAlias = Annotated[float, Gt(0), Help("keeps the quotient finite")]


@kind
class Optimizer(ABC):
    """Changes parameters (p,) by gradients (p,), in place, and keeps a state of arrays (p,)."""

    __slots__ = ()
    example: ClassVar[dict[str, Any]] = {}
    learning_rate: float
    decay: float

    def rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0: learning_rate (1 / (1 + decay step)), in this order."""
        return self.learning_rate * (1.0 / (1.0 + self.decay * step))

    @abstractmethod
    def init(self, params: Array, grads: Array) -> Any:
        """The state before the first step, a NamedTuple of arrays."""

    def scalars(self, step: int) -> tuple[float, ...]:
        """The numbers that are new at every step, counted from 0: the learning rate first."""
        return (self.rate(step),)

    @abstractmethod
    def update(self, params: Array, grads: Array, state: Any, scalars: Sequence[Scalar], ops: Ops) -> None:
        """Changes params and state in place; grads and state share a dtype, in book precision float64 for a few."""


class SGDState(NamedTuple):
    """What SGD remembers."""

    velocity: Array


@register
@dataclass(frozen=True, slots=True, kw_only=True)
class SGD(Optimizer):
    """Goes down the gradient, with momentum if wanted.

        u ← momentum u - rate g        p ← p + u        nesterov: p ← p + momentum u - rate g

    Source: Sutskever et al. 2013; the book, chapter 10 (its default rate of 1).
    """

    type: Literal["sgd"] = "sgd"
    learning_rate: LearningRate = 1.0
    decay: Decay = 0.0
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
@dataclass(frozen=True, slots=True, kw_only=True)
class Adagrad(Optimizer):
    """Divides the gradient by the root of all its squares so far.

        c ← c + g²        p ← p - rate g / (√c + ε)

    Source: Duchi, Hazan and Singer 2011; the book, chapter 10 (its default rate of 1 and ε).
    """

    type: Literal["adagrad"] = "adagrad"
    learning_rate: LearningRate = 1.0
    decay: Decay = 0.0
    epsilon: Epsilon = 1e-7

    def init(self, params: Array, grads: Array) -> SquaresState:
        return SquaresState(np.zeros_like(params))  # the book adds in place, so its sums stay float32

    def update(self, params: Array, grads: Array, state: SquaresState, scalars: Sequence[Scalar], ops: Ops) -> None:
        (c,), (rate,) = state, scalars
        square = np.square(grads, out=ops.empty(grads.shape, grads.dtype))
        np.add(c, square, out=c)
        _step_by_root(params, grads, c, rate, self.epsilon, ops)


@register
@dataclass(frozen=True, slots=True, kw_only=True)
class RMSprop(Optimizer):
    """Divides the gradient by the root of a running mean of its square.

        c ← ρ c + (1 - ρ) g²        p ← p - rate g / (√c + ε)

    Source: Hinton 2012, lecture 6e; the book, chapter 10 (its default for ε).
    """

    type: Literal["rmsprop"] = "rmsprop"
    learning_rate: LearningRate = 0.001
    decay: Decay = 0.0
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
    """What Adam remembers."""

    m: Array  # running mean of g
    v: Array  # running mean of g²


@register
@dataclass(frozen=True, slots=True, kw_only=True)
class Adam(Optimizer):
    """Divides a running mean of the gradient by the root of its running square.

        m ← β₁ m + (1 - β₁) g         m̂ = m / (1 - β₁ᵗ)
        v ← β₂ v + (1 - β₂) g²        v̂ = v / (1 - β₂ᵗ)        p ← p - rate m̂ / (√v̂ + ε)        t = step + 1

    Source: Kingma and Ba 2015, algorithm 1; the book, chapter 10 (its default for ε).
    """

    type: Literal["adam"] = "adam"
    learning_rate: LearningRate = 0.001
    decay: Decay = 0.0
    beta_1: Annotated[float, Ge(0), Lt(1), Help("how much of m a step keeps")] = 0.9
    beta_2: Annotated[float, Ge(0), Lt(1), Help("how much of v a step keeps")] = 0.999
    epsilon: Epsilon = 1e-7

    def init(self, params: Array, grads: Array) -> AdamState:
        return AdamState(np.zeros_like(grads), np.zeros_like(grads))

    def scalars(self, step: int) -> tuple[float, ...]:
        t = step + 1
        return self.rate(step), 1 - self.beta_1**t, 1 - self.beta_2**t

    def update(self, params: Array, grads: Array, state: AdamState, scalars: Sequence[Scalar], ops: Ops) -> None:
        (m, v), (rate, correction_1, correction_2) = state, scalars
        a, b = ops.empty(m.shape, m.dtype), ops.empty(m.shape, m.dtype)
        np.multiply(m, self.beta_1, out=m)
        np.add(m, np.multiply(grads, 1 - self.beta_1, out=a), out=m)
        np.multiply(v, self.beta_2, out=v)
        np.add(v, np.multiply(np.square(grads, out=a), 1 - self.beta_2, out=a), out=v)
        np.multiply(np.divide(m, correction_1, out=a), rate, out=a)
        np.add(np.sqrt(np.divide(v, correction_2, out=b), out=b), self.epsilon, out=b)
        np.subtract(params, np.divide(a, b, out=a), out=params)


def _step_by_root(params: Array, grads: Array, c: Array, rate: Scalar, epsilon: float, ops: Ops) -> None:
    """p ← p - rate g / (√c + ε)"""
    root = np.sqrt(c, out=ops.empty(c.shape, c.dtype))
    np.add(root, epsilon, out=root)
    change = np.multiply(grads, rate, out=ops.empty(grads.shape, grads.dtype))
    np.subtract(params, np.divide(change, root, out=change), out=params)
