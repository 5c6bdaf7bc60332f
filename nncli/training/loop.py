"""The training loop. It knows no terminal and no file: whoever takes the events prints, saves or breaks off."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.checkpoint import Checkpoint
from nncli.events import EpochEnded, Event, Figures, Monitor, TrainingEnded, TrainingStarted
from nncli.experiment import Experiment
from nncli.measured import monitors
from nncli.training.figures import Sums
from nncli.training.plan import Plan, prepare


def start(experiment: Experiment, stop: Callable[[], bool] = lambda: False) -> Training:
    """A training from its beginning; once `stop` says true, it ends after the epoch it is in."""
    return Training(*prepare(experiment), stop)


class Training:
    """A training under way: iterate over it for its events."""

    def __init__(self, plan: Plan, at: Checkpoint, stop: Callable[[], bool] = lambda: False) -> None:
        self.plan = plan
        self.at = at
        self._stop = stop

    def __iter__(self) -> Iterator[Event]:
        plan, at, experiment = self.plan, self.at, self.plan.experiment
        stopping = experiment.train.early_stopping
        default = "loss" if plan.validation is None else "val_loss"
        figures = monitors(experiment)
        judge = figures[(stopping and stopping.monitor) or default]
        yield TrainingStarted(
            first_epoch=at.epoch,
            epochs=experiment.train.epochs,
            samples=len(plan.training.x),
            parameter_count=plan.network.parameter_count,
            metrics=tuple(metric.type for metric in plan.metrics),
            monitor=judge if judge.name.startswith("val_") else figures.get("val_loss"),
        )
        for epoch in fit(plan, at):
            out_of_patience = self._count(judge, epoch.figures)  # before the event: whoever saves then must have it
            yield epoch
            if not math.isfinite(epoch.figures["loss"]):
                yield TrainingEnded("diverged", f"the loss is {epoch.figures['loss']} at epoch {epoch.epoch}")
                return
            if at.epoch == experiment.train.epochs:
                break
            if self._stop():
                yield TrainingEnded("stopped", "interrupted")
                return
            if out_of_patience:
                waited = at.stopping.waited
                yield TrainingEnded("done", f"early stopping: {judge.name} is no better than {waited} epochs ago")
                return
        finite = all(np.isfinite(vector).all() for vector in at.params.vectors)
        yield (
            TrainingEnded("done")
            if finite
            else TrainingEnded("diverged", "the last step made a weight infinite or NaN")
        )

    def _count(self, judge: Monitor, figures: Figures) -> bool:
        """Counts an epoch for early stopping; whether patience has run out."""
        stopping, state = self.plan.experiment.train.early_stopping, self.at.stopping
        if stopping is None:
            return False
        if judge.better(figures[judge.name], state.best, stopping.min_delta):
            state.best, state.waited = figures[judge.name], 0
        else:
            state.waited += 1
        return state.waited >= stopping.patience

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Copies of all that training goes on from, by name."""
        return self.at.arrays(self.plan.network)

    def evaluate(self) -> Figures:
        """Loss and metrics of the parameters as they are, on training data and, as `val_`, on validation data."""
        plan, at = self.plan, self.at
        figures = plan.measure(at.params, plan.training).means(plan.network.penalty(at.params, plan.evaluating))
        return figures | _validate(plan, at)


def fit(plan: Plan, at: Checkpoint) -> Iterator[EpochEnded]:
    """Trains on from a checkpoint, which it changes in place, an event an epoch."""
    optimizer = plan.experiment.optimizer
    while at.epoch < plan.experiment.train.epochs:
        shown_rate = optimizer.rate(max(at.step - 1, 0))  # the book prints that of the step before
        figures = train_epoch(plan, at)
        figures["learning_rate"] = shown_rate
        figures |= _validate(plan, at)
        at.epoch += 1
        yield EpochEnded(at.epoch - 1, figures)


@np.errstate(all="ignore")  # numbers that grow without bound are told once, as a training that diverged
def train_epoch(plan: Plan, at: Checkpoint) -> dict[str, float]:
    """Takes a step for each batch; the figures are measured on the way, before each update, as the book prints them."""
    network, ops, optimizer = plan.network, plan.ops, plan.experiment.optimizer
    sums = Sums(plan.metrics, plan.statistics)
    for x, t in plan.batches(at.streams.steps):
        ops.rewind(len(x))
        output, backward = network.forward(at.params, x, ops)
        predictions, losses, loss_backward = network.loss.forward(output, t, ops)
        sums.add(losses, predictions, t, network.penalty(at.params, ops), ops)
        backward(loss_backward(), at.grads)
        for params, grads, state in zip(at.params.vectors, at.grads.vectors, at.states, strict=True):
            optimizer.update(params, grads, state, at.step, optimizer.rate(at.step), ops)
        at.step += 1
    with_batches = ops.book and plan.experiment.train.batch_size is not None
    return sums.means(network.penalty(at.params, ops) if with_batches else None)


def _validate(plan: Plan, at: Checkpoint) -> dict[str, float]:
    if plan.validation is None:
        return {}
    return {f"val_{name}": value for name, value in plan.evaluate(at.params, plan.validation).items()}
