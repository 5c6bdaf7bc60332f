"""Shared helpers: components built from their examples, small experiments, and numerical derivatives."""

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
    """Build a component from its example, read as from a file, with some fields replaced."""
    return TypeAdapter(cls).validate_json(json.dumps(cls.example | fields))


def examples(kind: str) -> list[Any]:
    """Build every component of a kind from its example."""
    return [build(cls) for cls in components(kind)]


def losses(columns: int) -> list[Loss]:
    """Return every loss for a number of output columns: from its example, and with each of its options."""
    weights = tuple(0.5 + 0.75 * number for number in range(max(columns, 2)))
    return [
        *examples("loss"),
        BinaryCrossentropy(class_weights=weights),
        CategoricalCrossentropy(class_weights=weights),
        CategoricalCrossentropy(label_smoothing=0.2),
        CategoricalCrossentropy(label_smoothing=0.3, class_weights=weights),
    ]


def parts_of(kind: str, columns: int) -> list[Any]:
    """Return every component of a kind that works with a number of columns."""
    return losses(columns) if kind == "loss" else examples(kind)


def name_of(component: Any) -> str:
    """Return the id of a component in the list of tests."""
    return type_name(type(component))


def ops_for(precision: str, *, training: bool = True) -> Ops:
    """Return new arithmetic, whose masks are the same each time."""
    random = np.random.RandomState(1) if precision == "book" else np.random.default_rng(1)
    return Ops(precision, random, training=training)


def away_from_zero(random: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Return numbers of both signs with magnitudes from 0.2 to 1.2, at which no function has a kink."""
    return random.choice([-1.0, 1.0], shape) * random.uniform(0.2, 1.2, shape)


def arrays_of(layer: Layer, inputs: int, random: np.random.Generator, dtype: Any = np.float64) -> dict[str, Array]:
    """Return a layer's parameters and state; the state is positive, because it may be a variance."""
    params = {name: away_from_zero(random, shape) for name, shape in layer.shapes(inputs).items()}
    state = {name: random.uniform(0.2, 1.2, shape) for name, shape in layer.state_shapes(inputs).items()}
    return {name: array.astype(dtype) for name, array in (params | state).items()}


def grads_of(layer: Layer, inputs: int, dtype: Any = np.float64) -> dict[str, Array]:
    """Return arrays for a layer's gradients, NaN until they are written."""
    return {name: np.full(shape, np.nan, dtype) for name, shape in layer.shapes(inputs).items()}


def take_backward(backward: Backward, dy: Array, grads: dict[str, Array]) -> Array:
    """Run a layer's backward pass, store its gradients in `grads`, and return dx."""
    dx, gradients = backward(dy)
    for name, gradient in gradients.items():
        grads[name][...] = gradient
    return dx


def take_step(optimizer: Optimizer, p: Array, g: Array, state: Any, scalars: Any, ops: Ops) -> None:
    """Run an optimizer's step in place, on parameters and state."""
    p[...], new = optimizer.update(p, g, state, scalars, ops)
    assert type(new) is type(state)
    assert [array.dtype for array in new] == [array.dtype for array in state], "a state keeps its dtypes"
    for array, value in zip(state, new, strict=True):
        array[...] = value


def targets_for(loss: Loss, y: Array, random: np.random.Generator) -> Array:
    """Return targets in the form that a loss takes, none of them close to the outputs y."""
    n, k = y.shape
    if loss.targets == "labels":
        return random.integers(0, k, n)
    if loss.activation is Sigmoid:
        return random.integers(0, 2, y.shape).astype(y.dtype)
    if loss.activation is Softmax:
        return np.eye(k, dtype=y.dtype)[random.integers(0, k, n)]
    return y + away_from_zero(random, y.shape).astype(y.dtype)


def slopes(scalar: Callable[[], float], array: Array, step: float = 1e-5) -> Array:
    """Return the derivative of a number with respect to each entry of an array, by central differences."""
    derivative = np.empty_like(array)
    for index in np.ndindex(array.shape):
        value = array[index]
        array[index] = value + step
        above = scalar()
        array[index] = value - step
        derivative[index] = (above - scalar()) / (2 * step)
        array[index] = value
    return derivative


def assert_slopes_agree(slope: Array, numeric: Array, name: str) -> None:
    """Fail if a relative error is 1e-6 or more; 1e-9 is the rounding error of the differences."""
    np.testing.assert_allclose(slope, numeric, rtol=1e-6, atol=1e-9, err_msg=name)


def small_experiment(loss: Loss | None = None, hidden: tuple[Any, ...] = (), **fields: Any) -> Experiment:
    """Return an experiment that trains in a moment: a small data set for the loss, in batches, the last one smaller."""
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
