"""Estimate how long a sweep takes, by training its first trial for a moment."""

from __future__ import annotations

import time
from typing import NamedTuple

from nncli import training
from nncli.events import EpochEnded
from nncli.resolved import ResolvedExperiment
from nncli.sweeps.plan import SweepPlan

MAX_SECONDS = 2.0
WARM_UP = 5  # epochs that are not counted, because the first ones also plan the step


class Estimate(NamedTuple):
    """The expected duration of one training and of the sweep, in seconds, and the processes that it is for."""

    training: float
    sweep: float
    workers: int


def estimate(plan: SweepPlan) -> Estimate:
    """Train the first trial for at most MAX_SECONDS, saving nothing; return the durations that follow from it."""
    resolved = plan.load(plan.sampler.settings(plan.space, 0)).resolved
    workers = min(plan.workers, plan.trials * len(plan.seeds))
    seconds = seconds_per_epoch(resolved) * resolved.experiment.train.epochs
    return Estimate(seconds, seconds * plan.trials * len(plan.seeds) / workers, workers)


def seconds_per_epoch(resolved: ResolvedExperiment) -> float:
    """Return the duration of an epoch, data and network being ready."""
    start = time.monotonic()
    source = training.start(resolved, lambda: time.monotonic() - start > MAX_SECONDS)
    first = last = time.monotonic()
    epochs = 0
    for event in source:
        if isinstance(event, EpochEnded):
            last = time.monotonic()
            epochs += 1
            if epochs == WARM_UP:
                first = last
    counted = epochs - WARM_UP if epochs > WARM_UP else epochs
    return (last - first) / max(counted, 1)
