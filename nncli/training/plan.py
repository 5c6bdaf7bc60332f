"""From an experiment to everything that its training needs: data, network, arithmetic and first weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from nncli.checkpoint import Checkpoint
from nncli.data.data import Data, PartName, Samples
from nncli.events import Figures
from nncli.experiment import Experiment, steps_of
from nncli.measured import metrics_of
from nncli.nn.losses import Loss
from nncli.nn.metrics import TargetStatistics
from nncli.nn.network import Network, Parameters
from nncli.nn.ops import Array, Ops, Precision
from nncli.nn.streams import Generator, Streams
from nncli.training.batches import batches
from nncli.training.figures import Sums
from nncli.training.steps import Measures, Numbers, Steps


@dataclass(frozen=True, slots=True)
class Plan:
    """What stays the same during a training."""

    experiment: Experiment
    network: Network
    measures: Measures
    training: Samples
    validation: Samples | None
    ops: Ops  # for training steps
    evaluating: Ops  # as outside training, and with memory of its own

    @property
    def steps(self) -> int:
        """How many steps the whole training takes."""
        return steps_of(self.experiment.train, len(self.training.x))

    def batches(self, random: Generator) -> Iterator[tuple[Array, Array]]:
        """The batches of an epoch, in an order of its own where they are shuffled."""
        train = self.experiment.train
        by_default = train.batch_size is not None and self.experiment.precision != "book"
        shuffle = by_default if train.shuffle is None else train.shuffle
        return batches(self.training, train.batch_size, random if shuffle else None)

    def measuring(self, params: Parameters, samples: Samples) -> Callable[[], Sums]:
        """Measures the samples with the parameters as they are when called: no dropout, no penalty."""

        def step(x: Array, t: Array, params: Parameters, ops: Ops) -> Numbers:
            output, _ = self.network.forward(params, x, ops)
            predictions, losses, _ = self.network.loss.forward(output, t, ops)
            return self.measures.of(losses, predictions, t, 0.0, ops)

        steps = Steps(step, samples, (params,), self.evaluating)

        @np.errstate(all="ignore")
        def measure() -> Sums:
            sums = Sums(self.measures.metrics)
            for x, t in batches(samples, self.experiment.train.batch_size, None):
                sums.add(len(x), steps(x, t))
            return sums

        return measure

    def evaluate(self, params: Parameters, samples: Samples) -> Figures:
        """Data loss and metrics of the parameters on the samples, without dropout."""
        return self.measuring(params, samples)().without_penalty()


def prepare(experiment: Experiment) -> tuple[Plan, Checkpoint]:
    """Draws training data, validation data and first weights, in this order, as the book does."""
    book = experiment.precision == "book"
    streams = Streams(experiment.seed, book=book)
    network = Network(experiment.layers, len(experiment.data.describe().input_names), experiment.loss)
    training = load_part(experiment, network, None, streams.initial)
    validation = load_part(experiment, network, "validation", streams.initial)
    assert training is not None
    plan = Plan(
        experiment=experiment,
        network=network,
        measures=Measures(metrics_of(experiment), TargetStatistics.of(training.t)),
        training=training,
        validation=validation,
        ops=Ops(experiment.precision, streams.steps),
        evaluating=Ops(experiment.precision, streams.steps, training=False),
    )
    params, grads = allocate(network, experiment.precision, training)
    network.initialize(params, experiment.init, streams.initial)
    pairs = zip(params.vectors, grads.vectors, strict=True)
    states = tuple(experiment.optimizer.init(p, g) for p, g in pairs)
    return plan, Checkpoint(params, grads, states, streams)


def allocate(network: Network, precision: Precision, training: Samples) -> tuple[Parameters, Parameters]:
    """Parameters and gradients as zeros, a vector of each for each dtype that gradients have."""
    trial = Ops(precision, Streams(0, book=precision == "book").steps)  # finding the dtypes must not draw from ours
    dtypes = network.gradient_dtypes(training.x[:1], training.t[:1], trial)
    kinds = sorted({dtype for link in dtypes for dtype in link.values()}, key=lambda dtype: dtype.itemsize)
    groups = [{name: kinds.index(dtype) for name, dtype in link.items()} for link in dtypes]
    return network.allocate(trial.dtype, groups), network.allocate_gradients(kinds, groups)


def load_part(
    experiment: Experiment, network: Network, part: PartName | None, random: np.random.RandomState
) -> Samples | None:
    """The samples of a part of the data (None: the training part), in the dtypes that the precision computes with."""
    data: Data | None = experiment.data if part is None else experiment.data.part(part)
    if data is None:
        return None
    samples = data.draw(random)
    classes = len(data.describe().class_names)
    t = targets_for(samples.t, classes, experiment.loss, network.outputs, experiment.precision)
    x = samples.x if experiment.precision == "book" else samples.x.astype(experiment.precision)
    return Samples(x, t)


def targets_for(t: Array, classes: int, loss: Loss, outputs: int, precision: Precision) -> Array:
    """Targets in the form that the loss compares with: class numbers (n,), or values (n, outputs).

    Classes become a column of 0 and 1 for a single output, else a row with a 1 at the class. Book precision keeps
    the dtype of values, as the book does.
    """
    if loss.targets == "labels":
        return t.astype(np.intp)
    if classes and outputs == 1:
        t = t.reshape(-1, 1)
    elif classes:
        t = np.eye(classes, dtype=np.float32)[t]
    return t if precision == "book" else t.astype(precision)
