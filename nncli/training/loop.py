"""The training loop. It knows no terminal and no file: whoever takes the events prints, saves or breaks off."""

from __future__ import annotations

import contextvars
import functools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from nncli.arrays import Array
from nncli.checkpoint import Checkpoint, Stopping, named_arrays
from nncli.events import EpochEnded, Event, Metrics, Monitor, TrainingEnded, TrainingStarted
from nncli.metric_choice import monitors
from nncli.nn.engine.ops import Ops
from nncli.nn.network import Parameters
from nncli.resolved import ResolvedExperiment
from nncli.text import plural
from nncli.training.batches import BatchRows, sample_count
from nncli.training.metric_sums import MetricSums
from nncli.training.plan import Plan, outputs, prepare
from nncli.training.snapshots import snapshot_epochs
from nncli.training.steps import BatchSums, Scalars, Steps


def start(resolved: ResolvedExperiment, stop: Callable[[], bool] = lambda: False) -> Training:
    """A training from its beginning; once `stop` says true, it ends after the epoch it is in."""
    return Training(*prepare(resolved), stop)


class Training:
    """A training under way: iterate over it for its events."""

    def __init__(self, plan: Plan, checkpoint: Checkpoint, stop: Callable[[], bool] = lambda: False) -> None:
        self.plan = plan
        self.checkpoint = checkpoint
        self._stop = stop
        self._evaluated: tuple[int, Metrics] | None = None  # after so many steps
        stopping, metrics = plan.experiment.train.early_stopping, monitors(plan.experiment, plan.samples.described)
        default = "loss" if plan.validation is None else "val_loss"
        self._judge = metrics[(stopping and stopping.monitor) or default]
        self._monitor = self._judge if self._judge.name.startswith("val_") else metrics.get("val_loss")

    def __iter__(self) -> Iterator[Event]:
        plan, checkpoint, train = self.plan, self.checkpoint, self.plan.experiment.train
        yield TrainingStarted(
            first_epoch=checkpoint.epoch,
            epochs=train.epochs,
            samples=len(plan.training.x),
            parameter_count=plan.network.parameter_count,
            metrics=tuple(metric.type for metric in plan.batch_metrics.metrics),
            monitor=self._monitor,
            snapshots=snapshot_epochs(train.epochs, train.snapshots, plan.network.parameter_count),
        )
        ended = self.final_event()
        epochs = fit(plan, checkpoint)
        # Numbers that grow without bound are told once, as a training that diverged. In a context of its own, this
        # holds for nobody else, and to say it in every epoch would take a thirtieth of it.
        context = contextvars.copy_context()
        context.run(np.seterr, all="ignore")
        while ended is None:
            epoch = context.run(next, epochs)
            self._note(epoch.metrics)  # before the event: whoever saves then must have it
            yield epoch
            ended = self.final_event()
            if ended is None and self._stop():
                ended = TrainingEnded("stopped", "interrupted")
        yield ended

    def final_event(self) -> TrainingEnded | None:
        """Why no further epoch follows; None where one does. The checkpoint tells, so also one that was loaded."""
        checkpoint, train = self.checkpoint, self.plan.experiment.train
        if checkpoint.epoch and not math.isfinite(checkpoint.loss):
            return TrainingEnded("diverged", f"the loss is {checkpoint.loss} at epoch {checkpoint.epoch - 1}")
        if checkpoint.epoch >= train.epochs:
            return self._diverged_last() or TrainingEnded("done")
        if train.early_stopping is not None and checkpoint.stopping.waited >= train.early_stopping.patience:
            why = stopping_reason(self._judge, checkpoint.stopping, train.early_stopping.min_delta)
            return self._diverged_last() or TrainingEnded("done", f"early stopping: {why}")
        return None

    def _diverged_last(self) -> TrainingEnded | None:
        """Return how the last step diverged, None if it did not: each row is measured before its epoch's last step."""
        if not all(np.isfinite(vector).all() for vector in self.checkpoint.params.vectors):
            return TrainingEnded("diverged", "the last step made a weight infinite or NaN")
        measured = self.evaluate().items()
        wrong = [f"{name} is {value}" for name, value in measured if not (name[:4] == "val_" or math.isfinite(value))]
        return TrainingEnded("diverged", f"after the last step {wrong[0]}") if wrong else None

    def _note(self, metrics: Metrics) -> None:
        """Notes what an epoch's figures decide: whether training diverged, and how its early stopping stands."""
        state, stopping = self.checkpoint.stopping, self.plan.experiment.train.early_stopping
        self.checkpoint.loss = metrics["loss"]
        if stopping is None:
            return
        state.value = metrics[self._judge.name]
        if self._judge.better(state.value, state.best, stopping.min_delta):
            state.best, state.waited = state.value, 0
        else:
            state.waited += 1

    def arrays(self) -> dict[str, Array]:
        """Copies of all that training goes on from, by name."""
        return self.checkpoint.arrays(self.plan.network)

    def parameters(self) -> dict[str, Array]:
        """Copies of the weights alone, and of what layers keep beside them, as float32."""
        with np.errstate(over="ignore"):  # a weight beyond float32 is infinite there
            return {
                name: array.astype(np.float32)
                for name, array in named_arrays(self.plan.network, self.checkpoint.params).items()
            }

    @functools.cached_property
    def _showing(self) -> Ops:
        return Ops(self.plan.experiment.precision, np.random.RandomState(0), training=False)

    @np.errstate(all="ignore")
    def outputs(self, x: Array) -> Array:
        """Outputs (n, outputs) for inputs (n, inputs) by the parameters as they are, all in the units of the data.

        It changes nothing of the training and has memory of its own, so that it may be asked between any two epochs.
        """
        plan = self.plan
        return outputs(plan.network, plan.samples.preprocessing, self.checkpoint.params, x, self._showing)

    def evaluate(self) -> Metrics:
        """Loss and metrics of the parameters as they are, on training data and, as `val_`, on validation data."""
        if self._evaluated is None or self._evaluated[0] != self.checkpoint.step:
            self._evaluated = self.checkpoint.step, self._evaluate()
        return self._evaluated[1]

    def _evaluate(self) -> Metrics:
        plan, checkpoint = self.plan, self.checkpoint
        with np.errstate(all="ignore"):
            penalty = plan.network.penalty(checkpoint.params, plan.evaluating)
        training = plan.make_evaluator(checkpoint.params, plan.training)().means(penalty)
        return training | make_validator(plan, checkpoint)()


