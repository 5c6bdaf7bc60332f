"""Short trainings of an experiment from the same initial weights, each with another optimizer."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from nncli.nn.optimizers.base import Optimizer
from nncli.resolved import ResolvedExperiment, resolve
from nncli.training import prepare
from nncli.training.batches import sample_count
from nncli.training.loop import make_train_step, make_validator

LAST = 0.2  # share of a training whose mean loss counts: the loss of a single step may be a peak


class Step(NamedTuple):
    """The loss of a batch before a step, with penalties, and whether the step ends an epoch."""

    loss: float
    ends_epoch: bool


class ShortTraining:
    """The first steps of an experiment with a seed, to be taken with several optimizers in turn."""

    def __init__(self, resolved: ResolvedExperiment, seed: int) -> None:
        changed = dataclasses.replace(resolved.experiment, seed=seed, metrics=())
        self._plan, self._checkpoint = prepare(resolve(changed, resolved.description))
        self._start = self._checkpoint.arrays(self._plan.network)
        self._place = resolved.experiment.name

    @property
    def steps_in_all(self) -> int:
        """The number of steps of the complete training."""
        return self._plan.steps

    def steps(self, optimizer: Optimizer, count: int) -> Iterator[Step]:
        """Take steps from the initial weights, with an optimizer of the experiment's type; yield each before the next.

        Epochs follow one another, even beyond those of the experiment, until `count` steps are taken.
        """
        plan = dataclasses.replace(
            self._plan, experiment=dataclasses.replace(self._plan.experiment, optimizer=optimizer)
        )
        checkpoint = self._checkpoint
        checkpoint.restore(plan.network, self._start, self._place)
        take_step, epoch = make_train_step(plan, checkpoint), plan.steps // plan.experiment.train.epochs
        while True:
            for rows in plan.batches(checkpoint.streams.steps):
                if checkpoint.step == count:
                    return
                losses, penalty, *_ = take_step(rows)
                loss = float(losses) / sample_count(rows) + float(penalty)
                checkpoint.step += 1
                yield Step(loss, checkpoint.step % epoch == 0)

    @np.errstate(all="ignore")
    def loss(self, optimizer: Optimizer, count: int, deadline: float) -> float | None:
        """Return the loss at the end of `count` steps; infinite if it diverges, None if the deadline passes before.

        It is the mean over the last LAST of the steps, or of the epochs' validation losses; with early stopping, the
        lowest validation loss.
        """
        validate: Any = make_validator(self._plan, self._checkpoint)
        losses, validation_losses = list[float](), list[float]()
        for step in self.steps(optimizer, count):
            if not math.isfinite(step.loss):
                return math.inf
            losses.append(step.loss)
            if self._plan.validation is not None and (step.ends_epoch or len(losses) == count):
                validation_losses.append(validate()["val_loss"])
            if time.thread_time() > deadline:
                return None
        if validation_losses and self._plan.experiment.train.early_stopping is not None:
            return min(validation_losses)
        values = validation_losses or losses
        return float(np.mean(values[-max(1, round(LAST * len(values))) :]))
