"""Cross-field checks: specs that validate field by field but cannot be trained."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from itertools import islice
from typing import Any

from nncli import run_names
from nncli.config.fields import KeyPath, field_names
from nncli.config.memory_check import Problem, check_memory
from nncli.config.messages import MAX_FAULTS, show_value
from nncli.data.data import Data, DescribedData, PartName
from nncli.data.description import Description
from nncli.data.values import places_of
from nncli.experiment import Experiment
from nncli.file_limits import MAX_VALUES
from nncli.metric_choice import default_metrics, monitors
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


def cross_check(resolved: ResolvedExperiment, *, read_parts: bool = True) -> Iterator[Problem]:
    """Yield the path and message of each problem that prevents training, up to MAX_FAULTS."""
    return islice(_cross_check(resolved, PARTS if read_parts else ()), MAX_FAULTS)


def _cross_check(resolved: ResolvedExperiment, parts: Sequence[PartName]) -> Iterator[Problem]:
    experiment, described = resolved.experiment, resolved.description
    if problem := run_names.problem(experiment.name):
        yield ("name",), problem
    if _count_values(plain(experiment)) > MAX_VALUES:
        message = f"with every default written out, the experiment has more than {MAX_VALUES:,} values"
        yield ("layers",), f"{message}; use fewer layers"
        return
    # Networks of runs are loaded without their data files.
    read = () if isinstance(experiment.data, DescribedData) else parts
    yield from _check_parts(experiment.data, described, read)
    yield from _check_last_layer(resolved)
    yield from _check_class_weights(experiment.loss, described)
    yield from _check_metrics(experiment, described)
    if experiment.optimizer.decay and experiment.optimizer.schedule is not None:
        message = "conflicts with schedule, because it is short for the schedule inverse_time; remove one of them"
        yield ("optimizer", "decay"), message
    yield from check_memory(resolved, read)


def _count_values(data: Any) -> int:
    """Return the number of keys and values in data, as the reader counts them."""
    if isinstance(data, dict):
        return 1 + sum(1 + _count_values(value) for value in data.values())
    return 1 + sum(map(_count_values, data)) if isinstance(data, list) else 1


def _check_parts(data: Data, described: Description, read: Sequence[PartName]) -> Iterator[Problem]:
    split = data.cut()
    for name in PARTS:
        share = split.validation if name == "validation" else split.test
        part = data.part(name)
        if part is not None and share:
            yield ("data", "split", name), f"conflicts with `data.{name}`; remove one of them"
        elif share and round(share * described.samples) < 1:
            message = f"selects no samples: {share:g} of {described.samples} is less than one; use a larger fraction"
            yield ("data", "split", name), message
        elif part is not None and name in read and not part.fits(described):
            yield ("data", name), "must have the same inputs, targets and classes as the training data"
    if data.training_samples(described) < 1:
        yield ("data", "split"), "leaves no samples for training; use smaller fractions"


def _check_last_layer(resolved: ResolvedExperiment) -> Iterator[Problem]:
    """Check that the loss can compare the network's output with the targets."""
    experiment, data, network = resolved.experiment, resolved.description, resolved.network
    loss = experiment.loss
    title, source = type_name(type(loss)), experiment.data.type
    if not network.parameter_count:
        yield ("layers",), "no layer has parameters to train; add a dense layer"
        return
    if loss.activation is not None and data.task == "regression":
        yield ("loss",), f"{title} needs classes, but {source} has none; use mse or mae for numbers"
        return
    if loss.crossentropy == "categorical" and data.task == "multilabel":
        yield ("loss",), f"{title} needs one class per sample, not several labels; use binary_crossentropy for labels"
        return
    path, last = last_part(experiment.layers)
    if network.outputs == 1 and isinstance(last, Sigmoid) and len(data.class_names) > 2:
        classes = len(data.class_names)
        message = f"one sigmoid unit distinguishes only two classes, but {source} has {classes}"
        yield _last_units(network), f"{message}; use {classes} units, softmax and categorical_crossentropy"
        return
    if (outputs := network.outputs) not in (expected := _expected_outputs(data, network)):
        count = join_words([str(number) for number in expected], "or")
        why = f"one for each {'class' if data.class_names else 'target'} of {source}"
        units = "unit" if expected == [1] else "units"
        yield _last_units(network), f"the last layer must have {count} {units}, {why}, not {outputs}"
    else:
        yield from _check_softmax(experiment.layers, network.inputs)
    if loss.activation is not None and not isinstance(last, loss.activation):
        actual = "linear" if "activation" in field_names(type(last)) else type_name(type(last))
        yield path, f"{title} needs {type_name(loss.activation)} as the last activation, not {actual}"


