"""Activations against SciPy and plain formulas, at kinks and for very large inputs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, softmax

from nncli.nn.activations.linear import Linear
from nncli.nn.activations.relu import Relu
from nncli.nn.activations.sigmoid import Sigmoid
from nncli.nn.activations.softmax import Softmax
from nncli.nn.activations.tanh import Tanh
from tests.contracts.parts import PRECISIONS, examples, name_of, ops_for

X = np.random.default_rng(0).normal(size=(6, 4)) * 3
FORMULAS = {
    Linear: lambda x: x,
    Relu: lambda x: np.where(x > 0, x, 0),
    Sigmoid: expit,
    Softmax: lambda x: softmax(x, axis=1),
    Tanh: lambda x: (np.exp(2 * x) - 1) / (np.exp(2 * x) + 1),
}


def output_of(activation, x, precision: str = "float64"):
    """Return the output of an activation."""
    return activation.forward(np.array(x, ops_for(precision).dtype), ops_for(precision))[0]


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("cls", FORMULAS)
def test_activation_matches_its_formula(cls, precision):
    y = output_of(cls(), X, precision)
    assert y.dtype == ops_for(precision).dtype
    tolerance = 1e-13 if precision == "float64" else 1e-6
    np.testing.assert_allclose(y, FORMULAS[cls](X), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("activation", examples("activation"), ids=name_of)
@np.errstate(over="ignore")
def test_output_and_gradient_are_finite_for_large_inputs(activation, precision):
    x = np.array([[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4], [1e4, 1e4, 1e4]], ops_for(precision).dtype)
    y, backward = activation.forward(x, ops_for(precision))
    assert np.isfinite(y).all()
    assert np.isfinite(backward(np.ones_like(y))).all()


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("activation", examples("activation"), ids=name_of)
def test_output_and_gradient_keep_the_dtype(activation, precision):
    y, backward = activation.forward(X.astype(precision), ops_for(precision))
    assert y.dtype == backward(np.ones_like(y)).dtype == np.dtype(precision)


@pytest.mark.parametrize("activation", examples("activation"), ids=name_of)
def test_book_precision_keeps_float64_gradients(activation):
    """The book has such gradients because of float64 targets and dropout masks."""
    y, backward = activation.forward(X.astype(np.float32), ops_for("book"))
    assert backward(np.ones(y.shape, np.float64)).dtype == np.float64


def test_gradient_of_relu_is_zero_at_zero():
    _, backward = Relu().forward(np.array([[-1.0, 0.0, -0.0, 1e-300]]), ops_for("float64"))
    np.testing.assert_array_equal(backward(np.full((1, 4), 7.0)), [[0, 0, 0, 7]])


def test_softmax_returns_probabilities_that_depend_only_on_differences():
    y = output_of(Softmax(), X)
    np.testing.assert_allclose(y.sum(axis=1), 1, rtol=1e-15)
    np.testing.assert_allclose(output_of(Softmax(), X + 1000), y, rtol=1e-12)
    np.testing.assert_array_equal(output_of(Softmax(), [[1e4, -1e4, 1e4]]), [[0.5, 0, 0.5]])


def test_gradient_of_softmax_is_the_product_with_its_jacobian():
    """Chapter 9: for each sample, diag(y) - y yᵀ times dy."""
    y, backward = Softmax().forward(X, ops_for("float64"))
    dy = np.random.default_rng(1).normal(size=X.shape)
    expected = [(np.diagflat(row) - np.outer(row, row)) @ slope for row, slope in zip(y, dy, strict=True)]
    np.testing.assert_allclose(backward(dy.copy()), expected, rtol=1e-10)


def test_book_precision_has_the_bits_of_the_book():
    x, dy = X.astype(np.float32), np.random.default_rng(1).normal(size=X.shape)
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    assert output_of(Softmax(), x, "book").tobytes() == (e / np.sum(e, axis=1, keepdims=True)).tobytes()
    y, backward = Sigmoid().forward(x, ops_for("book"))
    output = 1 / (1 + np.exp(-x))
    assert y.tobytes() == output.tobytes()
    assert backward(dy.copy()).tobytes() == (dy * (1 - output) * output).tobytes()
    assert output_of(Relu(), x, "book").tobytes() == np.maximum(0, x).tobytes()
