"""Cross-field checks: specs that validate field by field but cannot be trained."""

from __future__ import annotations

import json
import math
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from itertools import islice
from typing import Any

import numpy as np

from nncli import run_names
from nncli.config.fields import KeyPath, field_names
from nncli.config.messages import MAX_FAULTS, show
from nncli.data.data import Data, DescribedData
from nncli.data.description import Description
from nncli.data.values import places_of
from nncli.experiment import Experiment
from nncli.file_limits import MAX_VALUES
from nncli.metric_choice import monitors, usual_metrics
from nncli.nn.activations.base import Activation
from nncli.nn.activations.linear import Linear
from nncli.nn.activations.sigmoid import Sigmoid
from nncli.nn.activations.softmax import Softmax
from nncli.nn.layers.base import Layer
from nncli.nn.losses.base import Loss
from nncli.nn.network import Network
from nncli.registry import plain, type_name
from nncli.resolved import ResolvedExperiment
from nncli.settings import PARTS
from nncli.text import MAX_NAMES, join_words, list_names, shorten

Problem = tuple[KeyPath, str]


def cross_check(resolved: ResolvedExperiment) -> Iterator[Problem]:
    """Path and message of everything that cannot be computed; of a flood the first."""
    return islice(_cross_check(resolved), MAX_FAULTS)


def _cross_check(resolved: ResolvedExperiment) -> Iterator[Problem]:
    experiment, described = resolved.experiment, resolved.description
    if problem := run_names.problem(experiment.name):
        yield ("name",), problem
    if _size(plain(experiment)) > MAX_VALUES:
        yield ("layers",), f"are too many: with every default written out, there are more than {MAX_VALUES:,} values"
        return
    yield from _parts(experiment.data, described)
    yield from _last_layer(resolved)
    yield from _class_weights(experiment.loss, described)
    yield from _metrics(experiment, described)
    if experiment.optimizer.decay and experiment.optimizer.schedule is not None:
        yield ("optimizer", "decay"), "is short for the schedule inverse_time, and there is a schedule: leave one out"
    yield from _memory(resolved)


def _size(data: Any) -> int:
    """How many keys and values data has, as the reader counts them."""
    if isinstance(data, dict):
        return 1 + sum(1 + _size(value) for value in data.values())
    return 1 + sum(map(_size, data)) if isinstance(data, list) else 1


def _parts(data: Data, whole: Description) -> Iterator[Problem]:
    cut, known = data.cut(), isinstance(data, DescribedData)
    for name in PARTS:
        share = cut.validation if name == "validation" else cut.test
        part = data.part(name)
        if part is not None and share:
            yield ("data", "split", name), f"is there twice: there is a `{name}:` of its own too"
        elif share and round(share * whole.samples) < 1:
            yield ("data", "split", name), f"leaves no samples for it: {share:g} of {whole.samples} is less than one"
        elif part is not None and not known and not part.fits(whole):
            yield ("data", name), "must have the inputs, targets and classes of the training data"
    if data.training_samples(whole) < 1:
        yield ("data", "split"), "leaves no samples to be trained on"


def _last_layer(resolved: ResolvedExperiment) -> Iterator[Problem]:
    """Whether the network's output is what the loss compares with the targets."""
    experiment, data, network = resolved.experiment, resolved.description, resolved.network
    loss = experiment.loss
    title, source = type_name(type(loss)), experiment.data.type
    if not network.parameter_count:
        yield ("layers",), "no layer has anything to learn; a dense one does"
        return
    if loss.activation is not None and data.task == "regression":
        yield ("loss",), f"{title} needs classes, and {source} has none; mse and mae compare values"
        return
    if loss.crossentropy == "categorical" and data.task == "multilabel":
        yield ("loss",), f"{title} needs one class a sample, not several labels; binary_crossentropy compares labels"
        return
    path, last = last_of(experiment.layers)
    if network.outputs == 1 and isinstance(last, Sigmoid) and len(data.class_names) > 2:
        classes = len(data.class_names)
        message = f"one sigmoid tells two classes apart, and {source} has {classes}"
        yield _last_units(network), f"{message}; use {classes} units, softmax and categorical_crossentropy"
        return
    if (outputs := network.outputs) not in (right := _right_outputs(data, network)):
        count = join_words([str(number) for number in right], "or")
        why = f"one for each {'class' if data.class_names else 'target'} of {source}"
        units = "unit" if right == [1] else "units"
        yield _last_units(network), f"the last layer must have {count} {units}, {why}, not {outputs}"
    else:
        yield from _softmax(experiment.layers, network.inputs)
    if loss.activation is not None and not isinstance(last, loss.activation):
        found = "linear" if "activation" in field_names(type(last)) else type_name(type(last))
        yield path, f"{title} needs {type_name(loss.activation)} as the last activation, not {found}"


def _softmax(layers: Sequence[Layer | Activation], inputs: int) -> Iterator[Problem]:
    """Softmax over a single unit, whose output does not depend on its input."""
    for number, layer in enumerate(layers):
        parts = layer.parts() if isinstance(layer, Layer) else (layer,)
        inputs = layer.outputs(inputs) if isinstance(layer, Layer) else inputs
        if isinstance(parts[-1], Softmax) and inputs == 1:
            path: KeyPath = ("layers", number, "activation") if len(parts) > 1 else ("layers", number)
            yield path, "softmax over a single unit is always 1; use sigmoid, or linear for values"


