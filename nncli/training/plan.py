"""Prepare training: data, network, arithmetic and initial weights of an experiment."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.checkpoint import Checkpoint
from nncli.data.data import Samples
from nncli.data.description import Description
from nncli.data.lazy_rows import LazyRows
from nncli.data.preprocessing import Preprocessing
from nncli.data.values import places_of
from nncli.events import Metrics
from nncli.experiment import Experiment, steps_of
from nncli.metric_choice import metrics_of
from nncli.nn.engine.blas import warm_up
from nncli.nn.engine.ops import Ops, Precision
from nncli.nn.engine.rng import RandomStream, Streams
from nncli.nn.losses.base import Loss
from nncli.nn.metrics.base import Metric, TargetStatistics
from nncli.nn.network import Network, Parameters
from nncli.resolved import ResolvedExperiment
from nncli.training.baseline import baseline_output
from nncli.training.batches import BatchRows, rows_of_batches, sample_count
from nncli.training.kept_samples import load_or_reuse_samples
from nncli.training.metric_sums import MetricSums
from nncli.training.samples import PreparedSamples, load_part
from nncli.training.scoring import Scoring
from nncli.training.steps import BatchMetrics, BatchSums, Steps

_last_dtypes: tuple[str, list[dict[str, np.dtype[Any]]]] = "", []


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that stays the same during training."""

    experiment: Experiment
    network: Network
    batch_metrics: BatchMetrics
    samples: PreparedSamples
    ops: Ops  # for training steps
    evaluation_ops: Ops  # for evaluation, with separate memory

    @property
    def steps(self) -> int:
        """The number of steps of the complete run."""
        return steps_of(self.experiment.train, len(self.training.x))

    @property
    def training(self) -> Samples:
        """The samples that the network is trained on."""
        return self.samples.training

    @property
    def validation(self) -> Samples | None:
        """The validation samples, if any."""
        return self.samples.validation

    @property
    def preview(self) -> Preview:
        """Warnings and class weights to show before the first epoch."""
        return Preview(self.samples.warnings, class_weights(self.network.loss, self.samples.described))

    def test(self, streams: Streams) -> Samples | None:
        """Return the test samples; a separate test part is drawn after training, from the streams of a checkpoint."""
        if self.samples.split_test is not None:
            return self.samples.split_test
        part = load_part(self.experiment, "test", self.samples.described, streams.for_test)
        return None if part is None else self.prepare(part)

    def prepare(self, samples: Samples) -> Samples:
        """Prepare drawn or read samples for the network like the training samples."""
        return self.scoring.prepare(samples)

    @property
    def scoring(self) -> Scoring:
        """Loss, metrics and baseline of evaluations."""
        described, (x, t), network = self.samples.described, self.training, self.network
        return Scoring(
            ResolvedExperiment(self.experiment, described, network),
            self.samples.preprocessing,
            network.loss,
            self.batch_metrics,
            baseline_output(t, network.loss, network.outputs),
            self.evaluation_ops,
            None if described.digest else (x.dtype, t.dtype),
        )

    def in_data_units(self, samples: Samples) -> Samples:
        """Return prepared samples in the units of the data; missing values stay filled in."""
        preprocessing = self.samples.preprocessing
        t = samples.t if preprocessing.targets_unscaled else preprocessing.outputs(samples.t)
        x, original = samples.x, preprocessing.original
        return Samples(x.map(original) if isinstance(x, LazyRows) else original(x), t)

    def batches(self, random: RandomStream) -> Iterable[BatchRows]:
        """Return the batches of an epoch, shuffled if the experiment asks for it or by default."""
        train = self.experiment.train
        by_default = train.batch_size is not None and self.experiment.precision != "book"
        shuffle = by_default if train.shuffle is None else train.shuffle
        in_blocks = shuffle == "blocks"
        return rows_of_batches(len(self.training.x), train.batch_size, random if shuffle else None, in_blocks=in_blocks)

    def make_evaluator(
        self, params: Parameters, samples: Samples, metrics: tuple[Metric, ...] | None = None
    ) -> Callable[[], MetricSums]:
        """Return a function that evaluates samples with the current parameters, without dropout and penalty.

        `metrics` defaults to the metrics of training.
        """
        batch_metrics = self.batch_metrics if metrics is None else self.batch_metrics._replace(metrics=metrics)

        def step(x: Array, t: Array, params: Parameters, ops: Ops) -> BatchSums:
            output, _ = self.network.forward(params, x, ops)
            predictions, losses, _ = self.network.loss.forward(output, t, ops)
            return batch_metrics.of(losses, predictions, t, 0.0, ops)

        steps = Steps(step, samples, (params,), self.evaluation_ops)

        @np.errstate(all="ignore")
        def measure() -> MetricSums:
            sums = MetricSums(batch_metrics.metrics)
            for rows in rows_of_batches(len(samples.x), self.experiment.train.batch_size, None):
                sums.add(sample_count(rows), steps(rows))
            return sums

        return measure

    def evaluate(self, params: Parameters, samples: Samples) -> Metrics:
        """Return data loss and metrics of the parameters on the samples, without dropout."""
        return self.make_evaluator(params, samples)().without_penalty()