def _check_softmax(layers: Sequence[Layer | Activation], inputs: int) -> Iterator[Problem]:
    """Report softmax over a single unit, whose output does not depend on its input."""
    for number, layer in enumerate(layers):
        parts = layer.parts() if isinstance(layer, Layer) else (layer,)
        inputs = layer.outputs(inputs) if isinstance(layer, Layer) else inputs
        if isinstance(parts[-1], Softmax) and inputs == 1:
            path: KeyPath = ("layers", number, "activation") if len(parts) > 1 else ("layers", number)
            yield path, "softmax over a single unit is always 1; use sigmoid, or linear for values"


def _expected_outputs(data: Description, network: Network) -> list[int]:
    """Return the numbers of outputs that the network may have."""
    classes = len(data.class_names)
    if not classes:
        return [len(data.target_names)]
    return [1, 2] if classes == 2 and network.loss.targets == "values" else [classes]


def _last_units(network: Network) -> KeyPath:
    """Return the path of the setting for the number of outputs: `units` of the last layer that has this field."""
    links = [link for link in network.links if link.shapes]
    number = next((link.number for link in reversed(links) if "units" in field_names(type(link.part))), None)
    return ("layers",) if number is None else ("layers", number, "units")


def last_part(layers: tuple[Layer | Activation, ...]) -> tuple[KeyPath, Layer | Activation]:
    """Return the path and value of the last layer or activation, skipping linear activations."""
    for number, layer in reversed(list(enumerate(layers))):
        parts = layer.parts() if isinstance(layer, Layer) else (layer,)
        path: KeyPath = ("layers", number, "activation") if len(parts) > 1 else ("layers", number)
        if not isinstance(parts[-1], Linear):
            return path, parts[-1]
        if len(parts) > 1:
            return path, parts[-2]
    return ("layers",), Linear()


def _check_class_weights(loss: Loss, data: Description) -> Iterator[Problem]:
    names, weights = data.class_names, loss.current_class_weights()
    path: KeyPath = ("loss", "class_weights")
    if data.task == "multilabel" and weights is not None:
        yield path, "apply to classes that exclude one another, not to several labels; remove them"
    if not names or weights is None or isinstance(weights, str):
        return
    if isinstance(weights, dict):
        known = places_of(names)
        for name in weights:
            if name not in known:
                near = get_close_matches(name, names, 1)
                instead = f"did you mean {show_value(near[0])}?" if near else f"the classes are {list_names(names)}"
                yield (*path, name), f"is not a class of the data; {instead}"
    elif len(weights) != len(names):
        yield path, f"must be {len(names)} numbers, one for each class, not {len(weights)}"
    elif names != tuple(map(str, range(len(names)))):
        pairs = [(name, f"{weight:g}") for name, weight in zip(names, weights, strict=True)]
        if len(names) > MAX_NAMES:  # a class that is left out has weight 1
            pairs = [(name, weight) for name, weight in pairs if weight != "1"][:MAX_NAMES]
        mapping = ", ".join(f"{_yaml_key(name)}: {weight}" for name, weight in pairs)
        message = "must map class names to weights; instead of this list, write"
        yield path, f"{message} class_weights: {{{shorten(mapping, limit=200)}}}"


def _yaml_key(name: str) -> str:
    """Return a name as a key of a YAML mapping in braces, quoted if needed."""
    return name if re.fullmatch(r"\w[\w .-]*", name) else json.dumps(name, ensure_ascii=False)


def _check_metrics(experiment: Experiment, data: Description) -> Iterator[Problem]:
    seen = set()
    for number, metric in enumerate(experiment.metrics or ()):
        if metric.type in seen:
            yield ("metrics", number), f"{metric.type} is listed twice; remove one"
        elif data.task not in metric.tasks:
            usual = join_words([type_name(type(other)) for other in default_metrics(data)])
            yield ("metrics", number), f"{metric.type} is for {metric.tasks[0]}; use {usual} for this data"
        elif metric.fewest_classes() > (classes := len(data.class_names)) > 0:
            needed = f"at least {metric.fewest_classes()} classes; with {classes} it would always be 1"
            yield ("metrics", number), f"{metric.type} needs {needed}"
        seen.add(metric.type)
    stopping = experiment.train.early_stopping
    if stopping and stopping.monitor is not None and stopping.monitor not in (available := monitors(experiment, data)):
        validated = experiment.data.has("validation") or stopping.monitor.removeprefix("val_") not in available
        without = "" if validated else " without validation data"
        message = f"{show_value(stopping.monitor)} is not measured{without}; choose from {join_words(list(available))}"
        yield ("train", "early_stopping", "monitor"), message
