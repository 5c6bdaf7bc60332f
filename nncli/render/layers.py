"""The table of a network's layers: shapes, parameters and initial scales."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TextIO

from nncli.data.description import Description
from nncli.experiment import Experiment
from nncli.nn.activations.base import Activation
from nncli.nn.layers.base import Layer
from nncli.nn.network import Network
from nncli.registry import type_name
from nncli.render.table import print_table
from nncli.resolved import ResolvedExperiment

MAX_CLASSES = 20


def layer_table(experiment: Experiment, data: Description) -> list[dict[str, Any]]:
    """Return a row for each layer: type, activation, inputs, outputs, parameters and initial scale of its weights."""
    inputs = len(data.input_names)
    rows: list[dict[str, Any]] = []
    for number, layer in enumerate(experiment.layers):
        network = Network((layer,), inputs, experiment.loss)
        parts = layer.parts() if isinstance(layer, Layer) else (layer,)
        activation = [type_name(type(part)) for part in parts if isinstance(part, Activation)]
        scale = layer.starting_scale(inputs, experiment.init) if isinstance(layer, Layer) else None
        rows.append(
            {
                "layer": number,
                "type": type_name(type(layer)),
                "activation": activation[0] if isinstance(layer, Layer) and activation else None,
                "inputs": inputs,
                "outputs": network.outputs,
                "parameters": network.parameter_count,
                "scale": scale,
            }
        )
        inputs = network.outputs
    return rows


def print_class_weights(weights: Mapping[str, float], file: TextIO) -> None:
    """Print the weight of each class in the loss, for at most 20 classes."""
    rows = list(weights.items())
    print_table(("class", "weight"), rows[:MAX_CLASSES], file)
    if len(rows) > MAX_CLASSES:
        print(f"... {len(rows)} classes in all", file=file)


def print_layers(resolved: ResolvedExperiment, file: TextIO) -> None:
    """Print the table of layers, and a line with the totals, loss, optimizer and training data."""
    experiment = resolved.experiment
    rows = layer_table(experiment, resolved.description)
    columns = ("layer", "type", "activation", "inputs", "outputs", "parameters", "initial scale")
    print_table(columns, [tuple(row.values()) for row in rows], file)
    total = sum(row["parameters"] for row in rows)
    samples = experiment.data.training_samples(resolved.description)
    print(
        f"{total:,} parameters, {type_name(type(experiment.loss))}, {type_name(type(experiment.optimizer))}; "
        f"{experiment.data.type}: {samples:,} training samples, {experiment.precision}",
        file=file,
    )