def _right_outputs(data: Description, network: Network) -> list[int]:
    """How many outputs the network may have."""
    classes = len(data.class_names)
    if not classes:
        return [len(data.target_names)]
    return [1, 2] if classes == 2 and network.loss.targets == "values" else [classes]


def _last_units(network: Network) -> KeyPath:
    """The path of what decides how many outputs there are: the units of the last layer that has some."""
    links = [link for link in network.links if link.shapes]
    number = next((link.number for link in reversed(links) if "units" in field_names(type(link.part))), None)
    return ("layers",) if number is None else ("layers", number, "units")


def last_of(layers: tuple[Layer | Activation, ...]) -> tuple[KeyPath, Layer | Activation]:
    """Path and value of what stands last, an activation that passes its input on not counted."""
    for number, layer in reversed(list(enumerate(layers))):
        parts = layer.parts() if isinstance(layer, Layer) else (layer,)
        path: KeyPath = ("layers", number, "activation") if len(parts) > 1 else ("layers", number)
        if not isinstance(parts[-1], Linear):
            return path, parts[-1]
        if len(parts) > 1:
            return path, parts[-2]
    return ("layers",), Linear()


def _class_weights(loss: Loss, data: Description) -> Iterator[Problem]:
    names, weights = data.class_names, loss.current_class_weights()
    path: KeyPath = ("loss", "class_weights")
    if data.task == "multilabel" and weights is not None:
        yield path, "weigh classes that exclude one another, not several labels; leave them out"
    if not names or weights is None or isinstance(weights, str):
        return
    if isinstance(weights, dict):
        known = places_of(names)
        for name in weights:
            if name not in known:
                near = get_close_matches(name, names, 1)
                instead = f"did you mean {show(near[0])}?" if near else f"the classes are {list_names(names)}"
                yield (*path, name), f"is no class of the data; {instead}"
    elif len(weights) != len(names):
        yield path, f"must be {len(names)} numbers, one for each class, not {len(weights)}"
    elif names != tuple(map(str, range(len(names)))):
        pairs = [(name, f"{weight:g}") for name, weight in zip(names, weights, strict=True)]
        if len(names) > MAX_NAMES:  # a class that is left out counts 1
            pairs = [(name, weight) for name, weight in pairs if weight != "1"][:MAX_NAMES]
        mapping = ", ".join(f"{_key(name)}: {weight}" for name, weight in pairs)
        message = "must map class names to weights; in the order of the classes, this list is"
        yield path, f"{message} class_weights: {{{shorten(mapping, limit=200)}}}"


def _key(name: str) -> str:
    """A name as a key of YAML's mappings in braces."""
    return name if re.fullmatch(r"\w[\w .-]*", name) else json.dumps(name, ensure_ascii=False)


def _metrics(experiment: Experiment, data: Description) -> Iterator[Problem]:
    seen = set()
    for number, metric in enumerate(experiment.metrics or ()):
        if metric.type in seen:
            yield ("metrics", number), f"{metric.type} is there twice"
        elif data.task not in metric.tasks:
            usual = join_words([type_name(type(other)) for other in usual_metrics(data)])
            yield ("metrics", number), f"{metric.type} is for {metric.tasks[0]}; for this data {usual} would do"
        elif metric.fewest_classes() > (classes := len(data.class_names)) > 0:
            needed = f"at least {metric.fewest_classes()} classes; with {classes} it would always be 1"
            yield ("metrics", number), f"{metric.type} needs {needed}"
        seen.add(metric.type)
    stopping = experiment.train.early_stopping
    if stopping and stopping.monitor is not None and stopping.monitor not in (there := monitors(experiment, data)):
        figure = show(stopping.monitor)
        yield ("train", "early_stopping", "monitor"), f"there will be no {figure}, but {join_words(list(there))}"


def _memory(resolved: ResolvedExperiment) -> Iterator[Problem]:
    """Whether parameters, samples and a step's arrays fit into this machine's memory; if not, what takes most."""
    experiment, whole, network = resolved.experiment, resolved.description, resolved.network
    item = 4 if experiment.precision == "float32" else 8
    needed: Counter[KeyPath] = Counter()
    for link in network.links:  # parameters, gradients, two of state and two of scratch
        needed["layers", link.number, "units"] += sum(map(math.prod, link.shapes.values())) * item * 6
    widest = max(network.links, key=lambda link: link.outputs, default=None)
    for name in (None, *PARTS):
        data = experiment.data if name is None else experiment.data.part(name)
        if data is None or widest is None:
            continue
        path: KeyPath = ("data", "samples") if name is None else ("data", name, "samples")
        rows = samples = whole.samples if name is None else data.count(whole)
        needed[path] += samples * (network.inputs + network.outputs) * 16
        if (size := experiment.train.batch_size) is not None and size < samples:
            rows, path = size, ("train", "batch_size")
        if widest.outputs > rows:
            path = ("layers", widest.number, "units")
        # For each layer output, slope and what lies between.
        needed[path] += rows * sum(link.outputs for link in network.links) * item * 3
    there, total = _physical_memory(), sum(needed.values())
    if total > there:
        most = max(needed, key=needed.__getitem__)
        yield most, f"{_about(total)} of memory would be needed, and this machine has {_about(there)}"


def _about(count: int) -> str:
    """Bytes in words."""
    gigabytes = count // 10**9
    if gigabytes >= 10**6:
        return "over a million GB"
    return f"about {gigabytes:,} GB" if gigabytes >= 10 else f"about {count / 1e9:.1f} GB"


def _physical_memory() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return int(np.iinfo(np.intp).max)
