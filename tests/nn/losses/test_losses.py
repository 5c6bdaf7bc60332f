"""Losses against scikit-learn and naive formulas, even for inputs at which those overflow."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, huber, softmax
from sklearn.metrics import log_loss, mean_absolute_error, mean_squared_error

from nncli.nn.engine.ops import Ops
from nncli.nn.losses.binary_crossentropy import BinaryCrossentropy
from nncli.nn.losses.categorical_crossentropy import CategoricalCrossentropy
from nncli.nn.losses.huber import Huber
from nncli.nn.losses.mean_absolute_error import MeanAbsoluteError
from nncli.nn.losses.mean_squared_error import MeanSquaredError
from nncli.nn.optimizers.base import StepScalars
from nncli.nn.optimizers.sgd import SGD
from tests.contracts.parts import PRECISIONS, examples, name_of, ops_for, take_step, targets_for

RANDOM = np.random.default_rng(0)
Y, T = RANDOM.normal(size=(20, 3)), RANDOM.normal(size=(20, 3))
BITS = RANDOM.integers(0, 2, (20, 3)).astype(np.float64)
LABELS = RANDOM.integers(0, 3, 20)
TOLERANCE = {"float32": 2e-6, "float64": 1e-13, "book": 2e-6}


def mean_loss(loss, y, t, precision: str = "float64") -> float:
    """Return the data loss that training reports."""
    return float(np.mean(loss.forward(y, t, ops_for(precision))[1], dtype=np.float64))


@pytest.mark.parametrize("precision", PRECISIONS)
def test_mean_losses_match_scikit_learn(precision):
    """The mean is over samples and outputs, so the binary loss of three outputs is the mean of three losses."""
    dtype = ops_for(precision).dtype
    y, t, bits = Y.astype(dtype), T.astype(dtype), BITS.astype(dtype)
    columns = [log_loss(BITS[:, i], expit(Y[:, i])) for i in range(3)]
    for loss, target, expected in [
        (MeanSquaredError(), t, mean_squared_error(T, Y)),
        (MeanAbsoluteError(), t, mean_absolute_error(T, Y)),
        (BinaryCrossentropy(), bits, np.mean(columns)),
        (CategoricalCrossentropy(), LABELS, log_loss(LABELS, softmax(Y, axis=1))),
    ]:
        assert mean_loss(loss, y, target, precision) == pytest.approx(expected, rel=TOLERANCE[precision])


def test_sample_losses_match_naive_formulas():
    p, q = expit(Y), softmax(Y, axis=1)
    for loss, t, sample_loss in [
        (MeanSquaredError(), T, lambda n: sum((T[n, i] - Y[n, i]) ** 2 for i in range(3)) / 3),
        (MeanAbsoluteError(), T, lambda n: sum(abs(T[n, i] - Y[n, i]) for i in range(3)) / 3),
        (Huber(delta=0.8), T, lambda n: sum(huber(0.8, T[n, i] - Y[n, i]) for i in range(3)) / 3),
        (
            BinaryCrossentropy(),
            BITS,
            lambda n: -np.mean([np.log(a if b else 1 - a) for a, b in zip(p[n], BITS[n], strict=True)]),
        ),
        (CategoricalCrossentropy(), LABELS, lambda n: -np.log(q[n, LABELS[n]])),
    ]:
        losses = loss.forward(Y, t, Ops.float64())[1]
        np.testing.assert_allclose(losses, [sample_loss(n) for n in range(20)], rtol=1e-12)


@pytest.mark.parametrize("loss", examples("loss"), ids=name_of)
@pytest.mark.parametrize("precision", PRECISIONS)
def test_predictions_are_those_of_the_activation(loss, precision):
    """A fused loss may compute them by a more stable formula than the activation, which changes the last bits."""
    y = Y.astype(ops_for(precision).dtype)
    expected = y if loss.activation is None else loss.activation().forward(y, ops_for(precision))[0]
    np.testing.assert_array_equal(loss.predictions(y, ops_for(precision)), expected)
    predictions = loss.forward(y, targets_for(loss, y, np.random.default_rng(0)), ops_for(precision))[0]
    np.testing.assert_allclose(predictions, expected, rtol=0 if precision == "book" else 4 * np.finfo(y.dtype).eps)
    np.testing.assert_array_equal(predictions > 0.5, expected > 0.5)


@pytest.mark.parametrize("loss", examples("loss"), ids=name_of)
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_losses_keep_the_dtype_of_the_precision(loss, precision):
    y = Y.astype(precision)
    predictions, losses, backward = loss.forward(y, targets_for(loss, y, np.random.default_rng(0)), ops_for(precision))
    assert {predictions.dtype, losses.dtype, backward().dtype} == {np.dtype(precision)}


@pytest.mark.parametrize("precision", ["float32", "float64"])
@np.errstate(over="ignore")
def test_binary_loss_is_exact_for_large_logits(precision):
    """σ(±1e4) is 1 or 0; the loss is |z| on the wrong side and 0 on the right one."""
    z = np.array([[1e4], [1e4], [-1e4], [-1e4]], precision)
    t = np.array([[1], [0], [1], [0]], precision)
    predictions, losses, backward = BinaryCrossentropy().forward(z, t, ops_for(precision))
    np.testing.assert_array_equal(losses, [0, 1e4, 1e4, 0])
    np.testing.assert_array_equal(predictions, [[1], [1], [0], [0]])
    np.testing.assert_array_equal(backward(), np.array([[0], [1], [-1], [0]]) / 4)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_categorical_loss_is_exact_for_large_logits(precision):
    z = np.array([[1e4, -1e4, 0], [1e4, -1e4, 0], [0, -1e4, -1e4]], precision)
    _, losses, backward = CategoricalCrossentropy().forward(z, np.array([0, 1, 2]), ops_for(precision))
    np.testing.assert_array_equal(losses, [0, 2e4, 1e4])
    np.testing.assert_allclose(backward(), np.array([[0, 0, 0], [1, -1, 0], [1, 0, -1]]) / 3, rtol=1e-6)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_small_losses_keep_their_digits(precision):
    """For a large logit on the right side, the loss is e⁻ᶻ, not a rounded 0."""
    z = np.array([[30.0]], precision)
    assert mean_loss(BinaryCrossentropy(), z, np.ones((1, 1), precision), precision) == pytest.approx(np.exp(-30.0))


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_huber_is_quadratic_near_zero_and_linear_beyond_delta(precision):
    """Huber 1964; the last two errors equal delta, where both cases agree."""
    error = np.array([[0.0], [0.5], [-0.5], [3], [-3], [1e4], [-1e4], [2], [-2]], precision)
    _, losses, backward = Huber(delta=2.0).forward(error, np.zeros_like(error), ops_for(precision))
    np.testing.assert_array_equal(losses, [0, 0.125, 0.125, 4, 4, 19998, 19998, 2, 2])
    slopes = np.array([[0], [0.5], [-0.5], [2], [-2], [2], [-2], [2], [-2]], precision)
    np.testing.assert_array_equal(backward(), slopes / np.dtype(precision).type(9))


def test_step_along_the_mae_gradient_lowers_the_loss():
    """Erratum 2: the book's gradient has the wrong sign and raises it."""
    y, t, ops = np.array([[3.0], [-3.0]]), np.zeros((2, 1)), Ops("book", np.random.RandomState(0))
    np.testing.assert_array_equal(MeanAbsoluteError().forward(y, t, ops)[2](), [[0.5], [-0.5]])
    before = mean_loss(MeanAbsoluteError(), y, t)
    take_step(SGD(), y, MeanAbsoluteError().forward(y, t, ops)[2](), SGD().init(y, y), StepScalars(0.1), ops)
    assert mean_loss(MeanAbsoluteError(), y, t) < before


