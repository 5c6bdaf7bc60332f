"""One cycle: up to a peak and back down."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Gt, Lt

from nncli.nn.schedules.base import Schedule, half_cosine
from nncli.registry import Help, register


@register
class OneCycle(Schedule):
    """Raises the learning rate to a peak, then lowers it below its initial value, both along half a cosine.

        first = learning_rate / div_factor        last = first / final_div_factor        peak at pct_start steps - 1

        up to the peak:  rate = learning_rate + (first - learning_rate) (1 + cos(π step / peak)) / 2
        after the peak:  rate = last + (learning_rate - last) (1 + cos(π (step - peak) / (steps - 1 - peak))) / 2

    `learning_rate` is the rate at the peak, `last` that of the last step.

    Source: Smith and Topin 2018; fields, defaults and the two phases are those of PyTorch's OneCycleLR.
    """

    type: Literal["one_cycle"] = "one_cycle"
    pct_start: Annotated[float, Gt(0), Lt(1), Help("fraction of the steps over which the learning rate rises")] = 0.3
    div_factor: Annotated[float, Ge(1), Help("peak learning rate divided by the initial one")] = 25.0
    final_div_factor: Annotated[float, Ge(1), Help("initial learning rate divided by the last one")] = 1e4
    spans_training: ClassVar[bool] = True

    def first_rate(self, learning_rate: float) -> float:
        return learning_rate / self.div_factor

    def after_warmup(self, learning_rate: float, step: int, steps: int) -> float:
        first = self.first_rate(learning_rate)
        peak, end = self.pct_start * steps - 1, steps - 1
        if step < peak:
            return learning_rate + (first - learning_rate) * half_cosine(step, peak)
        last = first / self.final_div_factor
        return last + (learning_rate - last) * half_cosine(step - peak, end - peak)
