"""The layers dense and dropout."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.nn.activations.relu import Relu
from nncli.nn.initializers.he import HeNormal
from nncli.nn.initializers.normal import Normal
from nncli.nn.layers.dense import Dense
from nncli.nn.layers.dropout import Dropout
from tests.contracts.parts import PRECISIONS, ops_for, take_backward

PENALTIES = {"weight_l1": 0.1, "weight_l2": 0.2, "bias_l1": 0.3, "bias_l2": 0.4}


def dense_arrays(dtype=np.float64):
    """Return inputs (5, 4), and weights and biases for three units."""
    random = np.random.default_rng(0)
    x, weights, biases = (random.normal(size=shape).astype(dtype) for shape in ((5, 4), (4, 3), (3,)))
    return x, {"weights": weights, "biases": biases}


@pytest.mark.parametrize(("inputs", "units"), [(1, 1), (4, 3), (3, 64)])
def test_dense_shapes(inputs, units):
    layer = Dense(units=units)
    assert layer.shapes(inputs) == {"weights": (inputs, units), "biases": (units,)}
    assert layer.outputs(inputs) == units


def test_dense_output_is_the_weighted_sum_plus_bias():
    x, params = dense_arrays()
    y, _ = Dense(units=3).forward(params, x, ops_for("float64"))
    for n in range(5):
        for unit in range(3):
            weighted_sum = sum(x[n, i] * params["weights"][i, unit] for i in range(4))
            assert y[n, unit] == pytest.approx(weighted_sum + params["biases"][unit])


def test_dense_penalty_sums_l1_and_l2():
    _, params = dense_arrays()
    expected = 0.0
    for name, l1, l2 in (("weights", 0.1, 0.2), ("biases", 0.3, 0.4)):
        expected += sum(l1 * abs(p) + l2 * p**2 for p in params[name].flat)
    assert Dense(units=3, **PENALTIES).penalty(params, ops_for("float64")) == pytest.approx(expected)
    assert Dense(units=3).penalty(params, ops_for("float64")) == 0


def test_derivative_of_l1_at_zero_is_plus_one():
    """As in the book, chapter 14: `np.ones_like`, with -1 for negative weights."""
    params = {"weights": np.array([[0.0], [-0.0], [-2.0], [2.0]]), "biases": np.zeros(1)}
    grads = {"weights": np.empty((4, 1)), "biases": np.empty(1)}
    layer = Dense(units=1, weight_l1=0.5, bias_l1=0.25)
    _, backward = layer.forward(params, np.zeros((2, 4)), ops_for("float64"))
    take_backward(backward, np.zeros((2, 1)), grads)
    layer.add_penalty_gradient(params, grads, ops_for("float64"))
    np.testing.assert_array_equal(grads["weights"].ravel(), [0.5, 0.5, -0.5, 0.5])
    np.testing.assert_array_equal(grads["biases"], [0.25])


@pytest.mark.parametrize("slope_dtype", [np.float32, np.float64])
def test_book_precision_has_the_bits_of_the_book(slope_dtype):
    """Chapters 9 and 14 after `nnfs.init()`: products in float64, rounded; otherwise NumPy's promotion."""
    x, params = dense_arrays(np.float32)
    dy = np.random.default_rng(1).normal(size=(5, 3)).astype(slope_dtype)
    w, b = params["weights"], params["biases"]

    def dot(p, q):
        return np.dot(p.astype("float64"), q.astype("float64")).astype("float32")

    dweights, dbiases = dot(x.T, dy), np.sum(dy, axis=0)
    for p, gradient, l1, l2 in ((w, dweights, 0.1, 0.2), (b, dbiases, 0.3, 0.4)):
        sign = np.ones_like(p)
        sign[p < 0] = -1
        gradient += l1 * sign
        gradient += 2 * l2 * p
    grads = {"weights": np.empty_like(w), "biases": np.empty(3, slope_dtype)}
    layer, ops = Dense(units=3, **PENALTIES), ops_for("book")
    y, backward = layer.forward(params, x, ops)
    dx = take_backward(backward, dy.copy(), grads)
    layer.add_penalty_gradient(params, grads, ops)
    assert y.tobytes() == (dot(x, w) + b).tobytes()
    assert dx.tobytes() == dot(dy, w.T).tobytes()
    assert grads["weights"].tobytes() == dweights.tobytes()
    assert grads["biases"].tobytes() == dbiases.tobytes()
    penalty = 0.1 * np.sum(np.abs(w)) + 0.2 * np.sum(w * w) + 0.3 * np.sum(np.abs(b)) + 0.4 * np.sum(b * b)
    assert layer.penalty(params, ops) == penalty
    assert layer.penalty(params, ops).dtype == np.float32


