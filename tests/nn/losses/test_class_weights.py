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
from nncli.nn.losses.class_weights import balanced_weights
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


def losses_and_gradients(loss, y, t, precision: str = "float64"):
    """Return the loss of each sample, and the gradient times the number of samples."""
    dtype = ops_for(precision).dtype
    t = t if loss.targets == "labels" else t.astype(dtype)
    _, losses, backward = loss.forward(y.astype(dtype), t, ops_for(precision))
    losses = losses.astype(np.float64)
    return losses, backward() * np.float64(len(y))


@pytest.mark.parametrize("precision", PRECISIONS)
def test_weighted_losses_match_scikit_learn(precision):
    """Its mean divides by the sum of the weights, nncli's by the number of samples."""
    for loss, y, t, p, true in [
        (CategoricalCrossentropy(class_weights=WEIGHTS), Y, LABELS, softmax(Y, axis=1), LABELS),
        (BinaryCrossentropy(class_weights=WEIGHTS[:2]), Y[:, :1], COLUMN, expit(Y[:, 0]), COLUMN[:, 0].astype(int)),
    ]:
        weights = np.array(WEIGHTS)[true]
        expected = log_loss(true, p, sample_weight=weights) * weights.sum() / len(true)
        assert np.mean(losses_and_gradients(loss, y, t, precision)[0]) == pytest.approx(
            expected, rel=TOLERANCE[precision]
        )


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize(
    ("cls", "y", "t", "true"),
    [
        (CategoricalCrossentropy, Y, LABELS, LABELS),
        (BinaryCrossentropy, Y[:, :1], COLUMN, COLUMN[:, 0].astype(int)),
        (BinaryCrossentropy, Y, ROWS, LABELS),
    ],
    ids=["categorical", "binary, one output", "binary, one output per class"],
)
def test_weight_multiplies_the_loss_and_the_gradient_of_each_sample(cls, y, t, true, precision):
    weights = WEIGHTS if y.shape[1] > 1 else WEIGHTS[:2]
    losses, slopes = losses_and_gradients(cls(), y, t, precision)
    weighted, weighted_slopes = losses_and_gradients(cls(class_weights=weights), y, t, precision)
    sample_weights = np.array(weights)[true]
    np.testing.assert_allclose(weighted, losses * sample_weights, rtol=2 * np.finfo(ops_for(precision).dtype).eps)
    np.testing.assert_allclose(weighted_slopes, slopes * sample_weights.reshape(-1, 1), rtol=TOLERANCE[precision])


@pytest.mark.parametrize("t", [LABELS, LABELS.astype(np.uint8), ROWS, ROWS.astype(np.float32)], ids=lambda t: t.dtype)
def test_balanced_weights_are_those_of_scikit_learn(t):
    expected = compute_class_weight("balanced", classes=np.arange(3), y=LABELS)
    assert balanced_weights(t, 3) == tuple(expected)
    assert expected.max() > 2 * expected.min()


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_balanced_weights_of_a_single_output(dtype):
    assert balanced_weights(np.array([[0], [0], [0], [1]], dtype), 2) == (4 / 6, 4 / 2)


def test_balanced_weight_of_a_class_without_targets_is_1():
    """The classes with targets are balanced as if there were no others."""
    assert balanced_weights(np.array([0, 0, 0, 2]), 4) == (4 / 6, 1.0, 4 / 2, 1.0)


@pytest.mark.parametrize("loss", examples("loss"), ids=name_of)
def test_losses_have_no_class_weights_by_default(loss):
    assert loss.with_class_weights(LABELS, CLASSES) == loss
    assert loss.current_class_weights() is None


@pytest.mark.parametrize("cls", [BinaryCrossentropy, CategoricalCrossentropy])
def test_with_class_weights_replaces_balanced_by_numbers(cls):
    loss = cls(class_weights=WEIGHTS)
    assert loss.with_class_weights(LABELS, CLASSES) == loss
    assert loss.current_class_weights() == WEIGHTS
    loss = cls(class_weights="balanced")
    assert loss.with_class_weights(LABELS, CLASSES) == cls(class_weights=balanced_weights(LABELS, 3))
    message = "^class_weights are still balanced; call `with_class_weights` on the loss first$"
    with pytest.raises(TypeError, match=message):
        loss.forward(Y, LABELS if loss.targets == "labels" else ROWS, Ops.float64())


@pytest.mark.parametrize("cls", [BinaryCrossentropy, CategoricalCrossentropy])
@pytest.mark.parametrize(
    ("by_name", "expected"),
    [({"HIGH": 5.0}, (1, 1, 5)), ({"medium": 0.5, "low": 2.0}, (2, 0.5, 1)), ({}, (1, 1, 1))],
)
def test_weights_by_name_are_1_for_other_classes(cls, by_name, expected):
    loss = cls(class_weights=by_name)
    assert loss.with_class_weights(LABELS, CLASSES) == cls(class_weights=expected)
    with pytest.raises(
        TypeError, match=r"^class_weights are still \{.*\}; call `with_class_weights` on the loss first$"
    ):
        loss.forward(Y, LABELS if loss.targets == "labels" else ROWS, Ops.float64())


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("smoothing", [0.1, 0.6])
def test_label_smoothing_is_the_loss_of_smoothed_targets(smoothing, precision):
    """As in Keras, the target is t (1 - s) + s / k."""
    q = ROWS * (1 - smoothing) + smoothing / 3
    losses, slopes = losses_and_gradients(CategoricalCrossentropy(label_smoothing=smoothing), Y, LABELS, precision)
    np.testing.assert_allclose(losses, -np.sum(q * log_softmax(Y, axis=1), axis=1), rtol=TOLERANCE[precision])
    np.testing.assert_allclose(slopes, softmax(Y, axis=1) - q, atol=4 * np.finfo(ops_for(precision).dtype).eps)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_label_smoothing_is_exact_for_large_logits(precision):
    """In -Σ q log p, log p of the wrong class is minus the difference of the logits."""
    z = np.array([[1e4, -1e4], [-1e4, 1e4]], precision)
    loss = CategoricalCrossentropy(label_smoothing=0.5)
    _, losses, backward = loss.forward(z, np.array([0, 0]), ops_for(precision))
    np.testing.assert_array_equal(losses, [0.25 * 2e4, 0.75 * 2e4])
    np.testing.assert_array_equal(backward(), np.array([[0.25, -0.25], [-0.75, 0.75]]) / 2)


def test_book_precision_clips_the_smoothed_loss():
    z = np.array([[200.0, 0]], np.float32)
    _, losses, _ = CategoricalCrossentropy(label_smoothing=0.5).forward(z, np.array([0]), ops_for("book"))
    assert losses[0] == pytest.approx(-0.25 * np.log(1e-7), rel=1e-6)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("cls", [BinaryCrossentropy, CategoricalCrossentropy])
def test_weights_of_1_change_no_bit(cls, precision):
    t = LABELS if cls.targets == "labels" else ROWS
    for plain, weighted in zip(
        losses_and_gradients(cls(), Y, t, precision),
        losses_and_gradients(cls(class_weights=(1.0, 1.0, 1.0)), Y, t, precision),
        strict=True,
    ):
        assert plain.tobytes() == weighted.tobytes()


def test_other_losses_ignore_class_weights():
    assert MeanSquaredError().with_class_weights(ROWS, CLASSES) == MeanSquaredError()
