"""Schedules: how the learning rate goes on from step to step. Each is a pure function, without state."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from annotated_types import Ge, Gt, Le, Lt

from nncli.registry import Help, kind, register, strict

Decay: TypeAlias = Annotated[float, Ge(0), Help("the rate of step i is learning_rate / (1 + decay i)")]
DecaySteps: TypeAlias = Annotated[int, Gt(0), Help("steps in which the rate is multiplied by decay_rate once")]
DecayRate: TypeAlias = Annotated[float, Gt(0), Le(1), Help("what decay_steps steps leave of the rate")]


@kind
@strict
class Schedule(ABC):
    """A learning rate for each step, counted from 0, that begins with a warm-up where one is wanted.

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
        """What the warm-up rises to."""
        return learning_rate

    @abstractmethod
    def after_warmup(self, learning_rate: float, step: int, steps: int) -> float:
        """The rate of a step of a training of so many, both counted from the end of the warm-up."""


@register
class ConstantRate(Schedule):
    """Keeps the learning rate as it is, after the warm-up."""

    type: Literal["constant"] = "constant"

    def after_warmup(self, learning_rate: float, step: int, steps: int) -> float:
        return learning_rate


@register
class InverseTimeDecay(Schedule):
    """Divides the learning rate by a number that grows with every step.

        rate = learning_rate (1 / (1 + decay step))

    Source: the book, chapter 10; an optimizer's own `decay` is short for it.
    """

    type: Literal["inverse_time"] = "inverse_time"
    decay: Decay
    example: ClassVar[dict[str, Any]] = {"decay": 0.001}

    def after_warmup(self, learning_rate: float, step: int, steps: int) -> float:
        return decayed(learning_rate, self.decay, step)


@register
class StepDecay(Schedule):
    """Multiplies the learning rate by a factor after every so many steps.

        rate = learning_rate decay_rate^⌊step / decay_steps⌋

    Source: PyTorch's StepLR and its default factor, in the words of Keras.
    """

    type: Literal["step"] = "step"
    decay_steps: DecaySteps
    decay_rate: DecayRate = 0.1
    example: ClassVar[dict[str, Any]] = {"decay_steps": 100}

    def after_warmup(self, learning_rate: float, step: int, steps: int) -> float:
        return learning_rate * self.decay_rate ** (step // self.decay_steps)


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


@register
class CosineDecay(Schedule):
    """Lowers the learning rate along half a cosine that takes the whole training.

        rate = learning_rate (alpha + (1 - alpha) (1 + cos(π step / steps)) / 2)

    The end is reached where step = steps, one step after the last.

    Source: Loshchilov and Hutter 2017, equation 5, without restarts; `alpha` as in Keras.
    """

    type: Literal["cosine"] = "cosine"
    alpha: Annotated[float, Ge(0), Le(1), Help("the part of the rate that is left at the end")] = 0.0
    spans_training: ClassVar[bool] = True

    def after_warmup(self, learning_rate: float, step: int, steps: int) -> float:
        return learning_rate * (self.alpha + (1 - self.alpha) * _cosine(step, steps))


@register
class OneCycle(Schedule):
    """Raises the learning rate to its peak and lowers it below where it began, both along half a cosine.

        first = learning_rate / div_factor        last = first / final_div_factor        peak at pct_start steps - 1

        up to the peak:  rate = learning_rate + (first - learning_rate) (1 + cos(π step / peak)) / 2
        from there on:   rate = last + (learning_rate - last) (1 + cos(π (step - peak) / (steps - 1 - peak))) / 2

    `learning_rate` is the rate at the peak; `last` is that of the last step.

    Source: Smith and Topin 2018; fields and defaults of PyTorch's OneCycleLR, which is of two phases as well.
    """

    type: Literal["one_cycle"] = "one_cycle"
    pct_start: Annotated[float, Gt(0), Lt(1), Help("the part of the steps in which the rate rises")] = 0.3
    div_factor: Annotated[float, Ge(1), Help("how often the first rate goes into the peak")] = 25.0
    final_div_factor: Annotated[float, Ge(1), Help("how often the last rate goes into the first")] = 1e4
    spans_training: ClassVar[bool] = True

    def first_rate(self, learning_rate: float) -> float:
        return learning_rate / self.div_factor

    def after_warmup(self, learning_rate: float, step: int, steps: int) -> float:
        first = self.first_rate(learning_rate)
        peak, end = self.pct_start * steps - 1, steps - 1
        if step < peak:
            return learning_rate + (first - learning_rate) * _cosine(step, peak)
        last = first / self.final_div_factor
        return last + (learning_rate - last) * _cosine(step - peak, end - peak)


def decayed(learning_rate: float, decay: float, step: int) -> float:
    """learning_rate (1 / (1 + decay step)), in this order: the bits of the book."""
    return learning_rate * (1.0 / (1.0 + decay * step))


def _cosine(step: float, steps: float) -> float:
    """Half a cosine from 1 at step 0 to 0 at the end and after it: (1 + cos(π step / steps)) / 2."""
    return (1 + math.cos(math.pi * step / steps)) / 2 if step < steps else 0.0
