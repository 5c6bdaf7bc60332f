"""Short trainings of an experiment on samples of any kind, all from the initial weights of its seed."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np

from nncli.checkpoint import Checkpoint
from nncli.data.data import Samples
from nncli.diagnosis.fit import Fit
from nncli.diagnosis.setup import Setup
from nncli.nn.engine.ops import Ops
from nncli.nn.engine.rng import Streams
from nncli.resolved import ResolvedExperiment, resolve
from nncli.training import Plan, prepare
from nncli.training.batches import BatchRows
from nncli.training.loop import make_train_step
from nncli.training.plan import allocate

CHECK_EVERY = 20  # steps after which a training that may end early looks at its error
RESERVE = 0.7  # share of its time that the reference uses, so that others can take as many steps in theirs


class Outcome(NamedTuple):
    """The end of a short training."""

    unexplained: float  # fraction of the variance of the targets trained on; infinite if training diverged
    steps: int
    planned: int  # steps, of which less are taken if time runs out or training diverges

    @property
    def diverged(self) -> bool:
        """True if a loss or a prediction became infinite or NaN."""
        return not math.isfinite(self.unexplained)


class Budget:
    """The time that remains for a number of trainings."""

    def __init__(self, seconds: float, trainings: int) -> None:
        self.deadline = time.monotonic() + seconds
        self._trainings = trainings

    def share(self) -> float:
        """Return the seconds for the next training: an equal share of what remains."""
        share = max(self.deadline - time.monotonic(), 0.0) / max(self._trainings, 1)
        self._trainings -= 1
        return share


class ShortTrainings:
    """Trainings in memory within a budget of time; the data are read and the weights drawn only once.

    Everything is as in the experiment, also dropout, penalties, schedule and batches, but for two things: training
    does not stop early, since a comparison needs equal steps, and no metrics are measured.

    Raises NncliError if the data cannot be read.
    """

    def __init__(self, resolved: ResolvedExperiment, at_end: float | None = None) -> None:
        experiment = resolved.experiment
        train = dataclasses.replace(experiment.train, early_stopping=None)
        changed = dataclasses.replace(experiment, train=train, metrics=())
        self._plan, checkpoint = prepare(resolve(changed, resolved.description))
        self._initial = checkpoint.arrays(self._plan.network)
        self.budget = Budget(math.inf, 1)
        self.at_end = at_end  # unexplained fraction at the end of a run, if known
        self.setup = Setup.of(self._plan)

    @property
    def samples(self) -> Samples:
        """The training samples of the experiment."""
        return self._plan.training

    @property
    def steps(self) -> int:
        """The number of steps of the experiment."""
        return self._plan.steps

    @cached_property
    def reference(self) -> Outcome:
        """The training on the samples as they are, for as many steps of the experiment as there is time for."""
        return self._train(self._plan, self.steps, RESERVE * self.budget.share())

    def repeat(self, samples: Samples) -> Outcome:
        """Train on other samples of the same number for as many steps as the reference takes.

        If the reference diverges, all steps of the experiment are planned.
        """
        steps = self.steps if self.reference.diverged else self.reference.steps
        return self._train(self._with(samples, self._plan.experiment.train.epochs), steps, self.budget.share())

    def fit(self, samples: Samples, steps: int, enough: float) -> Outcome:
        """Train on a few samples until the unexplained fraction is at most `enough`, or for a number of steps."""
        batches = math.ceil(len(samples.x) / (self._plan.experiment.train.batch_size or len(samples.x)))
        return self._train(self._with(samples, math.ceil(steps / batches)), steps, self.budget.share(), enough)

    def _with(self, samples: Samples, epochs: int) -> Plan:
        """Return the plan for other samples and another number of epochs."""
        train = dataclasses.replace(self._plan.experiment.train, epochs=epochs)
        experiment = dataclasses.replace(self._plan.experiment, train=train)
        prepared = dataclasses.replace(self._plan.samples, training=samples)
        return dataclasses.replace(self._plan, experiment=experiment, samples=prepared)

    @np.errstate(all="ignore")
    def _train(self, plan: Plan, planned: int, seconds: float, enough: float | None = None) -> Outcome:
        now = time.monotonic()
        deadline = now + seconds
        plan, checkpoint = self._start(plan)
        setup, params = Setup.of(plan), checkpoint.params
        step = make_train_step(plan, checkpoint)
        for rows in _batches(plan, checkpoint, planned):
            losses, penalty, *_ = step(rows)
            checkpoint.step += 1
            if not math.isfinite(float(losses) + float(penalty)):
                return Outcome(math.inf, checkpoint.step, planned)
            if enough is not None and checkpoint.step % CHECK_EVERY == 0:
                unexplained = Fit(setup, plan, params, "stopped").unexplained
                if unexplained <= enough:
                    return Outcome(unexplained, checkpoint.step, planned)
            before, now = now, time.monotonic()
            if now + (now - before) > deadline:  # another step like this one would end too late
                break
        return Outcome(Fit(setup, plan, params, "stopped").unexplained, checkpoint.step, planned)

    def _start(self, plan: Plan) -> tuple[Plan, Checkpoint]:
        """Return the plan with its own random stream, and the initial state of training."""
        experiment, network = plan.experiment, plan.network
        streams = Streams(experiment.seed, book=plan.ops.book)
        params, grads = allocate(network, experiment.precision, plan.training)
        pairs = zip(params.vectors, grads.vectors, strict=True)
        states = tuple(experiment.optimizer.init(p, g) for p, g in pairs)
        checkpoint = Checkpoint(params, grads, states, streams)
        checkpoint.restore(network, self._initial, experiment.name)
        return dataclasses.replace(plan, ops=Ops(experiment.precision, streams.steps)), checkpoint


def _batches(plan: Plan, checkpoint: Checkpoint, steps: int) -> Iterator[BatchRows]:
    """Yield the batches of a number of steps."""
    while True:
        for rows in plan.batches(checkpoint.streams.steps):
            if checkpoint.step == steps:
                return
            yield rows
