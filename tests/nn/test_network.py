"""The network: its chain of layers, its flat vectors and the dtypes of its gradients."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, softmax

from nncli.nn.activations.linear import Linear
from nncli.nn.activations.relu import Relu
from nncli.nn.activations.sigmoid import Sigmoid
from nncli.nn.activations.softmax import Softmax
from nncli.nn.activations.tanh import Tanh
from nncli.nn.initializers.normal import Normal
from nncli.nn.layers.dense import Dense
from nncli.nn.layers.dropout import Dropout
from nncli.nn.losses.binary_crossentropy import BinaryCrossentropy
from nncli.nn.losses.categorical_crossentropy import CategoricalCrossentropy
from nncli.nn.losses.mean_squared_error import MeanSquaredError
from nncli.nn.network import Network
from tests.contracts.parts import PRECISIONS, ops_for

F4, F8 = np.dtype(np.float32), np.dtype(np.float64)
X = np.random.default_rng(0).normal(size=(6, 2))
HIDDEN = Dense(units=5, activation=Relu(), weight_l2=0.1)


def allocate(network: Network, dtype=F8):
    """Return parameters and gradients of one dtype."""
    groups = [dict.fromkeys(link.shapes, 0) for link in network.links]
    return network.allocate(dtype, groups), network.allocate_gradients([dtype], groups)


def kinds_of(network: Network) -> list[str]:
    return [link.part.type for link in network.links]


def test_links_list_layers_and_activations_in_order():
    network = Network([HIDDEN, Dropout(rate=0.5), Linear(), Dense(units=3), Tanh()], 2, MeanSquaredError())
    assert kinds_of(network) == ["dense", "relu", "dropout", "dense", "tanh"]
    assert [link.name for link in network.links] == ["layers.0", "layers.0", "layers.1", "layers.3", "layers.4"]
    assert [(link.inputs, link.outputs) for link in network.links] == [(2, 5), (5, 5), (5, 5), (5, 3), (3, 3)]
    assert (network.inputs, network.outputs) == (2, 3)
    assert network.parameter_count == (2 * 5 + 5) + (5 * 3 + 3)


@pytest.mark.parametrize(
    ("last", "loss", "kinds"),
    [
        ([Dense(units=3, activation=Softmax())], CategoricalCrossentropy(), ["dense"]),
        ([Dense(units=3), Softmax()], CategoricalCrossentropy(), ["dense"]),
        ([Dense(units=3, activation=Sigmoid())], BinaryCrossentropy(), ["dense"]),
        ([Dense(units=3, activation=Softmax())], MeanSquaredError(), ["dense", "softmax"]),
        ([Dense(units=3, activation=Sigmoid()), Linear()], BinaryCrossentropy(), ["dense"]),
    ],
)
def test_network_omits_the_activation_of_the_loss(last, loss, kinds):
    network = Network([*last], 2, loss)
    assert kinds_of(network) == kinds
    assert network.outputs == 3


def test_parameters_are_views_of_one_vector():
    network = Network([HIDDEN, Dropout(rate=0.5), Dense(units=1)], 2, MeanSquaredError())
    params, _ = allocate(network)
    (vector,) = params.vectors
    assert vector.shape == (network.parameter_count,)
    assert not vector.any()
    vector[...] = np.arange(len(vector))
    assert [sorted(views) for views in params.links] == [["biases", "weights"], [], [], ["biases", "weights"]]
    parts = [views[name] for views in params.links for name in ("weights", "biases") if views]
    assert [part.shape for part in parts] == [(2, 5), (5,), (5, 1), (1,)]
    np.testing.assert_array_equal(np.concatenate([part.ravel() for part in parts]), vector)
    params.links[3]["biases"][...] = -1
    assert vector[-1] == -1


def test_gradients_can_lie_in_two_vectors():
    network = Network([HIDDEN, Dense(units=1)], 2, MeanSquaredError())
    groups = [{"weights": 0, "biases": 1}, {}, {"weights": 0, "biases": 0}]
    grads = network.allocate_gradients([F4, F8], groups)
    assert [(vector.size, vector.dtype) for vector in grads.vectors] == [(10 + 5 + 1, F4), (5, F8)]
    assert np.shares_memory(grads.links[0]["biases"], grads.vectors[1])
    assert np.shares_memory(grads.links[2]["biases"], grads.vectors[0])


def test_initial_weights_are_drawn_layer_by_layer():
    network = Network([HIDDEN, Dense(units=3, init=Normal(scale=2.0))], 2, MeanSquaredError())
    params, _ = allocate(network, F4)
    network.initialize(params, Normal(scale=0.5), np.random.RandomState(7))
    random = np.random.RandomState(7)
    np.testing.assert_array_equal(params.links[0]["weights"], np.float32(0.5) * random.randn(2, 5).astype(F4))
    np.testing.assert_array_equal(params.links[2]["weights"], np.float32(2.0) * random.randn(5, 3).astype(F4))
    assert not params.links[0]["biases"].any()


def test_forward_returns_logits_and_predict_applies_the_activation():
    for loss, activation, function in [
        (CategoricalCrossentropy(), Softmax(), lambda z: softmax(z, axis=1)),
        (BinaryCrossentropy(), Sigmoid(), expit),
        (MeanSquaredError(), None, lambda z: z),
    ]:
        network = Network([HIDDEN, Dropout(rate=0.5), Dense(units=3, activation=activation)], 2, loss)
        params, _ = allocate(network)
        params.vectors[0][...] = np.random.default_rng(1).normal(size=network.parameter_count)
        first, last = params.links[0], params.links[-1]
        hidden = np.maximum(X @ first["weights"] + first["biases"], 0)
        z = hidden @ last["weights"] + last["biases"]
        ops = ops_for("float64", training=False)
        np.testing.assert_allclose(network.forward(params, X, ops)[0], z, rtol=1e-12)
        np.testing.assert_allclose(network.predict(params, X, ops), function(z), rtol=1e-12)


def test_penalty_is_the_sum_over_layers():
    network = Network([HIDDEN, Dense(units=1, bias_l1=0.5)], 2, MeanSquaredError())
    params, _ = allocate(network)
    params.vectors[0][...] = np.random.default_rng(1).normal(size=network.parameter_count)
    expected = 0.1 * np.sum(params.links[0]["weights"] ** 2) + 0.5 * abs(params.links[2]["biases"][0])
    assert network.penalty(params, ops_for("float64")) == pytest.approx(expected)


def test_dropout_masks_inputs_and_gradients_only_in_training():
    network = Network([Dropout(rate=0.5), Dense(units=1)], 2, MeanSquaredError())
    params, grads = allocate(network)
    params.links[1]["weights"][...] = 1
    evaluated = network.forward(params, X, ops_for("float64", training=False))[0]
    np.testing.assert_allclose(evaluated, X.sum(axis=1, keepdims=True))
    y, backward = network.forward(params, X, ops_for("float64"))
    backward(np.ones((6, 1)), grads)
    masked = X * ops_for("float64").keep_mask(0.5, X.shape)
    assert (masked == 0).any()
    np.testing.assert_allclose(y, masked.sum(axis=1, keepdims=True))
    np.testing.assert_allclose(grads.links[1]["weights"], masked.sum(axis=0).reshape(-1, 1))


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_gradients_have_the_dtype_of_the_precision(precision):
    network = Network([HIDDEN, Dropout(rate=0.5), Dense(units=1)], 2, MeanSquaredError())
    x, dtype = X.astype(precision), np.dtype(precision)
    dtypes = network.gradient_dtypes(x, x[:, :1], ops_for(precision))
    assert dtypes == [{"weights": dtype, "biases": dtype}, {}, {}, {"weights": dtype, "biases": dtype}]


def test_gradient_dtypes_of_infinite_samples_are_found_without_a_warning():
    network = Network([HIDDEN, Dense(units=1)], 2, MeanSquaredError())
    x = np.full((6, 2), np.inf, F4)
    with np.errstate(all="raise"):
        dtypes = network.gradient_dtypes(x, x[:, :1], ops_for("float32"))
    assert dtypes == [{"weights": F4, "biases": F4}, {}, {"weights": F4, "biases": F4}]


def test_book_gradients_are_float64_for_float64_targets():
    """Products are rounded to float32, so only sums before the first product keep float64."""
    network = Network([HIDDEN, HIDDEN, Dense(units=1)], 2, MeanSquaredError())
    for dtype in (F4, F8):
        dtypes = network.gradient_dtypes(X, X[:, :1].astype(dtype), ops_for("book"))
        assert [entry for entry in dtypes if entry] == [
            {"weights": F4, "biases": F4},
            {"weights": F4, "biases": F4},
            {"weights": F4, "biases": dtype},
        ]


def test_book_gradients_are_float64_before_a_dropout_mask():
    network = Network([HIDDEN, Dropout(rate=0.5), Dense(units=3, activation=Softmax())], 2, CategoricalCrossentropy())
    dtypes = network.gradient_dtypes(X.astype(F4), np.zeros(6, np.intp), ops_for("book"))
    assert [entry for entry in dtypes if entry] == [{"weights": F4, "biases": F8}, {"weights": F4, "biases": F4}]


@pytest.mark.parametrize("precision", PRECISIONS)
def test_network_without_parameters_computes_outputs(precision):
    """It has nothing to learn, but its metrics can be computed."""
    network = Network([Tanh()], 2, MeanSquaredError())
    params, grads = allocate(network)
    x = X.astype(ops_for(precision).dtype)
    y, backward = network.forward(params, x, ops_for(precision))
    backward(np.ones_like(y), grads)
    np.testing.assert_allclose(y, np.tanh(x), rtol=1e-6)
    assert network.parameter_count == 0
