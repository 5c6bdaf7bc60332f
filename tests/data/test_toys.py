"""Toy sets: the points of scikit-learn where it has them, else the formulas, and noise of the size that is said."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import datasets

from nncli.data.toys import Blobs, Circles, LinearData, Moons, PolynomialData, StepData, Xor

OF_CLASSES = [Moons, Circles, Blobs, Xor]
OF_VALUES = [LinearData, PolynomialData, StepData]


def drawn(data, seed=0):
    return data.draw(np.random.RandomState(seed), data.describe())


def points(x, labels):
    """Each point with its class, in an order of their own."""
    return np.array(sorted(map(tuple, np.column_stack([labels, x]).round(12).tolist())))


@pytest.mark.parametrize("samples", [1, 2, 7, 200])
def test_moons_are_those_of_scikit_learn(samples):
    ours = drawn(Moons(samples=samples, noise=0))
    upper = (samples + 1) // 2  # scikit-learn has one more in the other class
    theirs = datasets.make_moons((upper, samples - upper), shuffle=False)
    np.testing.assert_allclose(points(ours.x, ours.t), points(*theirs), atol=1e-9)


@pytest.mark.parametrize("samples", [2, 7, 200])
@pytest.mark.parametrize("factor", [0.3, 0.8])
def test_circles_are_those_of_scikit_learn(samples, factor):
    ours = drawn(Circles(samples=samples, noise=0, factor=factor))
    outer = (samples + 1) // 2
    theirs = datasets.make_circles((outer, samples - outer), shuffle=False, factor=factor)
    np.testing.assert_allclose(points(ours.x, ours.t), points(*theirs), atol=1e-9)


def test_blobs_lie_about_the_corners_of_a_polygon():
    x, t = drawn(Blobs(samples=8, classes=4, noise=0))
    np.testing.assert_allclose(x, [[2, 0], [2, 0], [0, 2], [0, 2], [-2, 0], [-2, 0], [0, -2], [0, -2]], atol=1e-15)
    assert t.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]


def test_xor_is_one_where_the_signs_differ():
    x, t = drawn(Xor(samples=1000))
    assert (np.abs(x) <= 1).all()
    assert t.tolist() == [int(a * b < 0) for a, b in x]
    assert 400 < t.sum() < 600
    means = [x[t == label].mean(axis=0) for label in (0, 1)]
    assert np.abs(means).max() < 0.1  # so that no straight line parts them


def test_values_follow_their_formulas():
    line = drawn(LinearData(samples=3, noise=0, slope=3, intercept=-1))
    assert (line.x.tolist(), line.t.tolist()) == ([[-1], [0], [1]], [[-4], [-1], [2]])
    curve = drawn(PolynomialData(samples=5, noise=0, coefficients=(1, 0, 2, -1)))
    np.testing.assert_allclose(curve.t[:, 0], [1 + 2 * x**2 - x**3 for x in (-1, -0.5, 0, 0.5, 1)], rtol=1e-15)
    step = drawn(StepData(samples=5))
    assert (step.x[:, 0].tolist(), step.t[:, 0].tolist()) == ([-1, -0.5, 0, 0.5, 1], [0, 0, 0, 1, 1])
    assert drawn(PolynomialData(samples=2, noise=0, coefficients=())).t.tolist() == [[0], [0]]


@pytest.mark.parametrize("cls", [*OF_CLASSES, *OF_VALUES])
@pytest.mark.parametrize("noise", [0.05, 2.0])
def test_noise_has_its_standard_deviation(cls, noise):
    plain, noisy = drawn(cls(samples=20_000, noise=0)), drawn(cls(samples=20_000, noise=noise))
    changed, same = ("x", "t") if cls in OF_CLASSES else ("t", "x")
    added = getattr(noisy, changed) - getattr(plain, changed)
    assert added.std(axis=0) == pytest.approx(noise, rel=0.03)
    assert np.abs(added.mean(axis=0)).max() < 0.03 * noise
    np.testing.assert_array_equal(getattr(noisy, same), getattr(plain, same))


@pytest.mark.parametrize("cls", [Moons, Circles, Blobs])
@pytest.mark.parametrize("samples", [1, 5, 100, 101])
def test_classes_are_as_even_as_can_be(cls, samples):
    data = cls(samples=samples)
    counts = np.bincount(drawn(data).t, minlength=len(data.describe().class_names))
    assert counts.sum() == samples
    assert counts.max() - counts.min() <= 1


@pytest.mark.parametrize("cls", [*OF_CLASSES, *OF_VALUES])
def test_a_seed_gives_the_same_samples_and_the_description_is_true(cls):
    data = cls(noise=0.3)
    described, one, same, other = data.describe(), drawn(data, 1), drawn(data, 1), drawn(data, 2)
    assert one.x.tobytes() + one.t.tobytes() == same.x.tobytes() + same.t.tobytes()
    assert one.x.tobytes() + one.t.tobytes() != other.x.tobytes() + other.t.tobytes()
    assert one.x.shape == (described.samples, len(described.input_names)) == (200, 2 if cls in OF_CLASSES else 1)
    if cls in OF_CLASSES:
        assert one.t.shape == (200,)
        assert set(one.t.tolist()) == set(range(len(described.class_names)))
    else:
        assert one.t.shape == (200, 1)
        assert described.class_names == ()
