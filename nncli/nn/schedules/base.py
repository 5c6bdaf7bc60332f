"""The base class of schedules: the learning rate of each step, as a function without state."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Annotated, Any, ClassVar, TypeAlias

from annotated_types import Ge, Gt, Le

from nncli.registry import Help, kind, spec_class

Decay: TypeAlias = Annotated[float, Ge(0), Help("sets the rate of step i to learning_rate / (1 + decay i)")]
DecaySteps: TypeAlias = Annotated[int, Gt(0), Help("number of steps for each multiplication by decay_rate")]
DecayRate: TypeAlias = Annotated[float, Gt(0), Le(1), Help("factor applied to the rate every decay_steps steps")]


@kind
@spec_class
class Schedule(ABC):
    """A learning rate for each step, counted from 0, optionally after a warm-up.

        rate of step i < warmup = (i + 1) / warmup · the initial rate of the schedule

    After the warm-up the schedule counts steps from 0 again. `spans_training` is true if the rates depend on the total
    number of steps: training cannot be extended later, because its earlier rates would have been different.

    Source: Goyal et al. 2017, section 2.2, for the warm-up.
    """

    example: ClassVar[dict[str, Any]] = {}
    spans_training: ClassVar[bool] = False

    type: str
    warmup: Annotated[int, Ge(0), Help("initial steps over which the learning rate rises linearly")] = 0

    def rate(self, learning_rate: float, step: int, steps: int) -> float:
        """Return the learning rate of one of `steps` steps."""
        if step < self.warmup:
            return (step + 1) / self.warmup * self.first_rate(learning_rate)
        return self.after_warmup(learning_rate, step - self.warmup, steps - self.warmup)

    def first_rate(self, learning_rate: float) -> float:
        """Return the learning rate at the end of the warm-up."""
        return learning_rate

    @abstractmethod
    def after_warmup(self, learning_rate: float, step: int, steps: int) -> float:
        """Return the learning rate of a step; `step` and `steps` are counted from the end of the warm-up."""


def inverse_time_rate(learning_rate: float, decay: float, step: int) -> float:
    """Return learning_rate (1 / (1 + decay step)), in the book's order of operations and so with its bits."""
    return learning_rate * (1.0 / (1.0 + decay * step))


def half_cosine(step: float, steps: float) -> float:
    """Return (1 + cos(π step / steps)) / 2, which falls from 1 at step 0 to 0 at the end and stays 0 after it."""
    return (1 + math.cos(math.pi * step / steps)) / 2 if step < steps else 0.0
