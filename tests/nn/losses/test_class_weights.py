"""Class weights and label smoothing, against scikit-learn's weighted losses and the definition of smoothed targets."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, log_softmax, softmax
from sklearn.metrics import log_loss
from sklearn.utils.class_weight import compute_class_weight

from nncli.nn.engine.ops import Ops
from nncli.nn.losses.binary_crossentropy import BinaryCrossentropy
from nncli.nn.losses.categorical_crossentropy import CategoricalCrossentropy
from nncli.nn.losses.class_weights import balanced
from nncli.nn.losses.mean_squared_error import MeanSquaredError
from tests.contracts.parts import PRECISIONS, examples, name_of, ops_for

RANDOM = np.random.default_rng(0)
Y = RANDOM.normal(size=(40, 3))
LABELS = RANDOM.choice(3, 40, p=[0.6, 0.3, 0.1])
COLUMN = (LABELS > 0).astype(np.float64).reshape(-1, 1)
ROWS = np.eye(3)[LABELS]
CLASSES = {"low": 0, "medium": 1, "high": 2, "HIGH": 2}
WEIGHTS = (0.5, 2.0, 3.25)
TOLERANCE = {"float32": 2e-6, "float64": 1e-13, "book": 2e-6}


def of_samples(loss, y, t, precision: str = "float64"):
    """The loss of each sample, and the slope times the number of samples."""
    dtype = ops_for(precision).dtype
    t = t if loss.targets == "labels" else t.astype(dtype)
    _, losses, backward = loss.forward(y.astype(dtype), t, ops_for(precision))
    losses = losses.astype(np.float64)
    return losses, backward() * np.float64(len(y))


@pytest.mark.parametrize("precision", PRECISIONS)
def test_weighted_losses_against_scikit_learn(precision):
    """Its mean is over the sum of the weights, ours over the number of samples."""
    for loss, y, t, p, true in [
        (CategoricalCrossentropy(class_weights=WEIGHTS), Y, LABELS, softmax(Y, axis=1), LABELS),
        (BinaryCrossentropy(class_weights=WEIGHTS[:2]), Y[:, :1], COLUMN, expit(Y[:, 0]), COLUMN[:, 0].astype(int)),
    ]:
        weights = np.array(WEIGHTS)[true]
        expected = log_loss(true, p, sample_weight=weights) * weights.sum() / len(true)
        assert np.mean(of_samples(loss, y, t, precision)[0]) == pytest.approx(expected, rel=TOLERANCE[precision])


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize(
    ("cls", "y", "t", "true"),
    [
        (CategoricalCrossentropy, Y, LABELS, LABELS),
        (BinaryCrossentropy, Y[:, :1], COLUMN, COLUMN[:, 0].astype(int)),
        (BinaryCrossentropy, Y, ROWS, LABELS),
    ],
    ids=["categorical", "binary of one output", "binary of an output a class"],
)
def test_a_weight_multiplies_the_loss_and_the_slope_of_each_sample(cls, y, t, true, precision):
    weights = WEIGHTS if y.shape[1] > 1 else WEIGHTS[:2]
    losses, slopes = of_samples(cls(), y, t, precision)
    weighed, weighed_slopes = of_samples(cls(class_weights=weights), y, t, precision)
    of_each = np.array(weights)[true]
    np.testing.assert_allclose(weighed, losses * of_each, rtol=2 * np.finfo(ops_for(precision).dtype).eps)
    np.testing.assert_allclose(weighed_slopes, slopes * of_each.reshape(-1, 1), rtol=TOLERANCE[precision])


@pytest.mark.parametrize("t", [LABELS, LABELS.astype(np.uint8), ROWS, ROWS.astype(np.float32)], ids=lambda t: t.dtype)
def test_balanced_weights_are_those_of_scikit_learn(t):
    expected = compute_class_weight("balanced", classes=np.arange(3), y=LABELS)
    assert balanced(t, 3) == tuple(expected)
    assert expected.max() > 2 * expected.min()


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_balanced_weights_of_a_single_output(dtype):
    assert balanced(np.array([[0], [0], [0], [1]], dtype), 2) == (4 / 6, 4 / 2)


def test_a_class_that_has_no_targets_counts_as_it_is():
    """And those that have some count alike, 1 in the mean over the samples, as if there were no other."""
    assert balanced(np.array([0, 0, 0, 2]), 4) == (4 / 6, 1.0, 4 / 2, 1.0)


@pytest.mark.parametrize("loss", examples("loss"), ids=name_of)
def test_only_balanced_weights_are_fitted(loss):
    assert loss.with_class_weights(LABELS, CLASSES) == loss
    assert loss.given_class_weights() is None


@pytest.mark.parametrize("cls", [BinaryCrossentropy, CategoricalCrossentropy])
def test_fitted_has_the_numbers(cls):
    given = cls(class_weights=WEIGHTS)
    assert given.with_class_weights(LABELS, CLASSES) == given
    assert given.given_class_weights() == WEIGHTS
    loss = cls(class_weights="balanced")
    assert loss.with_class_weights(LABELS, CLASSES) == cls(class_weights=balanced(LABELS, 3))
    with pytest.raises(TypeError, match="class_weights are still balanced"):
        loss.forward(Y, LABELS if loss.targets == "labels" else ROWS, Ops.float64())


@pytest.mark.parametrize("cls", [BinaryCrossentropy, CategoricalCrossentropy])
@pytest.mark.parametrize(
    ("by_name", "expected"),
    [({"HIGH": 5.0}, (1, 1, 5)), ({"medium": 0.5, "low": 2.0}, (2, 0.5, 1)), ({}, (1, 1, 1))],
)
def test_weights_by_name_are_1_for_classes_that_are_not_named(cls, by_name, expected):
    loss = cls(class_weights=by_name)
    assert loss.with_class_weights(LABELS, CLASSES) == cls(class_weights=expected)
    with pytest.raises(TypeError, match=r"class_weights are still \{"):
        loss.forward(Y, LABELS if loss.targets == "labels" else ROWS, Ops.float64())


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("smoothing", [0.1, 0.6])
def test_label_smoothing_is_the_loss_of_smoothed_targets(smoothing, precision):
    """t (1 - s) + s / k in place of a 1 at the class, as in Keras."""
    q = ROWS * (1 - smoothing) + smoothing / 3
    losses, slopes = of_samples(CategoricalCrossentropy(label_smoothing=smoothing), Y, LABELS, precision)
    np.testing.assert_allclose(losses, -np.sum(q * log_softmax(Y, axis=1), axis=1), rtol=TOLERANCE[precision])
    np.testing.assert_allclose(slopes, softmax(Y, axis=1) - q, atol=4 * np.finfo(ops_for(precision).dtype).eps)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_label_smoothing_far_out(precision):
    """-Σ q log p: the shared part is as far off as the logits are apart."""
    z = np.array([[1e4, -1e4], [-1e4, 1e4]], precision)
    loss = CategoricalCrossentropy(label_smoothing=0.5)
    _, losses, backward = loss.forward(z, np.array([0, 0]), ops_for(precision))
    np.testing.assert_array_equal(losses, [0.25 * 2e4, 0.75 * 2e4])
    np.testing.assert_array_equal(backward(), np.array([[0.25, -0.25], [-0.75, 0.75]]) / 2)


def test_book_precision_clips_the_smoothed_loss_too():
    z = np.array([[200.0, 0]], np.float32)
    _, losses, _ = CategoricalCrossentropy(label_smoothing=0.5).forward(z, np.array([0]), ops_for("book"))
    assert losses[0] == pytest.approx(-0.25 * np.log(1e-7), rel=1e-6)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("cls", [BinaryCrossentropy, CategoricalCrossentropy])
def test_weights_of_1_have_the_bits_of_none(cls, precision):
    t = LABELS if cls.targets == "labels" else ROWS
    for plain, weighed in zip(
        of_samples(cls(), Y, t, precision), of_samples(cls(class_weights=(1.0, 1.0, 1.0)), Y, t, precision), strict=True
    ):
        assert plain.tobytes() == weighed.tobytes()


def test_other_losses_know_no_classes():
    assert MeanSquaredError().with_class_weights(ROWS, CLASSES) == MeanSquaredError()
