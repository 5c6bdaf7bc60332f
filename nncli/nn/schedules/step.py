"""Decay in steps."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from nncli.nn.schedules.base import DecayRate, DecaySteps, Schedule
from nncli.registry import register


@register
class StepDecay(Schedule):
    """Multiplies the learning rate by a factor once every `decay_steps` steps.

        rate = learning_rate decay_rate^⌊step / decay_steps⌋

    Source: PyTorch's StepLR and its default factor, with the field names of Keras.
    """

    type: Literal["step"] = "step"
    decay_steps: DecaySteps
    decay_rate: DecayRate = 0.1
    example: ClassVar[dict[str, Any]] = {"decay_steps": 100}

    def after_warmup(self, learning_rate: float, step: int, steps: int) -> float:
        return learning_rate * self.decay_rate ** (step // self.decay_steps)
