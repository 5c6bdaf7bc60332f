"""Filling and scaling: the numbers of scikit-learn's, fitted on the training samples, and the way back."""

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


def with_class_weights(x=X, t=T, numbers=NUMBERS, classes=False, **rules):
    return Preprocessing.fit(Samples(x, t), numbers, Rules(**rules), classes=classes)


@pytest.mark.parametrize("scale", SCALERS)
def test_scales_as_scikit_learn_does(scale):
    preprocessing = with_class_weights(scale=scale, scale_target=scale)
    ours, of_targets = SCALERS[scale]().fit(X), SCALERS[scale]().fit(T)
    for x in (X, OTHER):
        np.testing.assert_allclose(preprocessing.inputs(x), ours.transform(x), rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(preprocessing.original(preprocessing.inputs(x)), x, rtol=1e-9)
    np.testing.assert_allclose(preprocessing.targets(T), of_targets.transform(T), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(preprocessing.outputs(preprocessing.targets(T)), T, rtol=1e-9)


@pytest.mark.parametrize("missing", ["mean", "median"])
def test_fills_as_scikit_learn_does(missing):
    x = np.where(RANDOM.random(X.shape) < 0.3, np.nan, X)
    preprocessing = with_class_weights(x, missing=missing, scale="standard")
    imputer = SimpleImputer(strategy=missing).fit(x)
    scaler = StandardScaler().fit(imputer.transform(x))
    np.testing.assert_allclose(preprocessing.fill, imputer.statistics_, rtol=1e-12)
    other = np.where(RANDOM.random(OTHER.shape) < 0.5, np.nan, OTHER)
    for table in (x, other):
        np.testing.assert_allclose(
            preprocessing.inputs(table), scaler.transform(imputer.transform(table)), rtol=1e-6, atol=1e-9
        )


START = 1_700_000_000_000_000_000  # nanoseconds, of which float64 tells every 256th from the next


def exact(values):
    """Mean and standard deviation of float64 numbers, without any rounding until the end."""
    fractions = [Fraction(value) for value in values]
    mean = sum(fractions) / len(fractions)
    return mean, math.sqrt(float(sum((value - mean) ** 2 for value in fractions) / len(fractions)))


@pytest.mark.parametrize(
    "column",
    [
        START + 10_000 * np.arange(50.0),  # steps of 10 µs
        START + 256.0 * (np.arange(2000) % 2),  # neighbours
        np.where(np.arange(20_001) % 2, START, START + 10_000.0),  # whose sum is rounded by more than they differ
        0.1 + np.spacing(0.1) * np.arange(7),
        -1e38 + 1e30 * np.arange(9.0),
    ],
    ids=["10 µs", "neighbours", "many", "the last bit", "huge"],
)
def test_a_spread_that_is_tiny_beside_the_mean_is_no_constant(column):
    mean, deviation = exact(column)
    preprocessing = with_class_weights(column.reshape(-1, 1), column.reshape(-1, 1), NUMBERS[:1], scale="standard")
    rounding = np.spacing(np.abs(column).max()) / deviation  # the mean is one of these numbers too
    expected = np.array([float(Fraction(value) - mean) / deviation for value in column])
    found = preprocessing.inputs(column.reshape(-1, 1))[:, 0]
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=rounding)
    assert preprocessing.scale[0] == pytest.approx(deviation, rel=max(1e-12, rounding**2))
    by_range = with_class_weights(column.reshape(-1, 1), numbers=NUMBERS[:1], scale="minmax").inputs(
        column.reshape(-1, 1)
    )
    assert (by_range.min(), by_range.max()) == (0, 1)
    target = with_class_weights(column.reshape(-1, 1), column.reshape(-1, 1), NUMBERS[:1], scale_target="standard")
    np.testing.assert_allclose(target.targets(column.reshape(-1, 1))[:, 0], expected, rtol=1e-9, atol=rounding)


@pytest.mark.parametrize("scale", SCALERS)
@pytest.mark.parametrize("missing", ["mean", "median"])
def test_a_number_that_is_repeated_is_constant_though_its_mean_is_another(scale, missing):
    x = np.full((10, 2), 0.1)
    assert np.mean(x, axis=0)[0] != 0.1
    x[3, 1] = np.nan
    preprocessing = with_class_weights(x, numbers=NUMBERS[:2], scale=scale, missing=missing)
    assert preprocessing.inputs(x).tolist() == np.zeros((10, 2)).tolist()
    assert preprocessing.scale.tolist() == [1, 1]


def test_a_spread_whose_square_is_0_in_float64_is_scaled():
    x = np.array([[0.0], [1e-200], [3e-200]])
    preprocessing = with_class_weights(x, numbers=NUMBERS[:1], scale="standard")
    assert np.isfinite(preprocessing.inputs(x)).all()
    assert preprocessing.scale[0] > 0
    assert np.ptp(preprocessing.inputs(x)) == pytest.approx(1)


def test_a_category_without_training_samples_is_zeros_everywhere():
    x = np.array([[1.0, 1, 0, 0], [2, 0, 0, 1], [3, 1, 0, 0]])
    preprocessing = with_class_weights(x, numbers=np.array([True, False, False, False]))
    assert preprocessing.unseen.tolist() == [False, False, True, False]
    other = np.array([[4.0, 0, 1, 0], [0, 0, 0, 1]])
    assert preprocessing.inputs(other).tolist() == [[4, 0, 0, 0], [0, 0, 0, 1]]


@pytest.mark.parametrize("scale", SCALERS)
@pytest.mark.parametrize("value", [0.0, 7.0, 0.1, 1e30, -1e-30])
def test_a_column_of_one_value_is_not_divided_by_nothing(scale, value):
    x = np.column_stack([np.full(9, value), np.arange(9.0)])
    preprocessing = with_class_weights(x, numbers=NUMBERS[:2], scale=scale)
    assert np.abs(preprocessing.inputs(x)[:, 0]).max() <= 1e-6 * abs(value)
    assert preprocessing.scale[0] == 1


def test_zeros_and_ones_of_categories_and_classes_stay():
    x = np.column_stack([X[:, 0], np.arange(40) % 2])
    t = np.arange(40) % 3
    preprocessing = with_class_weights(
        x, t, NUMBERS[:2] & [True, False], classes=True, scale="standard", scale_target="standard"
    )
    np.testing.assert_array_equal(preprocessing.inputs(x)[:, 1], x[:, 1])
    assert (preprocessing.shift[1], preprocessing.scale[1]) == (0, 1)
    assert preprocessing.targets_unscaled
    assert (preprocessing.target_shift.tolist(), preprocessing.target_scale.tolist()) == ([0], [1])


def test_without_scales_no_bit_changes():
    preprocessing = with_class_weights()
    for array, same in (
        (X, preprocessing.inputs(X)),
        (X, preprocessing.original(X)),
        (T, preprocessing.targets(T)),
        (T, preprocessing.outputs(T)),
    ):
        assert same is array


def test_comes_back_from_its_arrays():
    preprocessing = with_class_weights(scale="standard", scale_target="minmax", missing="mean")
    arrays = preprocessing.arrays()
    of_inputs = ["data.fill", "data.scale", "data.shift"]
    assert sorted(arrays) == [*of_inputs, "data.target_scale", "data.target_shift", "data.unseen"]
    assert all(map(np.array_equal, Preprocessing.of_arrays(arrays), preprocessing))
    of_version_0_1_0 = {name: array for name, array in arrays.items() if name != "data.unseen"}
    assert all(map(np.array_equal, Preprocessing.of_arrays(of_version_0_1_0), preprocessing))
    with pytest.raises(KeyError, match=r"data\.shift"):
        Preprocessing.of_arrays({name: array for name, array in arrays.items() if name != "data.shift"})
