"""The learning rate range test: a short training whose learning rate grows at every step."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import numpy as np

from nncli.diagnosis.step_size import USUAL
from nncli.errors import NncliError
from nncli.nn.optimizers.base import Optimizer
from nncli.nn.schedules.base import Schedule
from nncli.registry import spec_class
from nncli.resolved import ResolvedExperiment, resolve
from nncli.training import Plan, prepare
from nncli.training.batches import BatchRows, sample_count
from nncli.training.loop import make_train_step

STEPS, SEEDS = 100, 3
SPAN = 1e3  # rates grow from the usual rate of the optimizer / SPAN to the usual rate * SPAN
OTHER_USUAL = 0.01  # the usual rate of an optimizer that `USUAL` lacks
WORSE = 4.0  # multiple of the best smoothed loss at which a test ends
SMOOTHING = 0.9  # share of the past in the running mean of the losses, which then ignores the noise of small batches
SAFETY = 10.0  # the rate of the lowest loss is already too large for a long training
MIN_FALL = 0.005  # of the smoothed loss: a test whose loss falls less suggests nothing
MAX_SECONDS = 10.0


@spec_class
class GrowingRate(Schedule):
    """Multiplies the learning rate by the same factor at every step: by SPAN² from the first step to the last.

        rate = learning_rate SPAN^(2 step / (STEPS - 1)) √(1 - ρ^(step + 1))

    With the root, the first steps of rmsprop are no larger than later ones, though its mean of squares starts at zero.

    Source: Kingma and Ba 2015, section 3, for the root.
    """

    type: Literal["growing"] = "growing"
    rho: float = 0.0

    def after_warmup(self, learning_rate: float, step: int, steps: int) -> float:
        return grown(learning_rate, step) * math.sqrt(1 - math.pow(self.rho, step + 1))


def grown(learning_rate: float, step: int) -> float:
    """Return the learning rate of a step, without the root."""
    return float(learning_rate * math.pow(SPAN, 2 * step / (STEPS - 1)))


class Curve(NamedTuple):
    """The test of a seed: the learning rate of each step, and the loss before the step."""

    seed: int
    rates: list[float]
    losses: list[float]
    smoothed: list[float]

    @property
    def stopped(self) -> str | None:
        """The step and rate at which the test ended early, in words."""
        if len(self.rates) == STEPS:
            return None
        return f"stopped after step {len(self.rates)}, at rate {self.rates[-1]:.2g}"

    @property
    def lowest(self) -> int:
        """The step with the lowest smoothed loss."""
        return int(np.argmin(self.smoothed))

    @property
    def suggestion(self) -> float | None:
        """A tenth of the rate with the lowest smoothed loss; None if the loss hardly falls.

        Source: Howard and Gugger 2020, fastai's `lr_find`, its suggestion `minimum`.
        """
        if not self.smoothed or self.smoothed[self.lowest] > (1 - MIN_FALL) * self.smoothed[0]:
            return None
        return self.rates[self.lowest] / SAFETY


class RangeTest(NamedTuple):
    """The tests of several seeds, and the learning rate that they suggest."""

    curves: list[Curve]
    learning_rate: float

    @property
    def override(self) -> str:
        """The suggestion as an override."""
        return f"optimizer.learning_rate={self.learning_rate:g}"

    def as_dict(self) -> dict[str, Any]:
        """Return the result for JSON."""
        curves = [{**curve._asdict(), "suggestion": curve.suggestion} for curve in self.curves]
        return {"learning_rate": self.learning_rate, "override": self.override, "curves": curves}


def range_test(resolved: ResolvedExperiment) -> RangeTest:
    """Test the seed of an experiment and the next two; the suggestion is the median, rounded to two digits.

    The rate of step i of 100 is u · 1000^(2 i / 99 - 1), with u the usual rate of the optimizer. The decay and the
    schedule of the experiment do not apply. Seeds that are not tested after MAX_SECONDS are left out.

    Raises NncliError if one test takes longer, or if the loss falls for no seed.

    Source: Smith 2017, "Cyclical Learning Rates for Training Neural Networks", section 3.3.
    """
    deadline = time.monotonic() + MAX_SECONDS
    curves: list[Curve] = []
    for offset in range(SEEDS):
        curve = _test((resolved.experiment.seed + offset) % 2**32, resolved, deadline)
        if curve is None:
            break
        curves.append(curve)
    if not curves:
        hint = "use a smaller train.batch_size"
        raise NncliError(f"{STEPS} steps take more than {MAX_SECONDS:g} s", place=resolved.experiment.name, hint=hint)
    rates = [rate for rate in (curve.suggestion for curve in curves) if rate is not None]
    if not rates:
        hint = "nncli why finds out why the network does not learn"
        raise NncliError("the loss falls at no learning rate", place=resolved.experiment.name, hint=hint)
    return RangeTest(curves, float(f"{np.median(rates):.2g}"))


def _test(seed: int, resolved: ResolvedExperiment, deadline: float) -> Curve | None:
    """Return the curve of a seed, or None if it is not complete by the deadline."""
    experiment = resolved.experiment
    optimizer = _with_growing_rate(experiment.optimizer)
    train = dataclasses.replace(experiment.train, epochs=STEPS, early_stopping=None)
    changed = dataclasses.replace(experiment, seed=seed, optimizer=optimizer, train=train, metrics=())
    plan, checkpoint = prepare(resolve(changed, resolved.description))
    take_step, curve = make_train_step(plan, checkpoint), Curve(seed, [], [], [])
    mean, now = 0.0, time.monotonic()
    with np.errstate(all="ignore"):
        for rows in _batches(plan, checkpoint.streams.steps):
            losses, penalty, *_ = take_step(rows)
            loss = float(losses) / sample_count(rows) + float(penalty)
            mean = SMOOTHING * mean + (1 - SMOOTHING) * loss
            smoothed = mean / (1 - SMOOTHING ** (checkpoint.step + 1))
            if not math.isfinite(loss) or smoothed > WORSE * min(curve.smoothed, default=smoothed):
                break
            curve.rates.append(grown(optimizer.learning_rate, checkpoint.step))
            curve.losses.append(loss)
            curve.smoothed.append(smoothed)
            checkpoint.step += 1
            before, now = now, time.monotonic()
            if now + (now - before) > deadline:  # another step like this one would end too late
                return None
    return curve


def _with_growing_rate(optimizer: Optimizer) -> Optimizer:
    """Return the optimizer with rates around its usual one; momentum multiplies a step by 1 / (1 - momentum)."""
    momentum = getattr(optimizer, "momentum", 0.0) or 0.0
    usual = USUAL.get(optimizer.type, OTHER_USUAL) * (1 - momentum)
    schedule = GrowingRate(rho=getattr(optimizer, "rho", 0.0))
    return dataclasses.replace(optimizer, learning_rate=usual / SPAN, decay=0.0, schedule=schedule)


def _batches(plan: Plan, random: Any) -> Iterator[BatchRows]:
    """Yield the batches of STEPS steps."""
    count = 0
    while True:
        for rows in plan.batches(random):
            if count == STEPS:
                return
            yield rows
            count += 1
