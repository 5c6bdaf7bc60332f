"""The learning rate range test, and short trainings with the rates that it suggests."""

from __future__ import annotations

import dataclasses
import math
import time
from typing import Any, Literal, NamedTuple

import numpy as np

from nncli.diagnosis.step_size import USUAL
from nncli.errors import NncliError
from nncli.nn.optimizers.base import Optimizer
from nncli.nn.schedules.base import Schedule
from nncli.registry import spec_class
from nncli.remedies.rate_trials import Trial, try_rates
from nncli.remedies.short_training import ShortTraining
from nncli.resolved import ResolvedExperiment

STEPS, SEEDS = 100, 3
SPAN = 1e3  # rates grow from the usual rate of the optimizer / SPAN to the usual rate * SPAN
OTHER_USUAL = 0.01  # the usual rate of an optimizer that `USUAL` lacks
WORSE = 4.0  # multiple of the best smoothed loss at which a test ends
SMOOTHING = 0.9  # share of the past in the running mean of the losses, which then ignores the noise of small batches
DIVISORS = (10, 30, 3, 100, 1)  # of the rate of the lowest loss, which is too large for most long trainings
CLOSE = 10**0.25  # half the distance of these, as a factor
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
    def best_rate(self) -> float | None:
        """The rate with the lowest smoothed loss; None if the loss hardly falls."""
        if not self.smoothed or self.smoothed[self.lowest] > (1 - MIN_FALL) * self.smoothed[0]:
            return None
        return self.rates[self.lowest]


class RangeTest(NamedTuple):
    """The tests of several seeds, the trials of the candidates, and the suggested learning rate."""

    curves: list[Curve]
    trials: list[Trial]
    learning_rate: float

    @property
    def override(self) -> str:
        """The suggestion as an override."""
        return f"optimizer.learning_rate={self.learning_rate:g}"

    def as_dict(self) -> dict[str, Any]:
        """Return the result for JSON."""
        curves = [{**curve._asdict(), "best_rate": curve.best_rate} for curve in self.curves]
        return {
            "learning_rate": self.learning_rate,
            "override": self.override,
            "curves": curves,
            "trials": [trial.as_dict() for trial in self.trials],
        }


def range_test(resolved: ResolvedExperiment) -> RangeTest:
    """Test the seed of an experiment and the next two, try the rates that they suggest, and return the best.

    The rate of step i of 100 is u · 1000^(2 i / 99 - 1), with u the usual rate of the optimizer; the decay and the
    schedule of the experiment do not apply. They do in the trials (see `try_rates`). Whatever is not finished after
    MAX_SECONDS is left out.

    Raises NncliError if one test takes longer, or if the loss falls for no seed.

    Source: Smith 2017, "Cyclical Learning Rates for Training Neural Networks", section 3.3.
    """
    deadline = time.thread_time() + MAX_SECONDS
    experiment = resolved.experiment
    curves, trainings = list[Curve](), list[ShortTraining]()
    for offset in range(SEEDS):
        seed = (experiment.seed + offset) % 2**32
        training = ShortTraining(resolved, seed)
        curve = _test(seed, training, experiment.optimizer, deadline)
        if curve is None:
            break
        curves.append(curve)
        trainings.append(training)
    if not curves:
        hint = "use a smaller train.batch_size"
        raise NncliError(f"{STEPS} steps take more than {MAX_SECONDS:g} s", place=experiment.name, hint=hint)
    rates = [rate for rate in (curve.best_rate for curve in curves) if rate is not None]
    if not rates:
        hint = "nncli why finds out why the network does not learn"
        raise NncliError("the loss falls at no learning rate", place=experiment.name, hint=hint)
    chosen = candidates(float(np.median(rates)), experiment.optimizer)
    trials = try_rates(trainings, experiment.optimizer, chosen, deadline)
    return RangeTest(curves, trials, trials[-1].learning_rate if trials else chosen[0])


def candidates(best_rate: float, optimizer: Optimizer) -> list[float]:
    """Return the rates to try: fractions of the best rate of the tests, and the default of the optimizer.

    The most likely come first. The default stands for the fractions close to it: two candidates that differ by less
    than half the distance of neighbours would be told apart by chance.

    Source: Howard and Gugger 2020, fastai's `lr_find`, its suggestion `minimum`, for the first, a tenth.
    """
    rates = [float(f"{best_rate / divisor:.2g}") for divisor in DIVISORS]
    defaults = [field.default for field in dataclasses.fields(optimizer) if field.name == "learning_rate"]
    for default in defaults:
        if isinstance(default, float):
            close = [rate for rate in rates if 1 / CLOSE < rate / default < CLOSE]
            position = min([1, *map(rates.index, close)])
            rates = [rate for rate in rates if rate not in close]
            rates.insert(position, default)
    return rates


def _test(seed: int, training: ShortTraining, optimizer: Optimizer, deadline: float) -> Curve | None:
    """Return the curve of a seed, or None if it is not complete by the deadline."""
    growing, curve = _with_growing_rate(optimizer), Curve(seed, [], [], [])
    mean, now = 0.0, time.thread_time()
    with np.errstate(all="ignore"):
        for number, step in enumerate(training.steps(growing, STEPS)):
            mean = SMOOTHING * mean + (1 - SMOOTHING) * step.loss
            smoothed = mean / (1 - SMOOTHING ** (number + 1))
            if not math.isfinite(step.loss) or smoothed > WORSE * min(curve.smoothed, default=smoothed):
                break
            curve.rates.append(grown(growing.learning_rate, number))
            curve.losses.append(step.loss)
            curve.smoothed.append(smoothed)
            before, now = now, time.thread_time()
            if now + (now - before) > deadline:  # another step like this one would end too late
                return None
    return curve


def _with_growing_rate(optimizer: Optimizer) -> Optimizer:
    """Return the optimizer with rates around its usual one; momentum multiplies a step by 1 / (1 - momentum)."""
    momentum = getattr(optimizer, "momentum", 0.0) or 0.0
    usual = USUAL.get(optimizer.type, OTHER_USUAL) * (1 - momentum)
    schedule = GrowingRate(rho=getattr(optimizer, "rho", 0.0))
    return dataclasses.replace(optimizer, learning_rate=usual / SPAN, decay=0.0, schedule=schedule)
