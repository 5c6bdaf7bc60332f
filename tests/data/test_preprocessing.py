"""Filling and scaling agree with scikit-learn, are fitted on the training samples, and can be undone."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from nncli.data.data import Rules, Samples
from nncli.data.preprocessing import Preprocessing

RANDOM = np.random.default_rng(0)
X = RANDOM.normal([5, -300, 0.001], [2, 90, 1e-5], (40, 3))
T = RANDOM.normal([1e6, 0], [2e5, 3], (40, 2))
OTHER = RANDOM.normal([5, -300, 0.001], [9, 900, 1], (7, 3))
NUMBERS = np.array([True, True, True])
SCALERS = {"standard": StandardScaler, "minmax": MinMaxScaler}


def fit(x=X, t=T, numbers=NUMBERS, classes=False, **rules):
    return Preprocessing.fit(Samples(x, t), numbers, Rules(**rules), classes=classes)


@pytest.mark.parametrize("scale", SCALERS)
def test_scaling_agrees_with_scikit_learn(scale):
    preprocessing = fit(scale=scale, scale_target=scale)
    scaler, target_scaler = SCALERS[scale]().fit(X), SCALERS[scale]().fit(T)
    for x in (X, OTHER):
        np.testing.assert_allclose(preprocessing.inputs(x), scaler.transform(x), rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(preprocessing.original(preprocessing.inputs(x)), x, rtol=1e-9)
    np.testing.assert_allclose(preprocessing.targets(T), target_scaler.transform(T), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(preprocessing.outputs(preprocessing.targets(T)), T, rtol=1e-9)


@pytest.mark.parametrize("missing", ["mean", "median"])
def test_filling_agrees_with_scikit_learn(missing):
    x = np.where(RANDOM.random(X.shape) < 0.3, np.nan, X)
    preprocessing = fit(x, missing=missing, scale="standard")
    imputer = SimpleImputer(strategy=missing).fit(x)
    scaler = StandardScaler().fit(imputer.transform(x))
    np.testing.assert_allclose(preprocessing.fill, imputer.statistics_, rtol=1e-12)
    other = np.where(RANDOM.random(OTHER.shape) < 0.5, np.nan, OTHER)
    for table in (x, other):
        np.testing.assert_allclose(
            preprocessing.inputs(table), scaler.transform(imputer.transform(table)), rtol=1e-6, atol=1e-9
        )


START = 1_700_000_000_000_000_000  # nanoseconds; float64 numbers of this size are 256 apart


def exact_moments(values):
    """Return mean and standard deviation of float64 numbers, without intermediate rounding."""
    fractions = [Fraction(value) for value in values]
    mean = sum(fractions) / len(fractions)
    return mean, math.sqrt(float(sum((value - mean) ** 2 for value in fractions) / len(fractions)))


@pytest.mark.parametrize(
    "column",
    [
        START + 10_000 * np.arange(50.0),  # steps of 10 µs
        START + 256.0 * (np.arange(2000) % 2),  # neighbours
        np.where(np.arange(20_001) % 2, START, START + 10_000.0),  # their sum is rounded by more than their difference
        0.1 + np.spacing(0.1) * np.arange(7),
        -1e38 + 1e30 * np.arange(9.0),
    ],
    ids=["10 µs", "neighbours", "many", "the last bit", "huge"],
)
def test_spread_tiny_beside_the_mean_is_scaled(column):
    mean, deviation = exact_moments(column)
    preprocessing = fit(column.reshape(-1, 1), column.reshape(-1, 1), NUMBERS[:1], scale="standard")
    rounding = np.spacing(np.abs(column).max()) / deviation  # the mean is rounded like the values
    expected = np.array([float(Fraction(value) - mean) / deviation for value in column])
    scaled = preprocessing.inputs(column.reshape(-1, 1))[:, 0]
    np.testing.assert_allclose(scaled, expected, rtol=1e-9, atol=rounding)
    assert preprocessing.scale[0] == pytest.approx(deviation, rel=max(1e-12, rounding**2))
    by_range = fit(column.reshape(-1, 1), numbers=NUMBERS[:1], scale="minmax").inputs(column.reshape(-1, 1))
    assert (by_range.min(), by_range.max()) == (0, 1)
    target = fit(column.reshape(-1, 1), column.reshape(-1, 1), NUMBERS[:1], scale_target="standard")
    np.testing.assert_allclose(target.targets(column.reshape(-1, 1))[:, 0], expected, rtol=1e-9, atol=rounding)


@pytest.mark.parametrize("scale", SCALERS)
@pytest.mark.parametrize("missing", ["mean", "median"])
def test_repeated_number_is_constant_even_if_its_mean_differs(scale, missing):
    x = np.full((10, 2), 0.1)
    assert np.mean(x, axis=0)[0] != 0.1
    x[3, 1] = np.nan
    preprocessing = fit(x, numbers=NUMBERS[:2], scale=scale, missing=missing)
    assert preprocessing.inputs(x).tolist() == np.zeros((10, 2)).tolist()
    assert preprocessing.scale.tolist() == [1, 1]


def test_spread_whose_square_underflows_is_scaled():
    x = np.array([[0.0], [1e-200], [3e-200]])
    preprocessing = fit(x, numbers=NUMBERS[:1], scale="standard")
    assert np.isfinite(preprocessing.inputs(x)).all()
    assert preprocessing.scale[0] > 0
    assert np.ptp(preprocessing.inputs(x)) == pytest.approx(1)


def test_category_without_training_samples_is_always_zero():
    x = np.array([[1.0, 1, 0, 0], [2, 0, 0, 1], [3, 1, 0, 0]])
    preprocessing = fit(x, numbers=np.array([True, False, False, False]))
    assert preprocessing.unseen.tolist() == [False, False, True, False]
    other = np.array([[4.0, 0, 1, 0], [0, 0, 0, 1]])
    assert preprocessing.inputs(other).tolist() == [[4, 0, 0, 0], [0, 0, 0, 1]]


@pytest.mark.parametrize("scale", SCALERS)
@pytest.mark.parametrize("value", [0.0, 7.0, 0.1, 1e30, -1e-30])
def test_constant_column_has_scale_1(scale, value):
    x = np.column_stack([np.full(9, value), np.arange(9.0)])
    preprocessing = fit(x, numbers=NUMBERS[:2], scale=scale)
    assert np.abs(preprocessing.inputs(x)[:, 0]).max() <= 1e-6 * abs(value)
    assert preprocessing.scale[0] == 1


def test_categories_and_classes_are_not_scaled():
    x = np.column_stack([X[:, 0], np.arange(40) % 2])
    t = np.arange(40) % 3
    preprocessing = fit(x, t, NUMBERS[:2] & [True, False], classes=True, scale="standard", scale_target="standard")
    np.testing.assert_array_equal(preprocessing.inputs(x)[:, 1], x[:, 1])
    assert (preprocessing.shift[1], preprocessing.scale[1]) == (0, 1)
    assert preprocessing.targets_unscaled
    assert (preprocessing.target_shift.tolist(), preprocessing.target_scale.tolist()) == ([0], [1])


def test_without_scaling_arrays_are_unchanged():
    preprocessing = fit()
    for array, result in (
        (X, preprocessing.inputs(X)),
        (X, preprocessing.original(X)),
        (T, preprocessing.targets(T)),
        (T, preprocessing.outputs(T)),
    ):
        assert result is array


def test_preprocessing_round_trips_through_arrays():
    preprocessing = fit(scale="standard", scale_target="minmax", missing="mean")
    arrays = preprocessing.arrays()
    of_inputs = ["data.fill", "data.scale", "data.shift"]
    assert sorted(arrays) == [*of_inputs, "data.target_scale", "data.target_shift", "data.unseen"]
    assert all(map(np.array_equal, Preprocessing.of_arrays(arrays), preprocessing))
    of_version_0_1_0 = {name: array for name, array in arrays.items() if name != "data.unseen"}
    assert all(map(np.array_equal, Preprocessing.of_arrays(of_version_0_1_0), preprocessing))
    with pytest.raises(KeyError, match=r"data\.shift"):
        Preprocessing.of_arrays({name: array for name, array in arrays.items() if name != "data.shift"})


@pytest.mark.parametrize("columns", [1, 2, 3, 70])
def test_scales_of_many_rows_have_the_bits_of_numpy(columns):
    """NumPy adds a single column pairwise, and several row by row; neither depends on the blocks."""
    x = np.random.default_rng(columns).normal(3, 2, (300_001, columns)).astype(np.float32)
    preprocessing = fit(x, np.zeros((len(x), 1)), np.ones(columns, bool), scale="standard")
    numbers = x.astype(np.float64)
    first = np.mean(numbers, axis=0)
    shift = first + np.mean(numbers - first, axis=0)
    np.testing.assert_array_equal(preprocessing.shift, shift)
    np.testing.assert_array_equal(preprocessing.scale, np.sqrt(np.mean(np.square(numbers - shift), axis=0)))
