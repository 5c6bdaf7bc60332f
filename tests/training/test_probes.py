"""Probes: the numbers of each layer, compared with formulas written out for small networks."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nncli.data.data import Samples
from nncli.nn.activations.relu import LeakyRelu, Relu
from nncli.nn.activations.sigmoid import Sigmoid
from nncli.nn.activations.softmax import Softmax
from nncli.nn.activations.tanh import Tanh
from nncli.nn.engine.ops import Ops
from nncli.nn.layers.batch_norm import BatchNorm
from nncli.nn.layers.dense import Dense
from nncli.nn.layers.dropout import Dropout
from nncli.nn.losses.binary_crossentropy import BinaryCrossentropy
from nncli.nn.losses.categorical_crossentropy import CategoricalCrossentropy
from nncli.nn.losses.mean_squared_error import MeanSquaredError
from nncli.nn.network import Network
from nncli.training.probes import Probe, probe, update_ratios
from tests.contracts.parts import PRECISIONS

RANDOM = np.random.default_rng(3)
X = RANDOM.normal(size=(40, 2))
VALUES = np.sin(X[:, :1]) * 3
LABELS = RANDOM.integers(0, 3, 40)


def filled(network, precision="float64", scale=1.0):
    """Return parameters drawn from a normal distribution, and evaluation ops."""
    ops = Ops(precision, np.random.RandomState(0), training=False)
    params = network.allocate(ops.dtype, [dict.fromkeys(link.shapes, 0) for link in network.links])
    random = np.random.default_rng(0)
    for views in params.links:
        for name, array in views.items():
            array[...] = 1 if name in ("running_variance", "gamma") else scale * random.normal(size=array.shape)
    return params, ops


def rms(a):
    return math.sqrt(np.mean(np.square(a)))


def numbers(row):
    """Return the row with its layers' numbers as one flat list."""
    return [value for layer in row["layers"] for value in layer.values() if type(value) is float]


@pytest.mark.parametrize("precision", PRECISIONS)
def test_numbers_of_a_regression(precision):
    network = Network(
        [Dense(units=6, activation=Relu()), Dropout(rate=0.5), Dense(units=5, activation=Tanh()), Dense(units=1)],
        2,
        MeanSquaredError(),
    )
    params, ops = filled(network, precision, scale=2.0)
    dtype = np.float32 if precision == "float32" else np.float64
    result = probe(network, params, Samples(X.astype(dtype), VALUES.astype(dtype)), ops, 7)
    w0, b0, w2, b2, w3, b3 = (a.astype(float) for views in params.links for a in views.values())
    hidden = np.maximum(X @ w0 + b0, 0)
    second = np.tanh(hidden @ w2 + b2)
    y = second @ w3 + b3
    dy = 2 * (y - VALUES) / 40
    d_second = dy @ w3.T * (1 - second**2)
    d_hidden = d_second @ w2.T * (hidden > 0)
    close = {"rel": 1e-3 if precision != "float64" else 1e-9}
    assert result.epoch == 7
    assert result.loss == pytest.approx(np.mean((y - VALUES) ** 2), **close)
    assert result.output_spread == pytest.approx(y.std() / VALUES.std(), **close)
    assert result.dark == np.mean((hidden == 0).all(axis=1))
    assert result.not_finite is None
    first, middle, last = result.layers
    assert [layer.layer for layer in result.layers] == [0, 2, 3]
    assert [layer.activation for layer in result.layers] == ["relu", "tanh", None]
    for layer, out, gradient, w in (
        (first, hidden, X.T @ d_hidden, w0),
        (middle, second, hidden.T @ d_second, w2),
        (last, y, second.T @ dy, w3),
    ):
        assert layer.activation_scale == pytest.approx(rms(out), **close)
        assert layer.output_std == pytest.approx(np.mean(out.std(axis=0)), **close)
        assert layer.gradient_scale == pytest.approx(rms(gradient), **close)
        assert layer.weight_scale == pytest.approx(rms(w), **close)
        assert layer.update_ratio is None
    assert (first.dead, first.saturated) == (np.mean((hidden == 0).all(axis=0)), None)
    assert (middle.dead, middle.saturated) == (None, np.mean(1 - second**2 < 0.01))
    assert middle.saturated > 0
    assert (last.dead, last.saturated) == (None, None)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_classes_compare_probabilities_with_one_hot_targets(precision):
    network = Network([Dense(units=3, activation=Softmax())], 2, CategoricalCrossentropy())
    params, ops = filled(network, precision)
    dtype = np.float32 if precision == "float32" else np.float64
    result = probe(network, params, Samples(X.astype(dtype), LABELS), ops)
    p = np.exp(X @ params.links[0]["weights"] + params.links[0]["biases"])
    p /= p.sum(axis=1, keepdims=True)
    one_hot = np.eye(3)[LABELS]
    expected = math.sqrt(p.var(axis=0).sum() / one_hot.var(axis=0).sum())
    assert result.output_spread == pytest.approx(expected, rel=1e-4)
    assert result.loss == pytest.approx(-np.mean(np.log(p[np.arange(40), LABELS])), rel=1e-4)
    assert result.layers[0].activation == "softmax"
    assert result.layers[0].activation_scale == pytest.approx(rms(p), rel=1e-4)
    assert result.dark is None


