"""Clipping: worked out by hand for a few numbers, and in training, where it limits the length of steps."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.events import EpochEnded
from nncli.experiment import Train
from nncli.nn.activations.relu import Relu
from nncli.nn.layers.dense import Dense
from nncli.nn.layers.dropout import Dropout
from nncli.nn.losses.mean_squared_error import MeanSquaredError
from nncli.nn.optimizers.adam import Adam
from nncli.nn.optimizers.sgd import SGD
from tests.contracts.parts import PRECISIONS, ops_for, small_experiment
from tests.trainings import start

every_precision = pytest.mark.parametrize("precision", PRECISIONS)
DTYPES = {"float32": (np.float32,), "float64": (np.float64,), "book": (np.float32, np.float64)}


def clip(optimizer, precision: str, *vectors) -> list[np.ndarray]:
    """Clip vectors as gradients of a precision; book precision has a vector for each of its dtypes."""
    dtypes = DTYPES[precision] * (len(vectors) // len(DTYPES[precision]))
    grads = [np.array(vector, dtype) for vector, dtype in zip(vectors, dtypes, strict=True)]
    clipped = [*optimizer.clip(grads, ops_for(precision))]
    assert [g.dtype for g in clipped] == list(dtypes)
    return clipped


@every_precision
def test_clip_norm_limits_all_vectors_together(precision):
    """|(3, 0, 0, -4)| = 5."""
    first, second = clip(SGD(clip_norm=2.5), precision, [3, 0], [0, -4])
    np.testing.assert_allclose(first, [1.5, 0])
    np.testing.assert_allclose(second, [0, -2])


@every_precision
def test_gradient_below_the_limits_keeps_its_bits(precision):
    vectors = [[0.1, -2.0, 0.0], [1e-30, 0.7, -0.0]]
    unclipped = clip(SGD(), precision, *vectors)
    for limits in ({"clip_norm": 2.3}, {"clip_value": 2.1}, {"clip_norm": 1e9, "clip_value": 1e9}):
        clipped = clip(SGD(**limits), precision, *vectors)
        assert [g.tobytes() for g in clipped] == [g.tobytes() for g in unclipped]


@every_precision
def test_clip_value_limits_each_entry(precision):
    first, second = clip(SGD(clip_value=0.5), precision, [3, 0.25], [-0.5, -4])
    assert first.tolist() == [0.5, 0.25]
    assert second.tolist() == [-0.5, -0.5]


@every_precision
def test_entries_are_clipped_before_the_norm(precision):
    """(3, 4) becomes (3, 3), which is then scaled to a norm of 1."""
    first, second = clip(SGD(clip_value=3.0, clip_norm=1.0), precision, [3, 0], [0, 4])
    np.testing.assert_allclose([*first, *second], [0.5**0.5, 0, 0, 0.5**0.5], rtol=1e-7)


@every_precision
def test_zero_gradient_stays_zero(precision):
    assert not np.any(clip(SGD(clip_norm=1.0, clip_value=1.0), precision, [0, 0], [0, 0]))


@every_precision
def test_norm_does_not_overflow_in_float32(precision):
    first, second = clip(SGD(clip_norm=1.0), precision, [3e30, 0], [0, 4e30])
    np.testing.assert_allclose([*first, *second], [0.6, 0, 0, 0.8], rtol=1e-6)


@every_precision
@pytest.mark.parametrize("number", [np.inf, np.nan])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_clipping_does_not_hide_infinity_or_nan(precision, number):
    first, _ = clip(SGD(clip_norm=1.0), precision, [number, 1], [1, 1])
    assert np.isnan(first[0])


def train(optimizer, precision: str, weight_l2: float) -> tuple[list[EpochEnded], np.ndarray]:
    """Train with one step per epoch, in book precision with gradients of both dtypes; return epochs and moves of p."""
    hidden = (Dense(units=5, activation=Relu(), weight_l2=weight_l2), Dropout(rate=0.25))
    settings = {"optimizer": optimizer, "precision": precision, "train": Train(epochs=6)}
    training = start(small_experiment(MeanSquaredError(), hidden, **settings))
    points, epochs = [np.concatenate(training.checkpoint.params.vectors)], []
    for event in training:
        if isinstance(event, EpochEnded):
            epochs.append(event)
            points.append(np.concatenate(training.checkpoint.params.vectors))
    return epochs, np.diff(points, axis=0)


@every_precision
def test_clip_norm_limits_the_length_of_steps(precision):
    """The gradient of the penalty counts: without it, gradients stay below the limit."""
    for weight_l2, at_the_limit in ((50.0, True), (0.0, False)):
        _, moves = train(SGD(learning_rate=0.001, clip_norm=10.0), precision, weight_l2)
        lengths = [float(np.linalg.norm(move)) for move in moves]
        assert len(lengths) == 6
        assert (lengths == pytest.approx([0.01] * 6, rel=1e-4)) == at_the_limit
        assert max(lengths) < 0.01 * (1 + 1e-4)


@every_precision
def test_clip_value_limits_each_entry_of_steps(precision):
    _, moves = train(SGD(learning_rate=0.001, clip_value=2.0), precision, 50.0)
    assert np.abs(moves).max(axis=1) == pytest.approx([0.002] * 6, rel=1e-4)


@every_precision
def test_limits_that_are_not_reached_change_no_bit(precision):
    limits = ({}, {"clip_norm": 1e6}, {"clip_value": 1e6})
    first, *others = (train(Adam(learning_rate=0.01, **each), precision, 0.1) for each in limits)
    for epochs, moves in others:
        assert epochs == first[0]
        assert moves.tobytes() == first[1].tobytes()