def test_mae_gradient_is_zero_for_exact_predictions():
    y = np.array([[1.0, 2.0]])
    np.testing.assert_array_equal(MeanAbsoluteError().forward(y, y.copy(), Ops.float64())[2](), [[0, 0]])


@np.errstate(over="ignore")
def test_book_precision_clips_the_binary_loss():
    """The bits are those of chapter 16's expressions in float32, even when clipping."""
    z = np.array([[-200, -20, -3, 0.5], [200, 20, 3, -0.5]], np.float32)
    t = np.array([[1, 0, 1, 1], [0, 1, 0, 1]], np.uint8)
    ops = ops_for("book")
    _, losses, backward = BinaryCrossentropy().forward(z, t, ops)
    p = 1 / (1 + np.exp(-z))
    clipped = np.clip(p, 1e-7, 1 - 1e-7)
    expected = np.mean(-(t * np.log(clipped) + (1 - t) * np.log(1 - clipped)), axis=-1)
    dinputs = -(t / clipped - (1 - t) / (1 - clipped)) / 4 / 2
    assert losses.tobytes() == expected.tobytes()
    assert backward().tobytes() == (dinputs * (1 - p) * p).tobytes()
    assert losses[0] == pytest.approx((np.log(1e7) + 3.0486 + 0.4741) / 4, rel=1e-3)


def test_book_precision_clips_the_categorical_loss():
    z = np.array([[0, 200, 0], [200, 0, 0]], np.float32)
    _, losses, backward = CategoricalCrossentropy().forward(z, np.array([0, 0]), ops_for("book"))
    assert losses.dtype == np.float32
    np.testing.assert_array_equal(losses, -np.log(np.array([1e-7, 1 - 1e-7], np.float32)))
    np.testing.assert_array_equal(backward(), np.array([[-0.5, 0.5, 0], [0, 0, 0]], np.float32))


def test_book_precision_keeps_the_dtype_of_the_targets():
    """A float64 target makes the gradient float64; in float32, digits would differ from the book."""
    y = Y.astype(np.float32)
    for loss in (MeanSquaredError(), MeanAbsoluteError()):
        for dtype in (np.float32, np.float64):
            assert loss.forward(y, T.astype(dtype), ops_for("book"))[2]().dtype == dtype
