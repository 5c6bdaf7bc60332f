"""Facts of an experiment and its data that are known before any training."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nncli.arrays import Array
from nncli.data.data import Samples
from nncli.diagnosis.attainable import MAX_SAMPLES, Attainable, one_hot
from nncli.experiment import Experiment, steps_of
from nncli.nn.activations.base import Activation
from nncli.nn.activations.linear import Linear
from nncli.nn.activations.relu import Relu
from nncli.nn.activations.sigmoid import Sigmoid
from nncli.nn.activations.softmax import Softmax
from nncli.nn.activations.softplus import Softplus
from nncli.nn.activations.tanh import Tanh
from nncli.nn.labels import true_classes
from nncli.nn.layers.dense import Dense
from nncli.nn.network import Network
from nncli.registry import type_name
from nncli.training import Plan
from nncli.training.probes import MAX_SAMPLES as MAX_INPUTS

RANGES: dict[type[Activation], tuple[float, float]] = {
    Relu: (0.0, math.inf),
    Sigmoid: (0.0, 1.0),
    Softmax: (0.0, 1.0),
    Softplus: (0.0, math.inf),
    Tanh: (-1.0, 1.0),
}
MIN_WEIGHT = 1e-6  # of a class, as methods divide by weights
ROUNDING = 1e-6  # a target this far beyond a range counts as inside


@dataclass(frozen=True)
class Setup:
    """An experiment, its network, and its training samples as the network gets them."""

    experiment: Experiment
    network: Network
    training: Samples

    @classmethod
    def of(cls, plan: Plan) -> Setup:
        """Return the setup of a training."""
        return cls(plan.experiment, plan.network, plan.training)

    @cached_property
    def samples(self) -> Samples:
        """At most 1,000 training samples, evenly spaced."""
        return self.training.evenly_spaced(MAX_INPUTS)

    @cached_property
    def targets(self) -> Array:
        """Targets (n, k) of the samples in float64; classes as one-hot rows."""
        return self.targets_of(self.samples)

    def targets_of(self, samples: Samples) -> Array:
        """Return targets (n, k) in float64; classes as one-hot rows."""
        t = samples.t
        return one_hot(t, max(self.network.outputs, int(t.max()) + 1)) if t.ndim == 1 else t.astype(np.float64)

    def weights_of(self, samples: Samples) -> Array:
        """Return the weight (n,) of each sample in the loss: that of its class, otherwise 1."""
        weights = self.network.loss.current_class_weights()
        if not isinstance(weights, tuple):
            return np.ones(len(samples.t))
        return np.asarray(np.maximum(np.asarray(weights), MIN_WEIGHT)[true_classes(samples.t)])

    @property
    def has_classes(self) -> bool:
        """True if the loss is a cross-entropy."""
        return self.experiment.loss.crossentropy is not None

    @cached_property
    def attainable(self) -> Attainable:
        """The fraction of the targets' variance that simple methods leave unexplained."""
        samples = self.training.evenly_spaced(MAX_SAMPLES)
        return Attainable(samples.inputs, self.targets_of(samples), self.weights_of(samples))

    @cached_property
    def dense(self) -> list[tuple[int, Dense, int]]:
        """The dense layers: index in `layers:`, the layer and the number of its inputs."""
        return [(link.number, link.part, link.inputs) for link in self.network.links if isinstance(link.part, Dense)]

    @cached_property
    def activations(self) -> list[type[Activation] | None]:
        """The activation after each dense layer; None for none or a linear one."""
        chain = [part for layer in self.experiment.layers for part in _parts(layer)]
        result: list[type[Activation] | None] = []
        for part in chain:
            if isinstance(part, Dense):
                result.append(None)
            elif isinstance(part, Activation) and result and not isinstance(part, Linear):
                result[-1] = type(part)
        return result

    @property
    def output_activation(self) -> type[Activation] | None:
        """The activation of the last layer; None for none or a linear one."""
        return self.activations[-1] if self.activations else None

    @property
    def hidden_activations(self) -> list[type[Activation]]:
        """The activations before the last layer that are not linear."""
        return [activation for activation in self.activations[:-1] if activation is not None]

    @cached_property
    def outside(self) -> float:
        """The fraction of target values beyond the range of the output activation."""
        if self.output_activation not in RANGES:
            return 0.0
        low, high = RANGES[self.output_activation]
        return float(np.mean((self.targets < low - ROUNDING) | (self.targets > high + ROUNDING)))

    @cached_property
    def input_scales(self) -> Array:
        """The root mean square of each input that is not constant."""
        x = self.samples.inputs.astype(np.float64)
        return np.asarray(np.sqrt(np.mean(x**2, axis=0))[x.std(axis=0) > 0])

    @cached_property
    def target_scale(self) -> float:
        """The root mean square of the targets."""
        return float(np.sqrt(np.mean(self.targets**2)))

    @cached_property
    def gains(self) -> dict[int, float]:
        """The factor by which the initial weights of each dense layer scale a signal: σ √inputs."""
        result = {}
        for number, layer, inputs in self.dense:
            scale = layer.starting_scale(inputs, self.experiment.init)
            if scale is not None:
                result[number] = scale * math.sqrt(inputs)
        return result

    @cached_property
    def steps(self) -> int:
        """The number of steps of the complete training."""
        return steps_of(self.experiment.train, len(self.training.x))

    @cached_property
    def rates(self) -> Array:
        """The learning rate of at most 1,000 steps, evenly spaced from the first to the last."""
        numbers = np.unique(np.linspace(0, self.steps - 1, 1000).astype(int))
        return np.array([self.experiment.optimizer.rate(int(step), self.steps) for step in numbers])

    @property
    def optimizer(self) -> str:
        """The name of the optimizer."""
        return type_name(type(self.experiment.optimizer))


def _parts(layer: object) -> tuple[object, ...]:
    return layer.parts() if isinstance(layer, Dense) else (layer,)