def stopping_reason(monitor: Monitor, state: Stopping, min_delta: float) -> str:
    """Say why early stopping has ended a training: how the last metric compares with the best one."""
    name, best, value = monitor.name, state.best, state.value
    epochs = f"{state.waited} {plural('epoch', state.waited)}"
    if best is None:
        return f"{name} is {value}, and was finite in no epoch"
    if not math.isfinite(value):
        return f"{name} is {value}, and was {best:.6g} {epochs} ago"
    if monitor.better(value, best):
        return f"{name} improved from {best:.6g} to {value:.6g} in {epochs}, by no more than min_delta {min_delta:g}"
    return f"{name} is no better than {epochs} ago"


def fit(plan: Plan, checkpoint: Checkpoint) -> Iterator[EpochEnded]:
    """Trains on from a checkpoint, which it changes in place, an event an epoch."""
    optimizer, steps, epochs = plan.experiment.optimizer, plan.steps, plan.experiment.train.epochs
    step, validate = make_train_step(plan, checkpoint), make_validator(plan, checkpoint)
    while checkpoint.epoch < epochs:
        shown = (
            max(checkpoint.step - 1, 0) if plan.ops.book else checkpoint.step
        )  # the book prints the rate of the step before
        shown_rate = optimizer.rate(shown, steps)
        metrics = train_epoch(plan, checkpoint, step)
        metrics["learning_rate"] = shown_rate
        metrics |= validate()
        checkpoint.epoch += 1
        yield EpochEnded(checkpoint.epoch - 1, metrics)


def train_epoch(plan: Plan, checkpoint: Checkpoint, step: Callable[[BatchRows], BatchSums]) -> dict[str, float]:
    """Takes a step for each batch; the figures are measured on the way, before each update, as the book prints them."""
    sums = MetricSums(plan.batch_metrics.metrics)
    for rows in plan.batches(checkpoint.streams.steps):
        sums.add(sample_count(rows), step(rows))
        checkpoint.step += 1
    if plan.ops.book and plan.experiment.train.batch_size is not None:
        return sums.means(plan.network.penalty(checkpoint.params, plan.ops))
    return sums.means()


def make_train_step(plan: Plan, checkpoint: Checkpoint) -> Callable[[BatchRows], BatchSums]:
    """A step of training for a batch: forward, loss, backward, update; gives the numbers from before the update."""
    network, optimizer = plan.network, plan.experiment.optimizer
    scalars = Scalars(optimizer, plan.steps, [vector.dtype for vector in checkpoint.grads.vectors])

    def step(
        x: Array, t: Array, params: Parameters, grads: Parameters, states: Any, scalars: Any, ops: Ops
    ) -> BatchSums:
        output, backward = network.forward(params, x, ops)
        predictions, losses, loss_backward = network.loss.forward(output, t, ops)
        numbers = plan.batch_metrics.of(losses, predictions, t, network.penalty(params, ops), ops)
        backward(loss_backward(), grads)
        clipped = optimizer.clip(grads.vectors, ops)
        for p, g, state, numbers_of_step in zip(params.vectors, clipped, states, scalars, strict=True):
            p[...], new_state = optimizer.update(p, g, state, numbers_of_step, ops)
            for array, value in zip(state, new_state, strict=True):
                array[...] = value
        return numbers

    recorded = Steps(
        step, plan.training, (checkpoint.params, checkpoint.grads, checkpoint.states, scalars.arrays), plan.ops
    )

    def take(rows: BatchRows) -> BatchSums:
        scalars.set(checkpoint.step)
        return recorded(rows)

    return take


def make_validator(plan: Plan, checkpoint: Checkpoint) -> Callable[[], dict[str, float]]:
    """Gives the figures of the validation data, if there are any, by the parameters as they are when called."""
    if plan.validation is None:
        return dict
    measure = plan.make_evaluator(checkpoint.params, plan.validation)
    return lambda: {f"val_{name}": value for name, value in measure().without_penalty().items()}
