"""The base class of schedules: the learning rate of each step. A schedule is a pure function, without state."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Annotated, Any, ClassVar, TypeAlias

from annotated_types import Ge, Gt, Le

from nncli.registry import Help, kind, spec_class

Decay: TypeAlias = Annotated[float, Ge(0), Help("the rate of step i is learning_rate / (1 + decay i)")]
DecaySteps: TypeAlias = Annotated[int, Gt(0), Help("steps per multiplication by decay_rate")]
DecayRate: TypeAlias = Annotated[float, Gt(0), Le(1), Help("factor on the rate every decay_steps steps")]


@kind
@spec_class
class Schedule(ABC):
    """A learning rate for each step, counted from 0, optionally after a warm-up.

        rate of step i < warmup = (i + 1) / warmup · the rate that the schedule begins with

    After the warm-up the schedule counts from its own step 0. `spans_training` says whether it depends on how many
    steps the training has: such a training cannot be made longer later on, for its rates would have been others.

    Source: Goyal et al. 2017, section 2.2, for the warm-up.
    """

    example: ClassVar[dict[str, Any]] = {}
    spans_training: ClassVar[bool] = False

    type: str
    warmup: Annotated[int, Ge(0), Help("steps at the beginning in which the rate rises linearly")] = 0

    def rate(self, learning_rate: float, step: int, steps: int) -> float:
        """The rate of a step in a training of so many steps."""
        if step < self.warmup:
            return (step + 1) / self.warmup * self.first_rate(learning_rate)
        return self.after_warmup(learning_rate, step - self.warmup, steps - self.warmup)

    def first_rate(self, learning_rate: float) -> float:
        """The rate at the end of the warm-up."""
        return learning_rate

    @abstractmethod
    def after_warmup(self, learning_rate: float, step: int, steps: int) -> float:
        """The rate of a step of a training of so many, both counted from the end of the warm-up."""


def decayed(learning_rate: float, decay: float, step: int) -> float:
    """learning_rate (1 / (1 + decay step)), in this order: the bits of the book."""
    return learning_rate * (1.0 / (1.0 + decay * step))


def half_cosine(step: float, steps: float) -> float:
    """Half a cosine from 1 at step 0 to 0 at the end and after it: (1 + cos(π step / steps)) / 2."""
    return (1 + math.cos(math.pi * step / steps)) / 2 if step < steps else 0.0
