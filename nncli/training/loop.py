"""The training loop. It yields events; their consumer prints, saves or stops."""

from __future__ import annotations

import contextvars
import functools
import math
import time
from collections.abc import Callable, Generator, Iterator
from typing import Any

import numpy as np

from nncli.arrays import Array
from nncli.checkpoint import Checkpoint, Stopping, named_arrays
from nncli.events import BatchEnded, EpochEnded, Event, Metrics, Monitor, TrainingEnded, TrainingStarted
from nncli.metric_choice import monitors
from nncli.nn.engine.ops import Ops
from nncli.nn.network import Parameters
from nncli.resolved import ResolvedExperiment
from nncli.text import plural
from nncli.training.batches import BatchRows, sample_count
from nncli.training.metric_sums import MetricSums
from nncli.training.plan import Plan, outputs, prepare
from nncli.training.probing import Probing
from nncli.training.snapshots import snapshot_epochs
from nncli.training.steps import BatchSums, Scalars, Steps

BATCH_EVENT_SECONDS = 0.5


def start(resolved: ResolvedExperiment, stop: Callable[[], bool] = lambda: False) -> Training:
    """Start training; once `stop` returns true, it ends after the current epoch."""
    return Training(*prepare(resolved), stop)


class Training:
    """Training in progress: iterate over it to train and get its events."""

    def __init__(self, plan: Plan, checkpoint: Checkpoint, stop: Callable[[], bool] = lambda: False) -> None:
        self.plan = plan
        self.checkpoint = checkpoint
        self._stop = stop
        self.stop_reason = "interrupted"  # if `stop` ends training
        self._evaluated: tuple[int, Metrics] | None = None  # metrics after a number of steps
        stopping, metrics = plan.experiment.train.early_stopping, monitors(plan.experiment, plan.samples.described)
        default = "loss" if plan.validation is None else "val_loss"
        self._stopping_monitor = metrics[(stopping and stopping.monitor) or default]
        is_validation = self._stopping_monitor.name.startswith("val_")
        self._best_monitor = self._stopping_monitor if is_validation else metrics.get("val_loss")

    def __iter__(self) -> Iterator[Event]:
        plan, checkpoint, train = self.plan, self.checkpoint, self.plan.experiment.train
        yield TrainingStarted(
            first_epoch=checkpoint.epoch,
            epochs=train.epochs,
            samples=len(plan.training.x),
            parameter_count=plan.network.parameter_count,
            metrics=tuple(metric.type for metric in plan.batch_metrics.metrics),
            monitor=self._best_monitor,
            snapshots=snapshot_epochs(train.epochs, train.snapshots, plan.network.parameter_count),
        )
        ended = self.final_event()
        epochs = fit(plan, checkpoint)
        # Silence overflow warnings; divergence is reported once, at the end. A separate context keeps the setting from
        # leaking to the caller; setting it in every epoch would take 3 % of an epoch.
        context = contextvars.copy_context()
        context.run(np.seterr, all="ignore")
        while ended is None:
            event = context.run(next, epochs)
            if isinstance(event, BatchEnded):
                yield event
                continue
            self._update_stopping(event.metrics)  # before the event, because its consumer may save the checkpoint
            yield event
            ended = self.final_event()
            if ended is None and self._stop():
                ended = TrainingEnded("stopped", self.stop_reason)
        yield ended

    def final_event(self) -> TrainingEnded | None:
        """Return why training has ended, or None if it continues. The checkpoint alone decides, even a loaded one."""
        checkpoint, train = self.checkpoint, self.plan.experiment.train
        if checkpoint.epoch and not math.isfinite(checkpoint.loss):
            return TrainingEnded("diverged", f"the loss is {checkpoint.loss} at epoch {checkpoint.epoch - 1}")
        if checkpoint.epoch >= train.epochs:
            return self._check_last_step() or TrainingEnded("done")
        if train.early_stopping is not None and checkpoint.stopping.waited >= train.early_stopping.patience:
            reason = stopping_reason(self._stopping_monitor, checkpoint.stopping, train.early_stopping.min_delta)
            return self._check_last_step() or TrainingEnded("done", f"early stopping: {reason}")
        return None

    def _check_last_step(self) -> TrainingEnded | None:
        """Return how training diverged in the last step, which no row has measured; None if it did not."""
        if not all(np.isfinite(vector).all() for vector in self.checkpoint.params.vectors):
            return TrainingEnded("diverged", "the last step made a weight infinite or NaN")
        metrics = {name: value for name, value in self.evaluate().items() if not name.startswith("val_")}
        wrong = [f"{name} is {value}" for name, value in metrics.items() if not math.isfinite(value)]
        return TrainingEnded("diverged", f"after the last step, {wrong[0]}") if wrong else None

    def _update_stopping(self, metrics: Metrics) -> None:
        """Update the loss and the state of early stopping after an epoch."""
        state, stopping = self.checkpoint.stopping, self.plan.experiment.train.early_stopping
        self.checkpoint.loss = metrics["loss"]
        if stopping is None:
            return
        state.value = metrics[self._stopping_monitor.name]
        if self._stopping_monitor.better(state.value, state.best, stopping.min_delta):
            state.best, state.waited = state.value, 0
        else:
            state.waited += 1

    def arrays(self) -> dict[str, Array]:
        """Return copies of the full state needed to resume, by name."""
        return self.checkpoint.arrays(self.plan.network)

    def parameters(self) -> dict[str, Array]:
        """Return copies of the weights and layer states as float32, by name."""
        with np.errstate(over="ignore"):  # a weight beyond the range of float32 becomes infinite
            return {name: array.astype(np.float32) for name, array in self._named_parameters.items()}

    @functools.cached_property
    def _named_parameters(self) -> dict[str, Array]:
        return named_arrays(self.plan.network, self.checkpoint.params)

    def probe_rows(self, *, always: bool) -> list[dict[str, Any]]:
        """Return the rows of probes.jsonl that are new or have changed since the last epoch; see `Probing.rows`."""
        return self._probing.rows(always=always)

    @functools.cached_property
    def _probing(self) -> Probing:
        return Probing(self.plan, self.checkpoint)

    @functools.cached_property
    def _prediction_ops(self) -> Ops:
        return Ops(self.plan.experiment.precision, np.random.RandomState(0), training=False)

    @np.errstate(all="ignore")
    def outputs(self, x: Array) -> Array:
        """Return outputs (n, outputs) for inputs (n, inputs) with the current parameters, in the units of the data.

        It does not affect training, so it can be called between any two epochs.
        """
        plan = self.plan
        return outputs(plan.network, plan.samples.preprocessing, self.checkpoint.params, x, self._prediction_ops)

    def evaluate(self) -> Metrics:
        """Return loss and metrics of the current parameters on training data and, as `val_`, on validation data."""
        if self._evaluated is None or self._evaluated[0] != self.checkpoint.step:
            self._evaluated = self.checkpoint.step, self._evaluate()
        return self._evaluated[1]

    def _evaluate(self) -> Metrics:
        plan, checkpoint = self.plan, self.checkpoint
        with np.errstate(all="ignore"):
            penalty = plan.network.penalty(checkpoint.params, plan.evaluation_ops)
        training = plan.make_evaluator(checkpoint.params, plan.training)().means(penalty)
        return training | make_validator(plan, checkpoint)()


