"""Optimizers: how a step changes the parameters. Settings are frozen, state is apart.

An optimizer is called once for all parameters, which lie in one flat vector: under book precision once for those with
float32 gradients and once for those with float64 ones, for the book's targets and dropout masks are float64. Its
learning rates come from its schedule, of which the book's decay is one.
"""

from __future__ import annotations

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


def _step_by_root(params: Array, grads: Array, c: Array, rate: Scalar, epsilon: float, ops: Ops) -> None:
    """p ← p - rate g / (√c + ε)"""
    root = np.sqrt(c, out=ops.empty(c.shape, c.dtype))
    np.add(root, epsilon, out=root)
    change = np.multiply(grads, rate, out=ops.empty(grads.shape, grads.dtype))
    np.subtract(params, np.divide(change, root, out=change), out=params)
