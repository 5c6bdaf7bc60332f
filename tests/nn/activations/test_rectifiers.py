"""Relatives of relu: the papers' formulas in plain NumPy and SciPy, their slopes, exact values far out, small ones."""

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


CASES = [  # an activation, its formula, its slope
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


def both(activation, x, precision: str = "float64"):
    """The output and the slope."""
    y, backward = activation.forward(np.array(x, ops_for(precision).dtype), ops_for(precision))
    kept = y.copy()
    return kept, backward(np.ones_like(y))


@every_case
@pytest.mark.parametrize("precision", PRECISIONS)
def test_against_formulas(activation, formula, slope, precision):
    y, dx = both(activation, X, precision)
    assert y.dtype == dx.dtype == ops_for(precision).dtype
    tolerance = 1e-13 if precision == "float64" else 1e-6
    np.testing.assert_allclose(y, formula(X), rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(dx, slope(X), rtol=tolerance, atol=1e-9 if activation == Gelu() else tolerance)


FAR = [  # an activation, and its values and slopes at 1e4, 0 and -1e4
    (LeakyRelu(), (1e4, 0, -2e3), (1, 0.2, 0.2)),
    (LeakyRelu(negative_slope=0.0), (1e4, 0, 0), (1, 0, 0)),
    (Elu(), (1e4, 0, -1), (1, 1, 0)),
    (Elu(alpha=1.7), (1e4, 0, -1.7), (1, 1.7, 0)),
    (Selu(), (SCALE * 1e4, 0, -SCALE * ALPHA), (SCALE, SCALE * ALPHA, 0)),
    (Gelu(), (1e4, 0, 0), (1, 0.5, 0)),
    (Silu(), (1e4, 0, 0), (1, 0.5, 0)),
    (Softplus(), (1e4, np.log(2), 0), (1, 0.5, 0)),
]


@pytest.mark.parametrize(("activation", "values", "slopes"), FAR, ids=lambda value: getattr(value, "type", ""))
@pytest.mark.parametrize("precision", ["float32", "float64"])
@np.errstate(over="ignore")
def test_far_out_and_at_zero(activation, values, slopes, precision):
    """Exact up to the one rounding of a number that the dtype does not have."""
    y, dx = both(activation, [[1e4, 0, -1e4]], precision)
    one_rounding = np.finfo(precision).eps
    np.testing.assert_allclose(y, [values], rtol=one_rounding, atol=0)
    np.testing.assert_allclose(dx, [slopes], rtol=one_rounding, atol=0)
    assert (dx == np.array(slopes, precision))[np.array([slopes]) == 1].all()


@pytest.mark.parametrize(
    ("activation", "at", "value"),
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
def test_small_values_keep_their_digits(activation, at, value, precision):
    """Where 1 + ... or eˣ - 1 would have rounded them away."""
    y, _ = both(activation, [[at]], precision)
    assert y[0, 0] == pytest.approx(value, rel=1e-5 if precision == "float32" else 1e-11)


def test_gelu_is_within_half_a_thousandth_of_the_exact_one():
    """And is not it: at its worst they differ by 0.00047."""
    x = np.linspace(-8, 8, 100_001).reshape(-1, 1)
    y, dx = both(Gelu(), x)
    assert 4.5e-4 < np.abs(y - x * ndtr(x)).max() < 5e-4
    assert np.abs(dx - (ndtr(x) + x * norm.pdf(x))).max() < 2e-3


@np.errstate(over="ignore")
@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("activation", [case[0] for case in FAR], ids=name_of)
def test_nothing_in_between_is_nan(activation, precision):
    sizes = np.geomspace(1e-30, 1e4, 2000).astype(precision)
    y, dx = both(activation, np.stack([sizes, -sizes]), precision)
    assert np.isfinite(y).all()
    assert np.isfinite(dx).all()
    assert (dx[0] > 0).all()


@np.errstate(invalid="ignore")
def test_what_is_not_a_number_stays_seen():
    """Else a training that diverged would look alive."""
    for activation, _, _ in FAR:
        assert np.isnan(both(activation, [[np.nan]])[0]).all()


def test_selu_keeps_mean_and_variance_over_many_layers():
    """What it is for (Klambauer et al. 2017, figure 2), behind weights of variance 1 / inputs."""
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
def test_limits(cls, fields):
    with pytest.raises(ValidationError):
        build(cls, **fields)