class Preview(NamedTuple):
    """Facts about an experiment before it is trained."""

    warnings: tuple[str, ...]  # about gaps in the training samples
    class_weights: dict[str, float]


def outputs(network: Network, preprocessing: Preprocessing, params: Parameters, x: Array, ops: Ops) -> Array:
    """Return outputs (n, outputs) for inputs (n, inputs) in the units of the data; NaN in the inputs means missing.

    Outputs have the dtype of the network; for scaled targets float64, because a mean may be far larger than a scale.
    """
    inputs = preprocessing.inputs(x)
    if not ops.book:
        inputs = inputs.astype(ops.dtype)
    return np.array(preprocessing.outputs(network.predict(params, inputs, ops)))


def load_data(resolved: ResolvedExperiment) -> tuple[Network, PreparedSamples, Streams]:
    """Draw training data, then validation data, for a network that is not yet initialized."""
    experiment = resolved.experiment
    streams = Streams(experiment.seed, book=experiment.precision == "book")
    samples = load_or_reuse_samples(resolved, streams)
    # The class weights come last, because the form of the targets depends on the network's outputs.
    loss = experiment.loss.with_class_weights(samples.training.t, places_of(samples.described.class_names))
    return resolved.network.with_loss(loss), samples, streams


def preview(resolved: ResolvedExperiment) -> Preview:
    """Return the warnings and class weights of an experiment; its data are read only if needed."""
    described, loss = resolved.description, resolved.experiment.loss
    if not described.digest and loss.current_class_weights() is None:
        return Preview((), {})
    network, samples, _ = load_data(resolved)
    return Preview(samples.warnings, class_weights(network.loss, described))


def class_weights(loss: Loss, described: Description) -> dict[str, float]:
    """Return the weight of each class by name, empty if the loss has no class weights."""
    weights = loss.current_class_weights()
    return dict(zip(described.class_names, weights, strict=True)) if isinstance(weights, tuple) else {}


def prepare(resolved: ResolvedExperiment) -> tuple[Plan, Checkpoint]:
    """Draw training data, validation data and initial weights, in the order of the book."""
    experiment = resolved.experiment
    network, samples, streams = load_data(resolved)
    training, scaled = samples.training, not samples.preprocessing.targets_unscaled
    units = samples.preprocessing if scaled else None
    targets = samples.preprocessing.outputs(training.t) if scaled else training.t
    statistics = TargetStatistics.of(targets, multilabel=samples.described.task == "multilabel")
    plan = Plan(
        experiment=experiment,
        network=network,
        batch_metrics=BatchMetrics(metrics_of(experiment, samples.described), statistics, units),
        samples=samples,
        ops=Ops(experiment.precision, streams.steps),
        evaluation_ops=Ops(experiment.precision, streams.steps, training=False),
    )
    warm_up(np.dtype(np.float64) if plan.ops.book else plan.ops.dtype)
    params, grads = allocate(network, experiment.precision, training)
    network.initialize(params, experiment.init, streams.initial)
    pairs = zip(params.vectors, grads.vectors, strict=True)
    states = tuple(experiment.optimizer.init(p, g) for p, g in pairs)
    # Drawing samples again takes less time than reading files.
    saved = {**samples.arrays(), **plan.scoring.arrays()} if samples.described.digest else samples.arrays()
    return plan, Checkpoint(params, grads, states, streams, saved)


def allocate(network: Network, precision: Precision, training: Samples) -> tuple[Parameters, Parameters]:
    """Return parameters and gradients as zeros, with one vector for each dtype of the gradients."""
    dtypes = _gradient_dtypes(network, precision, training)
    distinct = sorted({dtype for link in dtypes for dtype in link.values()}, key=lambda dtype: dtype.itemsize)
    groups = [{name: distinct.index(dtype) for name, dtype in link.items()} for link in dtypes]
    dtype = np.dtype(np.float32 if precision == "book" else precision)
    return network.allocate(dtype, groups), network.allocate_gradients(distinct, groups)


def _gradient_dtypes(network: Network, precision: Precision, training: Samples) -> list[dict[str, np.dtype[Any]]]:
    """Return the dtypes of the gradients; those of the last network are kept, as most trials of a sweep share it.

    In warm processes of sweeps, this saves 0.15 of 5 ms that a trial takes beyond its training.
    """
    global _last_dtypes
    x, t = training.x[:1], training.t[:1]
    key = repr((network.links, network.loss, precision, x.dtype, t.dtype, t.shape))
    if _last_dtypes[0] != key:
        unused = np.random.RandomState(0) if precision == "book" else np.random.default_rng(0)  # that of training stays
        _last_dtypes = key, network.gradient_dtypes(x, t, Ops(precision, unused))
    return _last_dtypes[1]
