"""The scan of initial weights: the scale of signal and gradient in each layer, before any training."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import numpy as np

from nncli.data.data import Samples
from nncli.experiment import Experiment
from nncli.nn.activations.base import Activation
from nncli.nn.engine.ops import Ops
from nncli.nn.initializers.base import Initializer
from nncli.nn.initializers.glorot import GlorotUniform
from nncli.nn.initializers.he import HeNormal
from nncli.nn.initializers.lecun import LecunNormal
from nncli.nn.initializers.normal import Normal
from nncli.nn.layers.base import Layer
from nncli.nn.layers.dense import Dense
from nncli.nn.network import Network, Parameters
from nncli.registry import type_name
from nncli.resolved import ResolvedExperiment
from nncli.training import prepare
from nncli.training.plan import allocate
from nncli.training.probes import MAX_SAMPLES, Probe, probe

SPEC = "spec"
CANDIDATES = (GlorotUniform(), HeNormal(), LecunNormal(), Normal(scale=0.01), Normal(scale=0.1), Normal(scale=1.0))
# Healthy scales, a rule of thumb: bundled experiments with glorot_uniform, he_normal or normal 0.1 are within, those
# with normal 0.01 are not. Adam trains some of the latter all the same.
SIGNAL, GRADIENT = (0.01, 10.0), (0.001, 10.0)


class LayerScale(NamedTuple):
    """The scales of a layer with weights; None if not finite."""

    layer: int  # its index in `layers:`
    signal: float | None  # root mean square of the outputs, after the activation
    gradient: float | None  # root mean square of the derivatives of the loss by the weights
    verdict: str


class InitScales(NamedTuple):
    """The scales of all layers with an initializer."""

    name: str
    overrides: list[str]  # empty for the initial weights of the spec
    layers: list[LayerScale]

    @property
    def healthy(self) -> bool:
        """True if all layers are healthy."""
        return all(layer.verdict == "healthy" for layer in self.layers)

    def as_dict(self) -> dict[str, Any]:
        """Return the scales for JSON."""
        layers = [layer._asdict() for layer in self.layers]
        return {"init": self.name, "overrides": self.overrides, "healthy": self.healthy, "layers": layers}


def init_scan(resolved: ResolvedExperiment) -> list[InitScales]:
    """Measure an experiment with its own initial weights, then with each of CANDIDATES in all its layers.

    A network learns if neither the signals nor the gradients vanish or grow from layer to layer: He et al. 2015,
    section 2.2. The signal of the last layer has no band, since the targets decide its scale. At most 1,000 training
    samples are used. The candidates are drawn from the experiment's seed.
    """
    experiment = resolved.experiment
    plan, checkpoint = prepare(resolved)
    samples = plan.training.evenly_spaced(MAX_SAMPLES)
    own = None if any(map(_has_init, experiment.layers)) else experiment.init
    name = SPEC if own is None else f"{label_of(own)} ({SPEC})"
    scans = [InitScales(name, [], _scales(_measure(experiment, plan.network, checkpoint.params, samples)))]
    inputs = len(resolved.description.input_names)
    network = Network(tuple(map(_without_init, experiment.layers)), inputs, plan.network.loss)
    for init in CANDIDATES:
        if init == own:
            continue
        params, _ = allocate(network, experiment.precision, samples)
        network.initialize(params, init, np.random.RandomState(experiment.seed))
        layers = _scales(_measure(experiment, network, params, samples))
        scans.append(InitScales(label_of(init), _overrides(experiment, init), layers))
    return scans


def label_of(init: Initializer) -> str:
    """Return a short name of an initializer: its type, and the scale of a normal distribution."""
    return f"normal {init.scale:g}" if isinstance(init, Normal) else type_name(type(init))


def verdict_of(signal: float | None, gradient: float | None, *, last: bool) -> str:
    """Return `healthy`, or in words the scales that are outside their bands."""
    words = [] if last else [_outside("signal", signal, SIGNAL)]
    return ", ".join(filter(None, [*words, _outside("gradient", gradient, GRADIENT)])) or "healthy"


def _outside(name: str, scale: float | None, band: tuple[float, float]) -> str:
    if scale is None or scale > band[1]:
        return f"{name} too large"
    return f"{name} too small" if scale < band[0] else ""


def _measure(experiment: Experiment, network: Network, params: Parameters, samples: Samples) -> Probe:
    ops = Ops(experiment.precision, np.random.RandomState(0), training=False)
    return probe(network, params, samples, ops)


def _scales(measured: Probe) -> list[LayerScale]:
    scales = []
    for each in measured.layers:
        signal, gradient = each.activation_scale, each.gradient_scale
        verdict = verdict_of(signal, gradient, last=each is measured.layers[-1])
        scales.append(LayerScale(each.layer, signal, gradient, verdict))
    return scales


def _without_init(layer: Layer | Activation) -> Layer | Activation:
    """Return the layer without an initializer of its own, so that it takes that of the experiment."""
    return dataclasses.replace(layer, init=None) if isinstance(layer, Dense) else layer


def _overrides(experiment: Experiment, init: Initializer) -> list[str]:
    """Return the overrides that give all layers the initializer."""
    value = f"{{type: normal, scale: {init.scale:g}}}" if isinstance(init, Normal) else type_name(type(init))
    numbers = [i for i, layer in enumerate(experiment.layers) if _has_init(layer)]
    return [f"init={value}", *(f"layers.{number}.init=null" for number in numbers)]


def _has_init(layer: Layer | Activation) -> bool:
    return isinstance(layer, Dense) and layer.init is not None
