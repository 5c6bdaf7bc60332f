"""Exponential decay."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal

from nncli.nn.schedules.base import DecayRate, DecaySteps, Schedule
from nncli.registry import register


@register
class ExponentialDecay(Schedule):
    """Multiplies the learning rate by the same factor at every step.

        rate = learning_rate decay_rate^(step / decay_steps)

    Source: Keras, ExponentialDecay.
    """

    type: Literal["exponential"] = "exponential"
    decay_steps: DecaySteps
    decay_rate: DecayRate
    example: ClassVar[dict[str, Any]] = {"decay_steps": 100, "decay_rate": 0.9}

    def after_warmup(self, learning_rate: float, step: int, steps: int) -> float:
        return learning_rate * math.pow(self.decay_rate, step / self.decay_steps)