def stopping_reason(monitor: Monitor, state: Stopping, min_delta: float) -> str:
    """Return why early stopping ended training: how the last metric compares with the best one."""
    name, best, value = monitor.name, state.best, state.value
    epochs = f"{state.waited} {plural('epoch', state.waited)}"
    if best is None:
        return f"{name} is {value} and was never finite"
    if not math.isfinite(value):
        return f"{name} is {value} and was {best:.6g} {epochs} ago"
    if monitor.better(value, best):
        return f"{name} improved from {best:.6g} to {value:.6g} in {epochs}, not by more than min_delta {min_delta:g}"
    return f"{name} has not improved for {epochs}"


def fit(plan: Plan, checkpoint: Checkpoint) -> Iterator[BatchEnded | EpochEnded]:
    """Train from a checkpoint, which is changed in place; yield one event per epoch, more in long ones."""
    optimizer, steps, epochs = plan.experiment.optimizer, plan.steps, plan.experiment.train.epochs
    step, validate = make_train_step(plan, checkpoint), make_validator(plan, checkpoint)
    batches = steps // epochs
    while checkpoint.epoch < epochs:
        # The book prints the learning rate of the previous step.
        rate_step = max(checkpoint.step - 1, 0) if plan.ops.book else checkpoint.step
        learning_rate = optimizer.rate(rate_step, steps)
        metrics = yield from train_epoch(plan, checkpoint, step, batches)
        metrics["learning_rate"] = learning_rate
        metrics |= validate()
        checkpoint.epoch += 1
        yield EpochEnded(checkpoint.epoch - 1, metrics)


