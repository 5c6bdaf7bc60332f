"""Metrics against scikit-learn and the book's formula, at once and in batches."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    mean_absolute_error,
    mean_squared_error,
    r2_score,
    root_mean_squared_error,
)

from nncli.nn.engine.ops import Ops
from nncli.nn.labels import predicted_classes
from nncli.nn.metrics.accuracy import Accuracy
from nncli.nn.metrics.base import TargetStatistics
from nncli.nn.metrics.mean_absolute_error import AbsoluteError
from nncli.nn.metrics.r_squared import RSquared
from nncli.nn.metrics.regression_accuracy import RegressionAccuracy
from nncli.nn.metrics.root_mean_squared_error import RootMeanSquaredError
from tests.contracts.parts import examples, name_of

RANDOM = np.random.default_rng(5)
Y = RANDOM.normal(size=(50, 3))
VALUES = Y + RANDOM.normal(size=(50, 3)) * [0.1, 1.0, 10.0] + [0, 5, -100]
LABELS = RANDOM.integers(0, 3, 50)


def measure(metric, y, t, *, training=None, pieces: int = 1, multilabel: bool = False) -> float:
    """Return the metric of all samples, summed over a number of pieces."""
    statistics = TargetStatistics.of(t if training is None else training, multilabel=multilabel)
    ops, sums = Ops.float64(), 0.0
    for y_part, t_part in zip(np.array_split(y, pieces), np.array_split(t, pieces), strict=True):
        sums = sums + metric.sums(y_part, t_part, statistics, ops)
    return metric.value(sums, len(y))


def test_accuracy_of_classes_matches_scikit_learn():
    expected = accuracy_score(LABELS, np.argmax(Y, axis=1))
    assert 0 < expected < 1
    assert measure(Accuracy(), Y, LABELS) == expected
    assert measure(Accuracy(), Y, np.eye(3)[LABELS]) == expected


@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.8])
def test_accuracy_of_a_single_output_applies_the_threshold(threshold):
    p, true = 1 / (1 + np.exp(-Y[:, :1])), LABELS > 1
    expected = accuracy_score(true, p[:, 0] > threshold)
    for t in (true.astype(np.uint8), true.astype(np.float32).reshape(-1, 1)):
        assert measure(Accuracy(threshold=threshold), p, t) == expected


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_accuracy_of_labels_is_the_books_mean_over_outputs(dtype):
    """Chapter 16: np.mean((output > 0.5) == y), bit for bit."""
    p, t = 1 / (1 + np.exp(-Y)), (VALUES > 0).astype(dtype)
    expected = np.mean((p > 0.5) * 1 == t)
    assert 0 < expected < 1
    assert measure(Accuracy(), p, t, multilabel=True) == expected
    assert measure(Accuracy(), p, t, multilabel=True, pieces=7) == expected
    strict = np.mean((p > 0.8) * 1 == t)
    assert measure(Accuracy(threshold=0.8), p, t, multilabel=True) == strict != expected


def test_single_output_at_the_threshold_is_class_0():
    y = np.array([[0.5], [0.5000001], [0.4]])
    np.testing.assert_array_equal(predicted_classes(y, 0.5), [0, 1, 0])


@pytest.mark.parametrize("columns", [1, 3])
def test_mean_absolute_error_matches_scikit_learn(columns):
    y, t = Y[:, :columns], VALUES[:, :columns]
    assert measure(AbsoluteError(), y, t) == pytest.approx(mean_absolute_error(t, y), rel=1e-13)


@pytest.mark.parametrize("columns", [1, 3])
def test_root_mean_squared_error_matches_scikit_learn(columns):
    y, t = Y[:, :columns], VALUES[:, :columns]
    value = measure(RootMeanSquaredError(), y, t, pieces=3)
    assert value == pytest.approx(np.sqrt(mean_squared_error(t, y)), rel=1e-13)
    if columns == 1:
        assert value == pytest.approx(root_mean_squared_error(t, y), rel=1e-13)


@pytest.mark.parametrize("columns", [1, 3])
def test_r2_matches_scikit_learn(columns):
    y, t = Y[:, :columns], VALUES[:, :columns]
    assert measure(RSquared(), y, t) == pytest.approx(r2_score(t, y), rel=1e-12)


def test_r2_keeps_its_digits_far_from_zero():
    """Targets are a million plus or minus one, centred by the mean of other training targets."""
    t = 1e6 + RANDOM.normal(size=(1000, 1))
    y = t + 0.1 * RANDOM.normal(size=(1000, 1))
    assert measure(RSquared(), y, t, training=t[:10] + 1) == pytest.approx(r2_score(t, y), rel=1e-9)


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("constant", [0.0, 0.5, 1e6, 0.1, -7.3])
def test_r2_of_constant_targets_is_1_if_exact_else_0(constant, exact):
    """scikit-learn agrees if it recognizes them as constant; its mean of 30 times 0.1 is not 0.1."""
    t = np.full((30, 1), constant)
    y = t.copy() if exact else t + Y[:30, :1]
    for training in (t, VALUES[:, :1]):
        assert measure(RSquared(), y, t, training=training) == exact
    if t.mean() == constant:
        assert r2_score(t, y) == exact


def test_r2_with_one_constant_column_matches_scikit_learn():
    t = VALUES.copy()
    t[:, 1] = 0.25
    for y in (Y, np.where([False, True, False], t, Y)):
        assert measure(RSquared(), y, t) == pytest.approx(r2_score(t, y), rel=1e-12)


@pytest.mark.parametrize("divisor", [250, 25, 3])
def test_regression_accuracy_follows_the_book(divisor):
    """Chapter 17: `accuracy_precision = np.std(y) / 250`, always with the training targets."""
    training = RANDOM.normal(size=(200, 1)) * 3
    t = RANDOM.normal(size=(500, 1))
    y = t + RANDOM.normal(size=(500, 1)) * np.array([0.01, 1.0]).repeat(250).reshape(-1, 1)
    accuracy_precision = np.std(training) / divisor
    expected = np.mean(np.absolute(y - t) < accuracy_precision)
    assert 0 < expected < 1
    assert measure(RegressionAccuracy(divisor=divisor), y, t, training=training) == pytest.approx(expected, rel=1e-14)


def test_regression_accuracy_is_the_mean_over_outputs():
    t = np.array([[0.0, 0.0], [1.0, 1.0]])
    y = t + np.array([[0.0, 9.0], [0.0, 0.0]])
    assert measure(RegressionAccuracy(), y, t) == 0.75


@pytest.mark.parametrize("pieces", [2, 7, 50])
@pytest.mark.parametrize("metric", examples("metric"), ids=name_of)
def test_sums_of_batches_give_the_metric_of_all_samples(metric, pieces):
    t = LABELS if "classes" in metric.tasks else VALUES
    at_once = measure(metric, Y, t)
    assert measure(metric, Y, t, pieces=pieces) == pytest.approx(at_once, rel=1e-12)
    assert type(at_once) is float


@pytest.mark.parametrize("metric", examples("metric"), ids=name_of)
def test_perfect_predictions_have_the_better_metric(metric):
    t = LABELS if "classes" in metric.tasks else VALUES
    perfect = np.eye(3)[LABELS] if "classes" in metric.tasks else VALUES
    assert (measure(metric, perfect, t) > measure(metric, Y, t)) == metric.higher_is_better


@pytest.mark.parametrize("metric", examples("metric"), ids=name_of)
def test_metric_does_not_change_its_arguments(metric):
    t = LABELS if "classes" in metric.tasks else VALUES
    y_before, t_before = Y.copy(), t.copy()
    measure(metric, Y, t)
    np.testing.assert_array_equal(Y, y_before)
    np.testing.assert_array_equal(t, t_before)


def test_target_statistics_are_mean_and_standard_deviation():
    statistics = TargetStatistics.of(VALUES)
    np.testing.assert_allclose(statistics.mean, VALUES.sum(axis=0) / 50)
    assert statistics.standard_deviation == pytest.approx(np.sqrt(np.mean((VALUES - VALUES.mean()) ** 2)))
