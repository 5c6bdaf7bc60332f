"""Draw specs that should train well, in which faults are planted."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from benchmarks.why.families import RATES, Family
from benchmarks.why.sources import (
    Random,
    Source,
    draw_clusters,
    draw_curve,
    draw_rings,
    draw_surface,
    draw_toy,
    draw_toy_values,
)

Spec = dict[str, Any]
SATURATING = ("tanh", "sigmoid")
RECTIFIED = ("relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "selu")
SPLIT = "_split"  # the field of a spec that becomes `data.split` once the data are known
STEPS = (500, 2000)  # of a training


@dataclass(frozen=True)
class Base:
    """A spec, without its data, and the source of the data."""

    source: Source
    spec: Spec
    metric: str

    @property
    def hidden(self) -> list[Spec]:
        """The hidden layers."""
        return [layer for layer in self.spec["layers"][:-1] if layer["type"] == "dense"]

    def copy(self) -> Spec:
        """Return a copy of the spec to change."""
        return copy.deepcopy(self.spec)


def draw_source(random: Random, family: Family, kind: str = "any", nonlinear: bool = False) -> Source:
    """Return the data of a base; `kind` is any, values, classes, table, table_values or table_classes."""
    values = [draw_curve, draw_surface, draw_toy_values]
    classes = [draw_toy, draw_toy, draw_clusters, draw_rings]
    linear = [lambda random, family: draw_surface(random, family, linear=True)]
    choices: dict[str, list[Any]] = {
        "any": [*values, *linear, *classes],
        "values": values,
        "classes": classes,
        "table": [draw_surface, draw_clusters, draw_rings, *linear],
        "table_values": [draw_surface, *linear],
        "table_classes": [draw_clusters, draw_rings],
    }
    while True:
        source: Source = choices[kind][random.integers(len(choices[kind]))](random, family)
        if source.nonlinear or not nonlinear:
            return source


def draw_base(
    random: Random,
    family: Family,
    source: Source,
    activation: str | tuple[str, ...] = (),
    optimizer: str | tuple[str, ...] = (),
    depth: int = 0,
) -> Base:
    """Return a spec for the data, of usual settings; the given ones are fixed, or chosen from."""
    activations = (activation,) if isinstance(activation, str) else activation or family.activations
    optimizers = (optimizer,) if isinstance(optimizer, str) else optimizer or family.optimizers
    chosen, width = str(random.choice(activations)), int(random.choice(family.widths))
    depth = depth or int(random.choice([1, 2, 2, 3]))
    layers: list[Spec] = []
    for _ in range(depth):
        layers.append({"type": "dense", "units": width, "activation": chosen})
        if random.random() < family.extras:
            layers.append({"type": "batch_norm"})
        width = max(int(random.choice([width, width, width // 2])), 8)
    layers.append({"type": "dense", "units": source.outputs, "activation": last_activation(source)})
    spec: Spec = {"layers": layers, "loss": loss_of(random, family, source)}
    if chosen in RECTIFIED and random.random() < 0.7:
        spec["init"] = {"type": str(random.choice(["he_normal", "he_uniform"]))}
    elif random.random() < 0.3:
        spec["init"] = {"type": "glorot_normal"}
    spec["optimizer"] = draw_optimizer(random, str(random.choice(optimizers)))
    if random.random() < family.extras and "decay" not in spec["optimizer"]:
        spec["optimizer"]["schedule"] = {"type": "cosine"}
    metric = "accuracy" if source.classes else "r2"
    spec["metrics"] = [metric]
    spec["train"] = draw_length(random, samples_of(source))
    return Base(source, spec, metric)


def draw_optimizer(random: Random, name: str) -> Spec:
    """Return an optimizer with a usual learning rate."""
    low, high = RATES[name]
    rate = float(f"{low * (high / low) ** random.random():.1g}")
    if name in ("sgd", "nesterov"):
        return {"type": "sgd", "learning_rate": rate, "momentum": 0.9} | ({"nesterov": True} if name != "sgd" else {})
    decay = {"decay": float(random.choice([1e-4, 1e-3]))} if random.random() < 0.25 else {}
    return {"type": name, "learning_rate": rate} | decay


def draw_length(random: Random, samples: int) -> Spec:
    """Return the section `train`: full batch, or batches, with a usual number of steps."""
    steps = int(random.integers(*STEPS))
    if random.random() < 0.5:
        return {"epochs": steps}
    size = int(random.choice([16, 32, 64]))
    return {"epochs": max(steps * size // samples, 20), "batch_size": size}


def samples_of(source: Source) -> int:
    """Return the number of samples."""
    if source.x is not None:
        return len(source.x)
    assert source.toy is not None
    each: int = source.toy["samples"]
    return each * source.toy["classes"] if source.toy["type"] in ("spiral", "vertical") else each


def last_activation(source: Source) -> str:
    """Return the output activation for the task."""
    if not source.classes:
        return "linear"
    return "sigmoid" if source.outputs == 1 else "softmax"


def loss_of(random: Random, family: Family, source: Source) -> str:
    """Return a loss for the task."""
    if source.classes:
        return "binary_crossentropy" if source.outputs == 1 else "categorical_crossentropy"
    return str(random.choice(family.losses))


def seconds_of(spec: Spec, source: Source) -> float:
    """Return roughly how long training takes; measured seconds would make a set depend on the machine."""
    samples, epochs = samples_of(source), spec["train"]["epochs"]
    size = min(spec["train"].get("batch_size", samples), samples)
    units = [source.inputs, *(layer["units"] for layer in spec["layers"] if layer["type"] == "dense")]
    weights = sum(a * b for a, b in pairwise(units))
    return float(epochs * -(-samples // size) * (6e-5 * len(units) + 5e-10 * size * weights + 1e-8 * size * sum(units)))


def set_hidden(spec: Spec, **fields: Any) -> Spec:
    """Set fields of all hidden dense layers; return the spec."""
    for layer in spec["layers"][:-1]:
        if layer["type"] == "dense":
            layer.update(fields)
    return spec


def scale_rate(spec: Spec, factor: float) -> Spec:
    """Multiply the learning rate; return the spec."""
    spec["optimizer"]["learning_rate"] = float(f"{spec['optimizer']['learning_rate'] * factor:.2g}")
    return spec


def scale_epochs(spec: Spec, factor: float) -> Spec:
    """Multiply the number of epochs; return the spec."""
    spec["train"]["epochs"] = max(int(spec["train"]["epochs"] * factor), 1)
    return spec
