"""Decay along half a cosine."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Le

from nncli.nn.schedules.base import Schedule, half_cosine
from nncli.registry import Help, register


@register
class CosineDecay(Schedule):
    """Lowers the learning rate along half a cosine until the end of training.

        rate = learning_rate (alpha + (1 - alpha) (1 + cos(π step / steps)) / 2)

    The rate would be lowest at step = steps, one step after the last.

    Source: Loshchilov and Hutter 2017, equation 5, without restarts; `alpha` as in Keras.
    """

    type: Literal["cosine"] = "cosine"
    alpha: Annotated[float, Ge(0), Le(1), Help("fraction of the learning rate left at the end")] = 0.0
    spans_training: ClassVar[bool] = True

    def after_warmup(self, learning_rate: float, step: int, steps: int) -> float:
        return learning_rate * (self.alpha + (1 - self.alpha) * half_cosine(step, steps))
