"""Short trainings with candidate learning rates, the best of which go on to longer ones."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from nncli.nn.optimizers.base import Optimizer
from nncli.remedies.short_training import ShortTraining

ROUNDS = ((250, 3), (1000, 1))  # steps of each trial, and how many candidates remain
SHARE = 1 / 3  # of the time left, for another seed in a round that is not the last
SMALLEST = 1e-300  # instead of a loss of zero, which has no logarithm


class Trial(NamedTuple):
    """Short trainings with a candidate: the loss after the same number of steps for each seed, infinite if diverged."""

    learning_rate: float
    steps: int
    losses: list[float]

    @property
    def loss(self) -> float:
        """The geometric mean over seeds: losses may differ by orders of magnitude."""
        return float(np.exp(np.mean(np.log(np.maximum(self.losses, SMALLEST)))))

    def as_dict(self) -> dict[str, Any]:
        """Return the trial for JSON, with null for a training that diverged."""
        return {**self._asdict(), "losses": [loss if math.isfinite(loss) else None for loss in self.losses]}


def try_rates(
    trainings: Sequence[ShortTraining], optimizer: Optimizer, rates: Sequence[float], deadline: float
) -> list[Trial]:
    """Try rates in rounds and return all trials, the best of the last round at the end.

    In each round, the same seeds train with all candidates that remain: six for 250 steps, then three for 1,000, or as
    many as the experiment has. After the deadline, a round lacks seeds, then candidates, and no other follows.

    Source: Jamieson and Talwalkar 2016, "Non-stochastic Best Arm Identification and Hyperparameter Optimization",
    for the elimination in rounds.
    """
    trials: list[Trial] = []
    for steps, keep in ROUNDS:
        steps = min(steps, trainings[0].steps_in_all)
        if trials and trials[-1].steps == steps:  # the whole training
            break
        share = 1 if keep == 1 else SHARE
        ranked = sorted(_round(trainings, optimizer, rates, steps, share, deadline), key=lambda trial: trial.loss)
        is_complete = len(ranked) == len(rates)
        if is_complete or not trials:
            trials += reversed(ranked)
        if not is_complete:
            break
        rates = [trial.learning_rate for trial in ranked[:keep]]
    return trials


def _round(
    trainings: Sequence[ShortTraining],
    optimizer: Optimizer,
    rates: Sequence[float],
    steps: int,
    share: float,
    deadline: float,
) -> list[Trial]:
    """Return the trials of a round. The first seed has all the time that is left, and the others only a share."""
    trials: list[Trial] = []
    start = now = time.thread_time()
    for training in trainings:
        before = now
        losses = _losses(training, optimizer, rates, steps, deadline)
        if not trials:
            trials = [Trial(rate, steps, [loss]) for rate, loss in zip(rates, losses, strict=False)]
        elif len(losses) == len(trials):
            for trial, loss in zip(trials, losses, strict=True):
                trial.losses.append(loss)
        now = time.thread_time()
        if now + (now - before) > start + share * (deadline - start):  # another seed would end too late
            break
    return trials


def _losses(
    training: ShortTraining, optimizer: Optimizer, rates: Sequence[float], steps: int, deadline: float
) -> list[float]:
    """Return the losses with the first rates, as many as are tried before the deadline."""
    losses = []
    for rate in rates:
        loss = training.loss(dataclasses.replace(optimizer, learning_rate=rate), steps, deadline)
        if loss is None:
            break
        losses.append(loss)
    return losses