def test_dense_prefers_its_own_initializer():
    for layer, expected in ((Dense(units=3), Normal(scale=0.5)), (Dense(units=3, init=HeNormal()), HeNormal())):
        params = {"weights": np.zeros((4, 3), np.float32), "biases": np.zeros(3, np.float32)}
        layer.initialize(params, Normal(scale=0.5), np.random.RandomState(2))
        np.testing.assert_array_equal(params["weights"], expected.draw((4, 3), np.random.RandomState(2)))
        np.testing.assert_array_equal(params["biases"], 0)
        assert layer.starting_scale(4, Normal(scale=0.5)) == expected.standard_deviation(4, 3)


def test_parts_of_dense_include_its_activation():
    assert Dense(units=3).parts() == (Dense(units=3),)
    layer = Dense(units=3, activation=Relu())
    assert layer.parts() == (layer, Relu())


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout_drops_its_fraction_and_keeps_the_mean(rate, precision):
    ops = ops_for(precision)
    x = np.ones((500, 400), ops.dtype)
    y, _ = Dropout(rate=rate).forward({}, x, ops)
    keep, n = 1 - rate, x.size
    assert set(np.unique(y)) == {0, y.max()}
    assert y.max() == pytest.approx(1 / keep)
    assert y.mean(dtype=np.float64) == pytest.approx(1, abs=4 * np.sqrt(rate / keep / n))
    assert np.mean(y == 0) == pytest.approx(rate, abs=4 * np.sqrt(rate * keep / n))


@pytest.mark.parametrize("precision", PRECISIONS)
def test_dropout_with_rate_zero_is_the_identity(precision):
    x = dense_arrays(ops_for(precision).dtype)[0]
    y, backward = Dropout(rate=0.0).forward({}, x, ops_for(precision))
    np.testing.assert_array_equal(y, x)
    np.testing.assert_array_equal(take_backward(backward, x.copy(), {}), x)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_dropout_is_the_identity_outside_training(precision):
    x = dense_arrays(ops_for(precision).dtype)[0]
    y, _ = Dropout(rate=0.9).forward({}, x, ops_for(precision, training=False))
    np.testing.assert_array_equal(y, x)
    assert y.dtype == x.dtype


@pytest.mark.parametrize("precision", PRECISIONS)
def test_dropout_draws_a_new_mask_each_step_and_applies_it_to_gradients(precision):
    ops = ops_for(precision)
    x, masks = np.ones((20, 30), ops.dtype), []
    for _ in range(2):
        y, backward = Dropout(rate=0.5).forward({}, x, ops)
        np.testing.assert_array_equal(take_backward(backward, np.ones_like(x), {}), y)
        masks.append(y.copy())
    assert (masks[0] != masks[1]).any()


def test_book_dropout_draws_the_masks_of_the_book():
    """Chapter 15: `np.random.binomial(1, rate, size) / rate` from the one stream, in float64."""
    x = dense_arrays(np.float32)[0]
    y, _ = Dropout(rate=0.25).forward({}, x, ops_for("book"))
    mask = np.random.RandomState(1).binomial(1, 0.75, size=x.shape) / 0.75
    assert y.tobytes() == (x * mask).tobytes()
