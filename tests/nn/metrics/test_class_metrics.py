"""Precision, recall, F1 and top-k accuracy against scikit-learn, with missing classes, ties and NaN."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    precision_score,
    recall_score,
    top_k_accuracy_score,
)

from nncli.nn.metrics.accuracy import Accuracy
from nncli.nn.metrics.precision_recall import F1, Precision, Recall
from nncli.nn.metrics.top_k_accuracy import TopKAccuracy
from tests.nn.metrics.test_metrics import measure

RANDOM = np.random.default_rng(5)
Y = RANDOM.normal(size=(60, 4))
LABELS = np.where(RANDOM.random(60) < 0.4, np.argmax(Y, axis=1), RANDOM.integers(0, 4, 60))
OF_CLASSES = [(Precision, precision_score), (Recall, recall_score), (F1, f1_score)]
of_classes = pytest.mark.parametrize(("cls", "score"), OF_CLASSES, ids=lambda value: getattr(value, "__name__", ""))


@of_classes
@pytest.mark.parametrize("t", [LABELS, np.eye(4)[LABELS], np.eye(4, dtype=np.float32)[LABELS]], ids=lambda t: t.dtype)
def test_class_metric_is_the_mean_over_classes(cls, score, t):
    expected = score(LABELS, np.argmax(Y, axis=1), average="macro", zero_division=0)
    assert 0.2 < expected < 0.9
    assert measure(cls(), Y, t) == pytest.approx(expected, rel=1e-14)


@of_classes
@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_class_metric_of_a_single_output_is_that_of_class_1(cls, score, threshold, dtype):
    p, true = 1 / (1 + np.exp(-4 * Y[:, :1])), LABELS > 1
    expected = score(true, p[:, 0] > threshold, zero_division=0)
    assert 0 < expected < 1
    assert measure(cls(threshold=threshold), p, true.astype(dtype).reshape(-1, 1)) == pytest.approx(expected, rel=1e-14)


@of_classes
def test_two_outputs_are_two_classes(cls, score):
    true = LABELS % 2
    expected = score(true, np.argmax(Y[:, :2], axis=1), average="macro", zero_division=0)
    assert measure(cls(), Y[:, :2], true) == pytest.approx(expected, rel=1e-14)


@of_classes
@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
@pytest.mark.parametrize("pieces", [1, 3])
def test_class_metric_of_labels_is_the_mean_over_labels(cls, score, threshold, dtype, pieces):
    """One label is never predicted, one has no samples, and one both."""
    p = 1 / (1 + np.exp(-np.column_stack([Y, Y[:, :2], np.full(len(Y), -9)])))
    t = RANDOM.random(p.shape) < p
    p[:, 4], t[:, 5:] = 0, False
    expected = score(t, p > threshold, average="macro", zero_division=0)
    assert 0 < expected < 1
    value = measure(cls(threshold=threshold), p, t.astype(dtype), pieces=pieces, multilabel=True)
    assert value == pytest.approx(expected, rel=1e-14)


@of_classes
@pytest.mark.parametrize("pieces", [1, 3])
def test_missing_class_counts_as_0(cls, score, pieces):
    """Classes that are never predicted or have no samples still count, as in the report of `nncli eval`."""
    y, t = Y.copy(), LABELS.copy()
    y[:, 0] = -100
    t[t == 1] = 2
    y[:, 3] = -100
    t[t == 3] = 0
    expected = score(t, np.argmax(y, axis=1), labels=range(4), average="macro", zero_division=0)
    assert measure(cls(), y, t, pieces=pieces) == pytest.approx(expected, rel=1e-14)


@of_classes
def test_class_metric_is_0_without_positives_and_1_with_nothing_else(cls, score):
    assert measure(cls(), np.zeros((3, 1)), np.zeros((3, 1))) == 0
    assert measure(cls(), np.ones((3, 1)), np.ones((3, 1))) == 1


@pytest.mark.parametrize("k", [1, 2, 3])
def test_top_k_matches_scikit_learn(k):
    expected = top_k_accuracy_score(LABELS, Y, k=k)
    assert 0 < expected < 1
    for t in (LABELS, np.eye(4)[LABELS]):
        assert measure(TopKAccuracy(k=k), Y, t) == expected


@pytest.mark.parametrize("k", [1, 2, 3])
def test_top_k_breaks_ties_as_scikit_learn_does(k):
    """Among equal outputs, the class with the higher number comes first."""
    y = RANDOM.integers(0, 3, (500, 4)).astype(np.float64)
    t = RANDOM.integers(0, 4, 500)
    assert measure(TopKAccuracy(k=k), y, t) == top_k_accuracy_score(t, y, k=k, labels=range(4))
    equal, classes = np.zeros((4, 4)), np.arange(4)
    assert measure(TopKAccuracy(k=k), equal, classes) == k / 4
    assert [measure(TopKAccuracy(k=k), equal[:1], classes[i : i + 1]) for i in range(4)] == [0] * (4 - k) + [1] * k


def test_top_1_is_accuracy():
    assert measure(TopKAccuracy(k=1), Y, LABELS) == accuracy_score(LABELS, np.argmax(Y, axis=1))
    p, t = Y[:, :1], (LABELS > 1).astype(np.float32).reshape(-1, 1)
    assert measure(TopKAccuracy(k=1), p, t) == measure(Accuracy(), p, t)


def test_top_k_counts_nan_outputs_as_wrong():
    y = np.full((3, 4), np.nan)
    with warnings.catch_warnings(record=True):
        assert measure(TopKAccuracy(k=3), y, np.array([0, 1, 2])) == 0


def test_top_k_needs_more_than_k_classes():
    """With only k classes, every sample would be correct."""
    assert TopKAccuracy().fewest_classes() == 6
    assert TopKAccuracy(k=1).fewest_classes() == 2
    assert Accuracy().fewest_classes() == 1
