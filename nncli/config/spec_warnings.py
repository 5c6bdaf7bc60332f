"""Warnings of `check` and `train` that need no data: specs that are valid but seldom intended."""

from __future__ import annotations

from collections.abc import Iterator

from nncli.config.cross_checks import last_part
from nncli.config.memory_check import Problem
from nncli.data.data import Data, DescribedData
from nncli.data.description import Description
from nncli.experiment import Experiment, steps_of
from nncli.nn.activations.softmax import Softmax
from nncli.nn.layers.base import Layer
from nncli.nn.layers.batch_norm import BatchNorm
from nncli.resolved import ResolvedExperiment
from nncli.settings import PARTS
from nncli.text import plural

UNFILLED = 0.1  # a larger share of the initial running statistics keeps batch_norm far from those of the data


def spec_warnings(resolved: ResolvedExperiment) -> Iterator[Problem]:
    """Yield the path and message of each setting that is valid but seldom intended."""
    experiment = resolved.experiment
    trained = [link for link in resolved.network.links if link.shapes]
    for link in trained[:-1]:  # equal weights are fine in the last layer, whose units have different targets
        if isinstance(link.part, Layer) and link.part.starting_scale(link.inputs, experiment.init) == 0:
            message = "all weights start equal, so all units of this layer will learn the same; use another init"
            yield ("layers", link.number), message
    has_classes = bool(resolved.description.class_names)  # for values, softmax itself is wrong
    if has_classes and experiment.loss.activation is None and isinstance(last_part(experiment.layers)[1], Softmax):
        yield ("loss",), "softmax learns far better with the loss categorical_crossentropy"
    yield from _notes_of_parts(experiment.data, resolved.description)
    size, samples = experiment.train.batch_size, experiment.data.training_samples(resolved.description)
    if size is not None and size > samples:
        yield ("train", "batch_size"), f"is larger than the {samples} training samples: each epoch is one batch"
    yield from _batch_norm(experiment, samples)
    schedule, steps = experiment.optimizer.schedule, steps_of(experiment.train, samples)
    if schedule is not None and schedule.warmup >= steps:
        path = ("optimizer", "schedule", "warmup")
        yield path, f"lasts for all {steps} {plural('step', steps)} of training, so the learning rate only rises"


def _batch_norm(experiment: Experiment, samples: int) -> Iterator[Problem]:
    """Report batches that batch_norm cannot normalize, and training too short for its running statistics."""
    layers = {number: layer for number, layer in enumerate(experiment.layers) if isinstance(layer, BatchNorm)}
    size, steps = min(experiment.train.batch_size or samples, samples), steps_of(experiment.train, samples)
    if layers and size == 1:
        path = ("train", "batch_size") if samples > 1 else ("data",)
        yield path, "batch_norm needs batches of two or more samples; with one sample its output is constant"
    elif layers and samples % size == 1:
        message = f"leaves 1 of {samples:,} samples for the last batch, for which the output of batch_norm is constant"
        yield ("train", "batch_size"), message
    for number, layer in layers.items():
        if (left := layer.momentum**steps) > UNFILLED:
            count = f"{steps} {plural('step', steps)}"
            message = f"training takes {count}, after which {left:.0%} of the initial running statistics remain"
            yield ("layers", number), f"{message}; use a smaller momentum"


def _notes_of_parts(data: Data, described: Description) -> Iterator[Problem]:
    """Yield notes on how validation and test files are read, except those of a saved run, which may be missing."""
    parts = {} if isinstance(data, DescribedData) else {name: part for name in PARTS if (part := data.part(name))}
    for name, part in parts.items():
        yield from ((("data", name), note) for note in part.notes(described))
