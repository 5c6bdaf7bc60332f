"""What fits field by field and yet cannot be computed together: refused before training. And what is only unwise."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np

from nncli.config import NAME_CHARACTERS
from nncli.data.data import Description
from nncli.experiment import Experiment
from nncli.measured import monitors, usual_metrics
from nncli.nn.activations import Activation, Linear, Softmax
from nncli.nn.layer import Layer
from nncli.nn.network import Network
from nncli.registry import type_name

Problem = tuple[tuple[str | int, ...], str]

LONGEST_NAME = 100


def misfits(experiment: Experiment) -> Iterator[Problem]:
    """Path and message of everything that cannot be computed."""
    name = experiment.name
    if not name or name[0] == "." or not set(name) <= NAME_CHARACTERS:
        yield ("name",), "must be of letters, digits, `.`, `_` and `-`, and not begin with `.`"
    elif len(name) > LONGEST_NAME:
        yield ("name",), f"must be at most {LONGEST_NAME} characters long"
    yield from _parts(experiment)
    yield from _last_layer(experiment)
    yield from _metrics(experiment)
    yield from _memory(experiment)


def unwise(experiment: Experiment) -> Iterator[Problem]:
    """Path and message of what can be computed but is seldom meant."""
    layers = experiment.layers
    ends_in_softmax = isinstance(_last_activation(layers)[1], Softmax)
    if ends_in_softmax and type_name(type(experiment.loss)) in ("mse", "mae"):
        yield ("loss",), "softmax learns far better with categorical_crossentropy"
    for link in Network(layers, len(experiment.data.describe().input_names), experiment.loss).links:
        if isinstance(link.part, Layer) and link.part.starting_scale(link.inputs, experiment.init) == 0:
            yield ("layers", link.number), "weights that start at zero: all units of a layer will learn the same"
    size, samples = experiment.train.batch_size, experiment.data.describe().samples
    if size is not None and size > samples:
        yield ("train", "batch_size"), f"is larger than the {samples} training samples: each epoch is one batch"


def _parts(experiment: Experiment) -> Iterator[Problem]:
    whole = experiment.data.describe()
    for name in ("validation", "test"):
        part = experiment.data.part(name)
        if part is not None and part.describe()[1:] != whole[1:]:
            yield ("data", name), "must have the inputs, targets and classes of the training data"


def _last_layer(experiment: Experiment) -> Iterator[Problem]:
    """Whether the network's output is what the loss compares with the targets."""
    loss, data, layers = experiment.loss, experiment.data.describe(), experiment.layers
    title, source = type_name(type(loss)), type_name(type(experiment.data))
    network = Network(layers, len(data.input_names), loss)
    if not network.parameter_count:
        yield ("layers",), "no layer has anything to learn; a dense one does"
        return
    last, activation = _last_activation(layers)
    if loss.activation is not None and not isinstance(activation, loss.activation):
        needed, found = type_name(loss.activation), type_name(type(activation)) if activation else "linear"
        yield last, f"{title} needs {needed} as the last activation, not {found}"
    if loss.activation is not None and not data.class_names:
        yield ("loss",), f"{title} needs classes, and {source} has none; mse and mae compare values"
        return
    yield from _outputs(data, network, source)


def _outputs(data: Description, network: Network, source: str) -> Iterator[Problem]:
    outputs, classes, title = network.outputs, len(data.class_names), type_name(type(network.loss))
    path = _last_units(network)
    if not classes and outputs != len(data.target_names):
        needed = len(data.target_names)
        yield (
            path,
            f"the last layer must have {needed} unit{'s' * (needed > 1)}, as {source} has targets, not {outputs}",
        )
    elif classes > 2 and outputs == 1 and network.loss.targets == "values":
        yield path, f"one unit tells two classes apart with {title}, and {source} has {classes}"
    elif classes and outputs != classes and (outputs != 1 or network.loss.targets == "labels"):
        yield path, f"the last layer must have {classes} units, one for each class of {source}, not {outputs}"


def _last_units(network: Network) -> tuple[str | int, ...]:
    """The path of what decides how many outputs there are: the last layer that has parameters."""
    link = next(link for link in reversed(network.links) if link.shapes)
    return ("layers", link.number, "units")


def _last_activation(layers: tuple[Layer | Activation, ...]) -> tuple[tuple[str | int, ...], Activation | None]:
    """Path and value of the activation that stands last, an activation that passes its input on not counted."""
    for number, layer in reversed(list(enumerate(layers))):
        parts = layer.parts() if isinstance(layer, Layer) else (layer,)
        path: tuple[str | int, ...] = ("layers", number, "activation") if len(parts) > 1 else ("layers", number)
        if not isinstance(parts[-1], Linear):
            return path, parts[-1] if isinstance(parts[-1], Activation) else None
        if len(parts) > 1:
            return path, None
    return ("layers",), None


def _metrics(experiment: Experiment) -> Iterator[Problem]:
    data = experiment.data.describe()
    task, seen = "classes" if data.class_names else "regression", set()
    for number, metric in enumerate(experiment.metrics or ()):
        if metric.task != task:
            usual = ", ".join(type_name(type(other)) for other in usual_metrics(data))
            yield ("metrics", number), f"{metric.type} is for {metric.task}; for this data {usual} would do"
        if metric.type in seen:
            yield ("metrics", number), f"{metric.type} is there twice"
        seen.add(metric.type)
    stopping = experiment.train.early_stopping
    if stopping and stopping.monitor and stopping.monitor not in (there := monitors(experiment)):
        yield ("train", "early_stopping", "monitor"), f"there will be no {stopping.monitor}, but {', '.join(there)}"


def _memory(experiment: Experiment) -> Iterator[Problem]:
    """Whether parameters with gradients and state, and a step's arrays, fit into the memory of this machine."""
    data = experiment.data.describe()
    network = Network(experiment.layers, len(data.input_names), experiment.loss)
    item = 4 if experiment.precision == "float32" else 8
    rows = min(experiment.train.batch_size or data.samples, data.samples)
    # Parameters, gradients, two of state and two of scratch; for each layer output, slope and what lies between.
    parameters = network.parameter_count * item * 6
    step = rows * sum(link.outputs for link in network.links) * item * 3
    samples = data.samples * (len(data.input_names) + network.outputs) * 16
    there = _physical_memory()
    for path, needed in ((("layers",), parameters), (("data", "samples"), step + samples)):
        if needed > there:
            yield (
                path,
                f"about {needed / 1e9:,.0f} GB of memory would be needed, and this machine has {there / 1e9:,.0f}",
            )
            return


def _physical_memory() -> float:
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, ValueError, OSError):
        return float(np.iinfo(np.intp).max)