def train_epoch(
    plan: Plan, checkpoint: Checkpoint, step: Callable[[BatchRows], BatchSums], batches: int
) -> Generator[BatchEnded, None, dict[str, float]]:
    """Take a step for each batch and return the metrics, measured before each update as in the book."""
    sums = MetricSums(plan.batch_metrics.metrics)
    next_event = time.monotonic() + BATCH_EVENT_SECONDS
    for number, rows in enumerate(plan.batches(checkpoint.streams.steps), start=1):
        sums.add(sample_count(rows), step(rows))
        checkpoint.step += 1
        if number < batches and time.monotonic() > next_event:
            yield BatchEnded(checkpoint.epoch, number, batches)
            next_event = time.monotonic() + BATCH_EVENT_SECONDS
    if plan.ops.book and plan.experiment.train.batch_size is not None:
        return sums.means(plan.network.penalty(checkpoint.params, plan.ops))
    return sums.means()


def make_train_step(plan: Plan, checkpoint: Checkpoint) -> Callable[[BatchRows], BatchSums]:
    """Return a training step for a batch: forward, loss, backward, update. It returns the sums before the update."""
    network, optimizer = plan.network, plan.experiment.optimizer
    scalars = Scalars(optimizer, plan.steps, [vector.dtype for vector in checkpoint.grads.vectors])

    def step(
        x: Array, t: Array, params: Parameters, grads: Parameters, states: Any, scalars: Any, ops: Ops
    ) -> BatchSums:
        output, backward = network.forward(params, x, ops)
        predictions, losses, loss_backward = network.loss.forward(output, t, ops)
        sums = plan.batch_metrics.of(losses, predictions, t, network.penalty(params, ops), ops)
        backward(loss_backward(), grads)
        clipped = optimizer.clip(grads.vectors, ops)
        for p, g, state, step_scalars in zip(params.vectors, clipped, states, scalars, strict=True):
            p[...], new_state = optimizer.update(p, g, state, step_scalars, ops)
            for array, value in zip(state, new_state, strict=True):
                array[...] = value
        return sums

    steps = Steps(
        step, plan.training, (checkpoint.params, checkpoint.grads, checkpoint.states, scalars.arrays), plan.ops
    )

    def take_step(rows: BatchRows) -> BatchSums:
        scalars.set(checkpoint.step)
        return steps(rows)

    return take_step


def make_validator(plan: Plan, checkpoint: Checkpoint) -> Callable[[], dict[str, float]]:
    """Return a function that gives the validation metrics of the current parameters; empty without validation data."""
    if plan.validation is None:
        return dict
    measure = plan.make_evaluator(checkpoint.params, plan.validation)
    return lambda: {f"val_{name}": value for name, value in measure().without_penalty().items()}
