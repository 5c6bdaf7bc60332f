"""Each backward pass is the derivative of its forward pass, checked by central differences in float64."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.nn.activations.tanh import Tanh
from nncli.nn.engine import blas
from nncli.nn.engine.ops import UNITS_PER_INPUT
from nncli.nn.layers.dense import Dense
from nncli.nn.losses.mean_squared_error import MeanSquaredError
from nncli.nn.network import Network
from tests.contracts.parts import (
    arrays_of,
    assert_slopes_agree,
    away_from_zero,
    examples,
    grads_of,
    losses,
    name_of,
    ops_for,
    slopes,
    take_backward,
    targets_for,
)

SHAPES = ((5, 4), (5, 1), (1, 3), (2, 2))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluating"])
@pytest.mark.parametrize("layer", examples("layer"), ids=name_of)
def test_gradients_of_a_layer(layer, training, shape):
    """They are derivatives of s = Σ weight y + penalty, so those of the penalty are included."""
    random = np.random.default_rng(0)
    x = away_from_zero(random, shape)
    params, grads = arrays_of(layer, x.shape[1], random), grads_of(layer, x.shape[1])
    arrays = {"x": x, **{name: params[name] for name in grads}}
    before = {name: array.copy() for name, array in arrays.items()}
    y, backward = layer.forward(params, x, ops_for("float64", training=training))
    assert y.shape == (len(x), layer.outputs(x.shape[1]))
    weight = away_from_zero(random, y.shape)
    dx = take_backward(backward, weight.copy(), grads)
    layer.add_penalty_gradient(params, grads, ops_for("float64"))

    def scalar() -> float:
        ops = ops_for("float64", training=training)
        return np.sum(layer.forward(params, x, ops)[0] * weight) + layer.penalty(params, ops)

    assert layer.penalized == (layer.penalty(params, ops_for("float64")) != 0)
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, before[name], err_msg=f"{name} was changed")
        assert_slopes_agree(dx if name == "x" else grads[name], slopes(scalar, array), name)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("activation", examples("activation"), ids=name_of)
def test_gradient_of_an_activation(activation, shape):
    random = np.random.default_rng(0)
    x = away_from_zero(random, shape)
    y, backward = activation.forward(x, ops_for("float64"))
    weight = away_from_zero(random, y.shape)
    dx = backward(weight.copy())
    numeric = slopes(lambda: np.sum(activation.forward(x, ops_for("float64"))[0] * weight), x)
    assert_slopes_agree(dx, numeric, "x")


@pytest.mark.parametrize("precision", ["float64", "book"])
@pytest.mark.parametrize(
    ("loss", "shape"),
    [pytest.param(loss, shape, id=f"{name_of(loss)}-{shape}") for shape in SHAPES for loss in losses(shape[1])],
)
def test_gradient_of_a_loss(loss, shape, precision):
    """Book arithmetic keeps float64 inputs in float64, so its derivatives can be checked as closely."""
    random = np.random.default_rng(0)
    y = 2 * away_from_zero(random, shape)
    t = targets_for(loss, y, random)
    _, sample_losses, backward = loss.forward(y, t, ops_for(precision))
    assert sample_losses.shape == (len(y),)
    slope = backward()
    assert slope.dtype == np.float64
    numeric = slopes(lambda: np.mean(loss.forward(y, t, ops_for(precision))[1]), y)
    assert_slopes_agree(slope, numeric, "y")


@pytest.mark.parametrize("loss", examples("loss"), ids=name_of)
def test_gradient_of_a_network_of_all_layers_and_activations(loss):
    between = [part for activation in examples("activation") for part in (Dense(units=6), activation)]
    last = Dense(units=3, activation=None if loss.activation is None else loss.activation())
    assert_gradient_of_a_network(Network([Tanh(), *examples("layer"), *between, last], 4, loss))


@pytest.mark.parametrize("small_kernels", [True, False])
def test_gradient_of_a_network_with_few_inputs_and_many_units(small_kernels, monkeypatch):
    """Products and penalties then treat weights and biases as one matrix."""
    monkeypatch.setattr(blas, "has_small_kernels", lambda: small_kernels)
    units = UNITS_PER_INPUT * 4
    penalized = Dense(units=units, weight_l1=0.1, weight_l2=0.2, bias_l1=0.1, bias_l2=0.2)
    assert_gradient_of_a_network(Network([penalized, Tanh(), Dense(units=3)], 4, MeanSquaredError()))


def assert_gradient_of_a_network(network: Network) -> None:
    """Check the gradient of loss and penalties in all parameters of a network with 4 inputs and 3 outputs."""
    random = np.random.default_rng(3)
    loss = network.loss
    groups = [dict.fromkeys(link.shapes, 0) for link in network.links]
    params = network.allocate(np.dtype(np.float64), groups)
    grads = network.allocate_gradients([np.dtype(np.float64)], groups)
    params.vectors[0][...] = away_from_zero(random, params.vectors[0].shape)
    grads.vectors[0][...] = np.nan
    x = away_from_zero(random, (5, 4))
    t = targets_for(loss, away_from_zero(random, (5, 3)), random)

    output, backward = network.forward(params, x, ops := ops_for("float64"))
    backward(loss.forward(output, t, ops)[2](), grads)

    def scalar() -> float:
        ops = ops_for("float64")
        return np.mean(loss.forward(network.forward(params, x, ops)[0], t, ops)[1]) + network.penalty(params, ops)

    assert_slopes_agree(grads.vectors[0], slopes(scalar, params.vectors[0]), "parameters")
