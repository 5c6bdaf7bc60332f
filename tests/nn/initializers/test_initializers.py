"""Initial weights: the variances of the papers, and the numbers of NumPy's legacy stream."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.nn.initializers.constant import Constant, Zeros
from nncli.nn.initializers.glorot import GlorotNormal, GlorotUniform
from nncli.nn.initializers.he import HeNormal, HeUniform
from nncli.nn.initializers.lecun import LecunNormal, LecunUniform
from nncli.nn.initializers.normal import Normal
from nncli.nn.initializers.orthogonal import Orthogonal
from nncli.nn.initializers.uniform import Uniform
from nncli.registry import components, type_name
from tests.contracts.parts import build

SHAPES = ((200, 300), (1000, 50), (30, 2000))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(
    ("initializer", "variance"),
    [
        (Normal(scale=0.1), lambda inputs, units: 0.01),
        (GlorotUniform(), lambda inputs, units: 2 / (inputs + units)),  # Glorot and Bengio 2010, equation 12
        (GlorotNormal(), lambda inputs, units: 2 / (inputs + units)),
        (HeNormal(), lambda inputs, units: 2 / inputs),  # He et al. 2015, equation 10
        (HeUniform(), lambda inputs, units: 2 / inputs),
        (LecunNormal(), lambda inputs, units: 1 / inputs),  # LeCun et al. 1998, equation 16
        (LecunUniform(), lambda inputs, units: 1 / inputs),
        (Uniform(scale=0.3), lambda inputs, units: 0.6**2 / 12),  # (b - a)² / 12
        (Orthogonal(gain=2.0), lambda inputs, units: 4 / max(inputs, units)),  # rows or columns of length 2
    ],
    ids=lambda value: getattr(value, "type", ""),
)
def test_mean_and_variance_are_those_of_the_paper(initializer, variance, shape):
    weights = initializer.draw(shape, np.random.RandomState(7)).astype(np.float64)
    n, expected = weights.size, variance(*shape)
    assert abs(weights.mean()) < 4 * np.sqrt(expected / n)
    assert abs(weights.var() / expected - 1) < 4 * np.sqrt(2 / n)


@pytest.mark.parametrize("cls", components("initializer"), ids=type_name)
def test_standard_deviation_matches_the_float32_weights(cls):
    initializer = build(cls)
    weights = initializer.draw((400, 100), np.random.RandomState(1))
    assert weights.dtype == np.float32
    assert weights.shape == (400, 100)
    assert weights.std(dtype=np.float64) == pytest.approx(initializer.standard_deviation(400, 100), rel=0.02)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(
    ("initializer", "limit"),
    [
        (Uniform(scale=0.3), lambda inputs, units: 0.3),
        (GlorotUniform(), lambda inputs, units: np.sqrt(6) / np.sqrt(inputs + units)),  # equation 16 of the paper
        (HeUniform(), lambda inputs, units: np.sqrt(6 / inputs)),
        (LecunUniform(), lambda inputs, units: np.sqrt(3 / inputs)),
    ],
    ids=lambda value: getattr(value, "type", ""),
)
def test_uniform_weights_fill_their_interval(initializer, limit, shape):
    weights, limit = initializer.draw(shape, np.random.RandomState(7)), limit(*shape)
    assert 0.999 * limit < weights.max() <= np.float32(limit)
    assert -0.999 * limit > weights.min() >= -np.float32(limit)


@pytest.mark.parametrize(
    "initializer", [GlorotNormal(), HeNormal(), LecunNormal()], ids=lambda initializer: initializer.type
)
def test_normal_weights_are_not_truncated(initializer):
    weights = initializer.draw((200, 300), np.random.RandomState(7))
    assert np.abs(weights).max() > 3.5 * initializer.standard_deviation(200, 300)


def test_weights_are_drawn_from_the_legacy_stream():
    """So a seed gives the same weights in every version."""
    for initializer, expected in [
        (GlorotUniform(), lambda random: random.uniform(-1, 1, (2, 3)) * np.sqrt(6 / 5)),
        (HeUniform(), lambda random: random.uniform(-1, 1, (2, 3)) * np.sqrt(3)),
        (HeNormal(), lambda random: random.randn(2, 3)),
        (LecunNormal(), lambda random: random.randn(2, 3) / np.sqrt(2)),
    ]:
        weights = initializer.draw((2, 3), np.random.RandomState(5))
        np.testing.assert_allclose(weights, expected(np.random.RandomState(5)), rtol=1e-6)


@pytest.mark.parametrize("gain", [1.0, 0.5])
@pytest.mark.parametrize("shape", [(6, 6), (9, 4), (4, 9), (1, 5), (5, 1)], ids=str)
def test_orthogonal_weights_are_orthonormal_times_the_gain(shape, gain):
    """That holds for the rows or columns, whichever are fewer."""
    weights = Orthogonal(gain=gain).draw(shape, np.random.RandomState(3)).astype(np.float64)
    product = weights @ weights.T if shape[0] <= shape[1] else weights.T @ weights
    np.testing.assert_allclose(product, gain**2 * np.eye(min(shape)), atol=1e-6)


def test_orthogonal_matrices_are_equally_likely():
    """LAPACK's Q alone would not do: for a 1 × 1 matrix its sign never changes. Both signs must be equally frequent."""
    stream = np.random.RandomState(0)
    samples = [Orthogonal().draw((3, 3), stream) for _ in range(400)]
    assert (np.abs(np.mean(samples, axis=0)) < 4 * np.sqrt(1 / 3 / 400)).all()
    assert 140 < sum(Orthogonal().draw((1, 1), stream)[0, 0] == 1 for _ in range(400)) < 260


def test_constant_fills_with_its_value():
    np.testing.assert_array_equal(Constant(value=-0.5).draw((3, 2), np.random.RandomState(0)), np.full((3, 2), -0.5))


@pytest.mark.parametrize("seed", [0, 123])
def test_normal_has_the_bits_of_the_book(seed):
    """In `scale * np.random.randn(...)` after `nnfs.init()`, randn is rounded to float32 before scaling."""
    ours, theirs = np.random.RandomState(seed), np.random.RandomState(seed)
    for shape in ((2, 64), (64, 3)):
        expected = np.multiply(np.float32(0.1), theirs.randn(*shape).astype(np.float32))
        assert Normal(scale=0.1).draw(shape, ours).tobytes() == expected.tobytes()


def test_zeros_are_zero():
    assert not Zeros().draw((3, 2), np.random.RandomState(0)).any()
