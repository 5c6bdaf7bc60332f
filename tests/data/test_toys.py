"""Toy sets agree with scikit-learn or their formulas, and have noise of the given size."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import datasets

from nncli.data.toys import Blobs, Circles, LinearData, Moons, PolynomialData, StepData, Xor

OF_CLASSES = [Moons, Circles, Blobs, Xor]
OF_VALUES = [LinearData, PolynomialData, StepData]


def draw(data, seed=0):
    return data.draw(np.random.RandomState(seed), data.describe())


def sorted_points(x, labels):
    """Return points with their classes, sorted to compare them regardless of order."""
    return np.array(sorted(map(tuple, np.column_stack([labels, x]).round(12).tolist())))


@pytest.mark.parametrize("samples", [1, 2, 7, 200])
def test_moons_agree_with_scikit_learn(samples):
    ours = draw(Moons(samples=samples, noise=0))
    upper = (samples + 1) // 2  # scikit-learn has one more in the other class
    theirs = datasets.make_moons((upper, samples - upper), shuffle=False)
    np.testing.assert_allclose(sorted_points(ours.x, ours.t), sorted_points(*theirs), atol=1e-9)


@pytest.mark.parametrize("samples", [2, 7, 200])
@pytest.mark.parametrize("factor", [0.3, 0.8])
def test_circles_agree_with_scikit_learn(samples, factor):
    ours = draw(Circles(samples=samples, noise=0, factor=factor))
    outer = (samples + 1) // 2
    theirs = datasets.make_circles((outer, samples - outer), shuffle=False, factor=factor)
    np.testing.assert_allclose(sorted_points(ours.x, ours.t), sorted_points(*theirs), atol=1e-9)


def test_blobs_are_at_the_corners_of_a_polygon():
    x, t = draw(Blobs(samples=8, classes=4, noise=0))
    np.testing.assert_allclose(x, [[2, 0], [2, 0], [0, 2], [0, 2], [-2, 0], [-2, 0], [0, -2], [0, -2]], atol=1e-15)
    assert t.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]


def test_xor_is_1_if_the_signs_differ():
    x, t = draw(Xor(samples=1000))
    assert (np.abs(x) <= 1).all()
    assert t.tolist() == [int(a * b < 0) for a, b in x]
    assert 400 < t.sum() < 600
    means = [x[t == label].mean(axis=0) for label in (0, 1)]
    assert np.abs(means).max() < 0.1  # so that no straight line separates them


def test_targets_follow_their_formulas():
    line = draw(LinearData(samples=3, noise=0, slope=3, intercept=-1))
    assert (line.x.tolist(), line.t.tolist()) == ([[-1], [0], [1]], [[-4], [-1], [2]])
    curve = draw(PolynomialData(samples=5, noise=0, coefficients=(1, 0, 2, -1)))
    np.testing.assert_allclose(curve.t[:, 0], [1 + 2 * x**2 - x**3 for x in (-1, -0.5, 0, 0.5, 1)], rtol=1e-15)
    step = draw(StepData(samples=5))
    assert (step.x[:, 0].tolist(), step.t[:, 0].tolist()) == ([-1, -0.5, 0, 0.5, 1], [0, 0, 0, 1, 1])
    assert draw(PolynomialData(samples=2, noise=0, coefficients=())).t.tolist() == [[0], [0]]


@pytest.mark.parametrize("cls", [*OF_CLASSES, *OF_VALUES])
@pytest.mark.parametrize("noise", [0.05, 2.0])
def test_noise_has_its_standard_deviation(cls, noise):
    plain, noisy = draw(cls(samples=20_000, noise=0)), draw(cls(samples=20_000, noise=noise))
    changed, same = ("x", "t") if cls in OF_CLASSES else ("t", "x")
    added = getattr(noisy, changed) - getattr(plain, changed)
    assert added.std(axis=0) == pytest.approx(noise, rel=0.03)
    assert np.abs(added.mean(axis=0)).max() < 0.03 * noise
    np.testing.assert_array_equal(getattr(noisy, same), getattr(plain, same))


@pytest.mark.parametrize("cls", [Moons, Circles, Blobs])
@pytest.mark.parametrize("samples", [1, 5, 100, 101])
def test_classes_differ_by_at_most_one_sample(cls, samples):
    data = cls(samples=samples)
    counts = np.bincount(draw(data).t, minlength=len(data.describe().class_names))
    assert counts.sum() == samples
    assert counts.max() - counts.min() <= 1


@pytest.mark.parametrize("cls", [*OF_CLASSES, *OF_VALUES])
def test_samples_depend_on_the_seed_and_match_the_description(cls):
    data = cls(noise=0.3)
    described, first, same, other = data.describe(), draw(data, 1), draw(data, 1), draw(data, 2)
    assert first.x.tobytes() + first.t.tobytes() == same.x.tobytes() + same.t.tobytes()
    assert first.x.tobytes() + first.t.tobytes() != other.x.tobytes() + other.t.tobytes()
    assert first.x.shape == (described.samples, len(described.input_names)) == (200, 2 if cls in OF_CLASSES else 1)
    if cls in OF_CLASSES:
        assert first.t.shape == (200,)
        assert set(first.t.tolist()) == set(range(len(described.class_names)))
    else:
        assert first.t.shape == (200, 1)
        assert described.class_names == ()
