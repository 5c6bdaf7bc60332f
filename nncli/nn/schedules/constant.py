"""The constant learning rate."""

from __future__ import annotations

from typing import Literal

from nncli.nn.schedules.base import Schedule
from nncli.registry import register


@register
class ConstantRate(Schedule):
    """Keeps the learning rate constant after the warm-up."""

    type: Literal["constant"] = "constant"

    def after_warmup(self, learning_rate: float, step: int, steps: int) -> float:
        return learning_rate
