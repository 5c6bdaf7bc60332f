"""What the contract tests share: components made from their examples, small trainings, and slopes by differences."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from nncli.arrays import Array
from nncli.data.nnfs_sets import Sine, Spiral
from nncli.experiment import Experiment, Train
from nncli.nn.activations.sigmoid import Sigmoid
from nncli.nn.activations.softmax import Softmax
from nncli.nn.engine.ops import Ops
from nncli.nn.layers.base import Backward, Layer
from nncli.nn.layers.dense import Dense
from nncli.nn.losses.base import Loss
from nncli.nn.losses.binary_crossentropy import BinaryCrossentropy
from nncli.nn.losses.categorical_crossentropy import CategoricalCrossentropy
from nncli.nn.optimizers.base import Optimizer
from nncli.registry import components, type_name

PRECISIONS = ("float32", "float64", "book")


def build(cls: type, **fields: Any) -> Any:
    """A component from its example, read as a file would be, with some fields given otherwise."""
    return TypeAdapter(cls).validate_json(json.dumps(cls.example | fields))


def examples(kind: str) -> list[Any]:
    """Every component of a kind, made from its example."""
    return [build(cls) for cls in components(kind)]


def losses(columns: int) -> list[Loss]:
    """Every loss from its example, and with each thing that it can be told, for outputs of so many columns."""
    weights = tuple(0.5 + 0.75 * number for number in range(max(columns, 2)))
    return [
        *examples("loss"),
        BinaryCrossentropy(class_weights=weights),
        CategoricalCrossentropy(class_weights=weights),
        CategoricalCrossentropy(label_smoothing=0.2),
        CategoricalCrossentropy(label_smoothing=0.3, class_weights=weights),
    ]


def parts_of(kind: str, columns: int) -> list[Any]:
    """Every component of a kind that can stand where there are so many columns."""
    return losses(columns) if kind == "loss" else examples(kind)


def name_of(component: Any) -> str:
    """How a component is named in the list of tests."""
    return type_name(type(component))


def ops_for(precision: str, *, training: bool = True) -> Ops:
    """Fresh arithmetic that draws the same masks each time it is made."""
    random = np.random.RandomState(1) if precision == "book" else np.random.default_rng(1)
    return Ops(precision, random, training=training)


def away_from_zero(random: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Numbers of both signs between 0.2 and 1.2 in size: on them, no function has a kink."""
    return random.choice([-1.0, 1.0], shape) * random.uniform(0.2, 1.2, shape)


def arrays_of(layer: Layer, inputs: int, random: np.random.Generator, dtype: Any = np.float64) -> dict[str, Array]:
    """A layer's parameters and what it keeps beside them, the latter positive, as a variance is."""
    params = {name: away_from_zero(random, shape) for name, shape in layer.shapes(inputs).items()}
    state = {name: random.uniform(0.2, 1.2, shape) for name, shape in layer.state_shapes(inputs).items()}
    return {name: array.astype(dtype) for name, array in (params | state).items()}


def grads_of(layer: Layer, inputs: int, dtype: Any = np.float64) -> dict[str, Array]:
    """Room for a layer's gradients, NaN until they are written."""
    return {name: np.full(shape, np.nan, dtype) for name, shape in layer.shapes(inputs).items()}


def take_backward(backward: Backward, dy: Array, grads: dict[str, Array]) -> Array:
    """A layer's backward pass, its gradients put into `grads`; returns dx."""
    dx, gradients = backward(dy)
    for name, gradient in gradients.items():
        grads[name][...] = gradient
    return dx


def take_step(optimizer: Optimizer, p: Array, g: Array, state: Any, scalars: Any, ops: Ops) -> None:
    """An optimizer's step, its new parameters and state put into the old ones."""
    p[...], new = optimizer.update(p, g, state, scalars, ops)
    assert type(new) is type(state)
    assert [array.dtype for array in new] == [array.dtype for array in state], "a state keeps its dtypes"
    for array, value in zip(state, new, strict=True):
        array[...] = value


def targets_for(loss: Loss, y: Array, random: np.random.Generator) -> Array:
    """Targets of the form that a loss takes, nowhere near the outputs y."""
    n, k = y.shape
    if loss.targets == "labels":
        return random.integers(0, k, n)
    if loss.activation is Sigmoid:
        return random.integers(0, 2, y.shape).astype(y.dtype)
    if loss.activation is Softmax:
        return np.eye(k, dtype=y.dtype)[random.integers(0, k, n)]
    return y + away_from_zero(random, y.shape).astype(y.dtype)


def slopes(scalar: Callable[[], float], array: Array, step: float = 1e-5) -> Array:
    """The derivative of a number in each entry of an array, by central differences."""
    found = np.empty_like(array)
    for place in np.ndindex(array.shape):
        value = array[place]
        array[place] = value + step
        above = scalar()
        array[place] = value - step
        found[place] = (above - scalar()) / (2 * step)
        array[place] = value
    return found


def assert_slopes_agree(slope: Array, numeric: Array, name: str) -> None:
    """Fails where a relative error is 1e-6 or more; 1e-9 is what rounding alone does to the differences."""
    np.testing.assert_allclose(slope, numeric, rtol=1e-6, atol=1e-9, err_msg=name)


def small_experiment(loss: Loss | None = None, hidden: tuple[Any, ...] = (), **fields: Any) -> Experiment:
    """A training of a moment: a small set that suits the loss, in batches of which the last is smaller."""
    loss = CategoricalCrossentropy() if loss is None else loss
    outputs, data = 1, Sine(samples=24)
    if loss.targets == "labels" or loss.activation is Softmax:
        outputs, data = 3, Spiral(samples=8, classes=3)
    elif loss.activation is Sigmoid:
        data = Spiral(samples=12, classes=2)
    last = Dense(units=outputs, activation=None if loss.activation is None else loss.activation())
    layers = (*(hidden or (Dense(units=4),)), last)
    settings = {"train": Train(epochs=4, batch_size=10), "data": data, **fields}
    return Experiment(name="small", layers=layers, loss=loss, **settings)
