"""First weights: their spread as the papers have it, and their numbers as NumPy's legacy stream draws them."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.nn.initializers import GlorotUniform, HeNormal, Normal, Zeros
from nncli.registry import components, type_name
from tests.contracts.parts import build

SHAPES = ((200, 300), (1000, 50), (30, 2000))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(
    ("initializer", "variance"),
    [
        (Normal(scale=0.1), lambda inputs, units: 0.01),
        (GlorotUniform(), lambda inputs, units: 2 / (inputs + units)),  # Glorot and Bengio 2010, equation 12
        (HeNormal(), lambda inputs, units: 2 / inputs),  # He et al. 2015, equation 10
    ],
    ids=lambda value: getattr(value, "type", ""),
)
def test_mean_and_variance(initializer, variance, shape):
    weights = initializer.draw(shape, np.random.RandomState(7)).astype(np.float64)
    n, expected = weights.size, variance(*shape)
    assert abs(weights.mean()) < 4 * np.sqrt(expected / n)
    assert abs(weights.var() / expected - 1) < 4 * np.sqrt(2 / n)


@pytest.mark.parametrize("cls", components("initializer"), ids=type_name)
def test_says_its_standard_deviation_and_draws_float32(cls):
    initializer = build(cls)
    weights = initializer.draw((400, 100), np.random.RandomState(1))
    assert weights.dtype == np.float32
    assert weights.shape == (400, 100)
    assert weights.std(dtype=np.float64) == pytest.approx(initializer.standard_deviation(400, 100), rel=0.02)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_glorot_uniform_fills_its_interval(shape):
    """Glorot and Bengio 2010, equation 16."""
    limit = np.sqrt(6) / np.sqrt(shape[0] + shape[1])
    weights = GlorotUniform().draw(shape, np.random.RandomState(7))
    assert 0.999 * limit < weights.max() <= np.float32(limit)
    assert -0.999 * limit > weights.min() >= -np.float32(limit)


def test_he_normal_is_not_cut_off():
    weights = HeNormal().draw((200, 300), np.random.RandomState(7))
    assert np.abs(weights).max() > 3.5 * np.sqrt(2 / 200)


@pytest.mark.parametrize("seed", [0, 123])
def test_normal_draws_as_the_book_does(seed):
    """`scale * np.random.randn(...)` after `nnfs.init()`: randn is rounded to float32 before it is scaled."""
    ours, theirs = np.random.RandomState(seed), np.random.RandomState(seed)
    for shape in ((2, 64), (64, 3)):
        expected = np.multiply(np.float32(0.1), theirs.randn(*shape).astype(np.float32))
        assert Normal(scale=0.1).draw(shape, ours).tobytes() == expected.tobytes()


def test_zeros():
    assert not Zeros().draw((3, 2), np.random.RandomState(0)).any()
