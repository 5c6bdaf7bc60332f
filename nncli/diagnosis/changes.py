"""Overrides that rules propose, by what they change."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from nncli import registry
from nncli.config.writer import override
from nncli.data.data import DescribedData
from nncli.diagnosis.setup import Setup
from nncli.nn.activations.relu import Relu
from nncli.nn.activations.sigmoid import Sigmoid
from nncli.nn.activations.softplus import Softplus
from nncli.nn.initializers.constant import Constant
from nncli.nn.layers.dense import Dense
from nncli.nn.layers.dropout import Dropout
from nncli.number_format import format_number
from nncli.registry import type_name

HIGH_DROPOUT = 0.4  # rate from which dropout may hide too much
USUAL_DECAY = 0.01  # of weights, by the optimizer
RELU_LIKE = ("relu", "leaky_relu", "elu", "gelu", "softplus")


def activation(setup: Setup, dense: int, name: str) -> str:
    """Return the override that sets the activation after the dense layer at a place among the dense layers."""
    number, layer, _ = setup.dense[dense]
    if layer.activation is not None:
        return f"layers.{number}.activation={name}"
    following = setup.experiment.layers[number + 1 :]
    for index, other in enumerate(following, start=number + 1):
        if isinstance(other, Dense):
            break
        if not isinstance(other, Dense) and index != number and type_name(type(other)) in registry_activations():
            return f"layers.{index}={name}"
    return f"layers.{number}.activation={name}"


def registry_activations() -> set[str]:
    """Return the names of all activations."""
    return {type_name(cls) for cls in registry.components("activation")}


def init(setup: Setup) -> list[str]:
    """Return overrides that give all layers initial weights of a usual scale."""
    scale = getattr(setup.experiment.init, "scale", None)
    if scale is not None and not isinstance(setup.experiment.init, Constant):
        widest = max(inputs for _, _, inputs in setup.dense)
        factor = 3.0 if any(a is Sigmoid for a in setup.hidden_activations) else 1.0
        return [override("init.scale", one_digit(factor / math.sqrt(widest))), *_own_init(setup)]
    relu_like = any(a is Relu or a is Softplus or type_name(a) in RELU_LIKE for a in setup.hidden_activations)
    return init_kind(setup, "he_normal" if relu_like else "glorot_uniform")


def init_kind(setup: Setup, name: str) -> list[str]:
    """Return overrides that give all layers the same initializer."""
    return [f"init={name}", *_own_init(setup)]


def _own_init(setup: Setup) -> list[str]:
    """Return overrides that remove the initializers of single layers."""
    return [f"layers.{number}.init=null" for number, layer, _ in setup.dense if layer.init is not None]


def learning_rate(setup: Setup, factor: float) -> str:
    """Return the override that multiplies the learning rate."""
    return override("optimizer.learning_rate", one_digit(setup.experiment.optimizer.learning_rate * factor))


def epochs(setup: Setup, factor: float) -> str:
    """Return the override that multiplies the number of epochs."""
    return override("train.epochs", math.ceil(setup.experiment.train.epochs * factor))


def scale(setup: Setup, key: str) -> list[str] | None:
    """Return the override that scales inputs (`scale`) or targets (`scale_target`), None if the data set has none."""
    data = setup.experiment.data
    source = data.source if isinstance(data, DescribedData) else data
    return [f"data.{key}=standard"] if hasattr(source, key) else None


def wider(setup: Setup, units: int) -> list[str]:
    """Return overrides that give every hidden layer at least a number of units."""
    return [f"layers.{number}.units={units}" for number, layer, _ in setup.dense[:-1] if layer.units < units]


def with_hidden_layers(setup: Setup, units: int, name: str, count: int = 1) -> str:
    """Return the override that adds hidden layers before the last dense layer."""
    layers = [_short(layer) for layer in setup.experiment.layers]
    last = setup.dense[-1][0]
    added = [{"type": "dense", "units": units, "activation": name}] * count
    return override("layers", [*layers[:last], *added, *layers[last:]])


def less_regularized(setup: Setup) -> list[str]:
    """Return overrides that remove penalties, and leave little dropout and the usual weight decay."""
    decay = getattr(setup.experiment.optimizer, "weight_decay", 0.0) or 0.0
    change = [f"optimizer.weight_decay={USUAL_DECAY}"] if decay > USUAL_DECAY else []
    for number, layer in enumerate(setup.experiment.layers):
        if isinstance(layer, Dropout) and layer.rate >= HIGH_DROPOUT:
            change.append(f"layers.{number}.rate=0.1")
        if isinstance(layer, Dense):
            names = ("weight_l1", "weight_l2", "bias_l1", "bias_l2")
            change += [f"layers.{number}.{name}=0.0" for name in names if getattr(layer, name)]
    return change


def _short(component: Any) -> dict[str, Any] | str:
    """Return a component without fields that have their default; a bare name if none is left."""
    plain = registry.plain(component)
    fields = [each for each in dataclasses.fields(component) if each.name != "type"]
    values = {each.name: getattr(component, each.name) for each in fields}
    differing = [each.name for each in fields if each.name in plain and values[each.name] != each.default]
    if not differing:
        return str(plain["type"])
    short = {name: _short(values[name]) if _is_component(values[name]) else plain[name] for name in differing}
    return {"type": plain["type"], **short}


def _is_component(value: object) -> bool:
    return dataclasses.is_dataclass(value) and hasattr(value, "type")


def one_digit(value: float) -> float:
    """Round to one significant digit."""
    return float(f"{value:.0e}")


def number(value: float) -> str:
    """Return a number for a sentence."""
    return format_number(float(f"{value:.3g}"))