def test_activation_of_the_loss_is_never_saturated():
    """Its derivative is part of the loss, whose gradient does not vanish; that of a hidden sigmoid does."""
    network = Network(
        [Dense(units=4, activation=Sigmoid()), Dense(units=1, activation=Sigmoid())], 2, BinaryCrossentropy()
    )
    params, ops = filled(network, scale=20.0)
    hidden, last = probe(network, params, Samples(X, (LABELS[:, None] > 0).astype(float)), ops).layers
    assert (hidden.activation, last.activation) == ("sigmoid", "sigmoid")
    y = 1 / (1 + np.exp(-(X @ params.links[0]["weights"] + params.links[0]["biases"])))
    assert hidden.saturated == np.mean(y * (1 - y) < 0.0025)
    assert hidden.saturated > 0.5
    assert last.saturated is None


def test_layer_includes_the_activation_that_follows_it():
    separate = Network([Dense(units=6), Relu(), Dropout(rate=0.3), Dense(units=1)], 2, MeanSquaredError())
    joined = Network([Dense(units=6, activation=Relu()), Dense(units=1)], 2, MeanSquaredError())
    params, ops = filled(joined)
    of_joined = probe(joined, params, Samples(X, VALUES), ops)
    params, ops = filled(separate)
    of_separate = probe(separate, params, Samples(X, VALUES), ops)
    assert [layer.layer for layer in of_separate.layers] == [0, 3]
    assert [layer._replace(layer=0) for layer in of_separate.layers] == [
        layer._replace(layer=0) for layer in of_joined.layers
    ]
    assert of_separate.dark == of_joined.dark


@pytest.mark.parametrize(("activation", "dark"), [(Relu(), 0.25), (LeakyRelu(), None), (Tanh(), None), (None, None)])
def test_dark_samples_need_a_relu(activation, dark):
    layers = [Dense(units=3), Dense(units=2, activation=activation), Dense(units=1)]
    network = Network(layers, 1, MeanSquaredError())
    params, ops = filled(network)
    first, second = params.links[0], params.links[1]
    first["weights"][...], first["biases"][...] = 1, 0
    second["weights"][...], second["biases"][...] = 1, -3  # the sum of the first layer's three outputs, minus 3
    x = np.array([[0.5], [1.5], [2.0], [3.0]])
    result = probe(network, params, Samples(x, x), ops)
    assert result.dark == dark
    assert result.layers[1].dead == (None if dark is None else 0)


def test_dead_units_are_zero_for_all_samples():
    network = Network([Dense(units=4, activation=Relu()), Dense(units=1)], 1, MeanSquaredError())
    params, ops = filled(network)
    params.links[0]["weights"][...], params.links[0]["biases"][...] = [[1, -1, 1, 1]], [0, 0, -9, 0]
    x = np.array([[0.0], [1.0], [2.0]])
    result = probe(network, params, Samples(x, x), ops)
    assert (result.layers[0].dead, result.dark) == (0.5, 1 / 3)


def test_constant_targets_have_no_spread():
    network = Network([Dense(units=1)], 2, MeanSquaredError())
    params, ops = filled(network)
    assert probe(network, params, Samples(X, np.ones((40, 1))), ops).output_spread is None


