"""Variants of relu against the papers' formulas: outputs, gradients, and very large and very small inputs."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.special import expit, ndtr
from scipy.stats import norm

from nncli.nn.activations.elu import Elu, Selu
from nncli.nn.activations.gelu import Gelu, Silu
from nncli.nn.activations.relu import LeakyRelu
from nncli.nn.activations.softplus import Softplus
from nncli.nn.initializers.lecun import LecunNormal
from nncli.nn.layers.dense import Dense
from nncli.nn.losses.mean_squared_error import MeanSquaredError
from nncli.nn.network import Network
from tests.contracts.parts import PRECISIONS, build, name_of, ops_for

X = np.random.default_rng(0).normal(size=(8, 5)) * 4
SCALE, ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717  # Klambauer et al. 2017, page 4


def gelu(x):
    """Hendrycks and Gimpel 2016: 0.5x(1 + tanh[√(2/π)(x + 0.044715x³)])."""
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


CASES = [  # an activation, its formula, its derivative
    (LeakyRelu(), lambda x: np.where(x > 0, x, 0.2 * x), lambda x: np.where(x > 0, 1, 0.2)),
    (LeakyRelu(negative_slope=0.01), lambda x: np.where(x > 0, x, x / 100), lambda x: np.where(x > 0, 1, 0.01)),
    (LeakyRelu(negative_slope=0.0), lambda x: np.where(x > 0, x, 0), lambda x: np.where(x > 0, 1, 0)),
    (Elu(), lambda x: np.where(x > 0, x, np.exp(x) - 1), lambda x: np.where(x > 0, 1, np.exp(x))),
    (Elu(alpha=0.3), lambda x: np.where(x > 0, x, 0.3 * np.expm1(x)), lambda x: np.where(x > 0, 1, 0.3 * np.exp(x))),
    (
        Selu(),
        lambda x: SCALE * np.where(x > 0, x, ALPHA * np.exp(x) - ALPHA),
        lambda x: SCALE * np.where(x > 0, 1, ALPHA * np.exp(x)),
    ),
    (Gelu(), gelu, lambda x: (gelu(x + 1e-5) - gelu(x - 1e-5)) / 2e-5),
    (Silu(), lambda x: x * expit(x), lambda x: expit(x) * (1 + x * (1 - expit(x)))),
    (Softplus(), lambda x: np.log(1 + np.exp(x)), expit),
]
every_case = pytest.mark.parametrize(
    ("activation", "formula", "slope"), CASES, ids=lambda value: name_of(value) if hasattr(value, "forward") else ""
)


def output_and_derivative(activation, x, precision: str = "float64"):
    """Return the output and the derivative at x."""
    y, backward = activation.forward(np.array(x, ops_for(precision).dtype), ops_for(precision))
    output = y.copy()
    return output, backward(np.ones_like(y))


@every_case
@pytest.mark.parametrize("precision", PRECISIONS)
def test_activation_matches_its_formula_and_derivative(activation, formula, slope, precision):
    y, dx = output_and_derivative(activation, X, precision)
    assert y.dtype == dx.dtype == ops_for(precision).dtype
    tolerance = 1e-13 if precision == "float64" else 1e-6
    np.testing.assert_allclose(y, formula(X), rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(dx, slope(X), rtol=tolerance, atol=1e-9 if activation == Gelu() else tolerance)


LARGE = [  # an activation, and its values and derivatives at 1e4, 0 and -1e4
    (LeakyRelu(), (1e4, 0, -2e3), (1, 0.2, 0.2)),
    (LeakyRelu(negative_slope=0.0), (1e4, 0, 0), (1, 0, 0)),
    (Elu(), (1e4, 0, -1), (1, 1, 0)),
    (Elu(alpha=1.7), (1e4, 0, -1.7), (1, 1.7, 0)),
    (Selu(), (SCALE * 1e4, 0, -SCALE * ALPHA), (SCALE, SCALE * ALPHA, 0)),
    (Gelu(), (1e4, 0, 0), (1, 0.5, 0)),
    (Silu(), (1e4, 0, 0), (1, 0.5, 0)),
    (Softplus(), (1e4, np.log(2), 0), (1, 0.5, 0)),
]


@pytest.mark.parametrize(("activation", "values", "slopes"), LARGE, ids=lambda value: getattr(value, "type", ""))
@pytest.mark.parametrize("precision", ["float32", "float64"])
@np.errstate(over="ignore")
def test_values_at_zero_and_for_large_inputs(activation, values, slopes, precision):
    """They are exact, except for rounding to the dtype."""
    y, dx = output_and_derivative(activation, [[1e4, 0, -1e4]], precision)
    epsilon = np.finfo(precision).eps
    np.testing.assert_allclose(y, [values], rtol=epsilon, atol=0)
    np.testing.assert_allclose(dx, [slopes], rtol=epsilon, atol=0)
    assert (dx == np.array(slopes, precision))[np.array([slopes]) == 1].all()


@pytest.mark.parametrize(
    ("activation", "x", "value"),
    [
        (Elu(), -1e-6, -1e-6 + 5e-13),
        (Selu(), -1e-6, SCALE * ALPHA * (-1e-6 + 5e-13)),
        (Softplus(), -30, np.exp(-30)),
        (Silu(), -30, -30 * np.exp(-30)),
        (Gelu(), -5, -5 / (1 + np.exp(2 * np.sqrt(2 / np.pi) * (5 + 0.044715 * 125)))),
    ],
    ids=lambda value: getattr(value, "type", ""),
)
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_small_outputs_keep_their_digits(activation, x, value, precision):
    """A naive 1 + ... or eˣ - 1 would round them away."""
    y, _ = output_and_derivative(activation, [[x]], precision)
    assert y[0, 0] == pytest.approx(value, rel=1e-5 if precision == "float32" else 1e-11)


def test_gelu_approximates_the_exact_formula_to_0_0005():
    """The largest difference is 0.00047."""
    x = np.linspace(-8, 8, 100_001).reshape(-1, 1)
    y, dx = output_and_derivative(Gelu(), x)
    assert 4.5e-4 < np.abs(y - x * ndtr(x)).max() < 5e-4
    assert np.abs(dx - (ndtr(x) + x * norm.pdf(x))).max() < 2e-3


@np.errstate(over="ignore")
@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("activation", [case[0] for case in LARGE], ids=name_of)
def test_output_and_derivative_are_finite_for_inputs_of_all_sizes(activation, precision):
    sizes = np.geomspace(1e-30, 1e4, 2000).astype(precision)
    y, dx = output_and_derivative(activation, np.stack([sizes, -sizes]), precision)
    assert np.isfinite(y).all()
    assert np.isfinite(dx).all()
    assert (dx[0] > 0).all()


@np.errstate(invalid="ignore")
def test_nan_inputs_give_nan_outputs():
    """Otherwise divergence could go unnoticed."""
    for activation, _, _ in LARGE:
        assert np.isnan(output_and_derivative(activation, [[np.nan]])[0]).all()


def test_selu_keeps_mean_and_variance_over_many_layers():
    """The purpose of selu (Klambauer et al. 2017, figure 2), with weights of variance 1 / inputs."""
    layers = [Dense(units=200, activation=Selu()) for _ in range(12)]
    network = Network(layers, 200, MeanSquaredError())
    params = network.allocate(np.dtype(np.float64), [dict.fromkeys(link.shapes, 0) for link in network.links])
    network.initialize(params, LecunNormal(), np.random.RandomState(0))
    y, _ = network.forward(params, np.random.default_rng(0).normal(size=(500, 200)), ops_for("float64"))
    assert abs(y.mean()) < 0.1
    assert 0.8 < y.var() < 1.2


@pytest.mark.parametrize(
    ("cls", "fields"),
    [(LeakyRelu, {"negative_slope": -0.1}), (LeakyRelu, {"negative_slope": 1.1}), (Elu, {"alpha": -1.0})],
)
def test_fields_outside_their_limits_are_refused(cls, fields):
    with pytest.raises(ValidationError):
        build(cls, **fields)
