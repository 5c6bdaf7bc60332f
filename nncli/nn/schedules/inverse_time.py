"""Inverse time decay, as in the book."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from nncli.nn.schedules.base import Decay, Schedule, inverse_time_rate
from nncli.registry import register


@register
class InverseTimeDecay(Schedule):
    """Divides the learning rate by a number that grows linearly with the steps.

        rate = learning_rate (1 / (1 + decay step))

    Source: the book, chapter 10; the field `decay` of an optimizer is short for this schedule.
    """

    type: Literal["inverse_time"] = "inverse_time"
    decay: Decay
    example: ClassVar[dict[str, Any]] = {"decay": 0.001}

    def after_warmup(self, learning_rate: float, step: int, steps: int) -> float:
        return inverse_time_rate(learning_rate, self.decay, step)