@pytest.mark.parametrize(
    ("place", "value", "name"),
    [
        ((0, "weights"), np.nan, "layers.0.weights"),
        ((0, "biases"), np.inf, "layers.0.biases"),
        ((1, "weights"), -np.inf, "layers.1.weights"),
        ((1, "weights"), 1e38, "layers.1.preactivations"),
        ((2, "weights"), 1e38, "layers.2.outputs"),
        ((2, "weights"), 1e30, "loss"),
        ((2, "biases"), 1e4, None),
    ],
)
def test_first_array_that_is_not_finite(place, value, name):
    layers = [Dense(units=8, activation=Relu()), Dense(units=8, activation=Relu()), Dense(units=1)]
    network = Network(layers, 2, MeanSquaredError())
    params, ops = filled(network, "float32", scale=3.0)
    link, array = place
    params.links[2 * link][array][...] = value
    result = probe(network, params, Samples(X.astype(np.float32), VALUES.astype(np.float32)), ops)
    assert result.not_finite == name
    assert (result.loss is None) == (name is not None)


def test_probe_changes_nothing():
    """Neither the running statistics of batch_norm nor the random stream, from which dropout would draw."""
    network = Network([Dense(units=3), BatchNorm(), Relu(), Dropout(rate=0.5), Dense(units=1)], 2, MeanSquaredError())
    params, _ = filled(network)
    random = np.random.RandomState(0)
    before = [array.copy() for views in params.links for array in views.values()]
    first, second = (
        probe(network, params, Samples(X, VALUES), Ops("float64", random, training=False)) for _ in range(2)
    )
    assert first == second
    assert random.randint(1 << 30) == np.random.RandomState(0).randint(1 << 30)
    after = [array for views in params.links for array in views.values()]
    assert all((a == b).all() for a, b in zip(before, after, strict=True))
    assert [(layer.layer, layer.activation) for layer in first.layers] == [(0, None), (1, "relu"), (4, None)]


def test_update_ratio_is_the_norm_of_the_change():
    network = Network([Dense(units=4, activation=Relu()), Dense(units=1)], 2, MeanSquaredError())
    before, after = filled(network)[0], filled(network)[0]
    after.links[0]["weights"][0, 0] += 3
    after.links[2]["biases"][...] += 1
    first, second = update_ratios(network, before, after)
    assert first == pytest.approx(3 / np.linalg.norm(before.links[0]["weights"]))
    assert second == 0
    before.links[2]["weights"][...] = 0
    assert update_ratios(network, before, after)[1] is None


def test_rows_can_be_read_back():
    network = Network([Dense(units=4, activation=Relu()), Dense(units=1)], 2, MeanSquaredError())
    params, ops = filled(network)
    result = probe(network, params, Samples(X, VALUES), ops).with_update_ratios([0.5, None])
    row = result.as_row()
    assert Probe.of_row(row) == result
    assert row["layers"][0]["update_ratio"] == 0.5
    assert all(map(math.isfinite, numbers(row)))


@pytest.mark.parametrize(
    "change",
    [
        {"epoch": -1},
        {"epoch": True},
        {"loss": "0"},
        {"loss": math.nan},
        {"loss": 10**400},
        {"dark": [0]},
        {"not_finite": 1},
        {"layers": None},
        {"layers": [1]},
        {"layers": [{"layer": 0}]},
        {"more": 1},
    ],
)
def test_other_rows_are_refused(change):
    network = Network([Dense(units=1)], 2, MeanSquaredError())
    params, ops = filled(network)
    row = probe(network, params, Samples(X, VALUES), ops).as_row()
    with pytest.raises(ValueError, match=r"it has no layers|its "):
        Probe.of_row(row | change)


def test_samples_are_evenly_spaced_without_a_fixed_step():
    """Every second sample of alternating classes would be of one class."""
    samples = Samples(np.arange(2000.0)[:, None], np.arange(2000) % 2)
    some = samples.evenly_spaced(1000)
    assert len(some.x) == len(some.t) == 1000
    assert (some.inputs[0, 0], some.inputs[-1, 0]) == (0, 1999)
    assert some.t.mean() == pytest.approx(0.5, abs=0.01)
    assert samples.evenly_spaced(2000).t is samples.t
