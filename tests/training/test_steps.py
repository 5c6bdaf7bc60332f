"""Recorded steps: their memory and the planner's passes."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

from nncli.data.nnfs_sets import Sine, Spiral
from nncli.errors import UsageError
from nncli.events import EpochEnded
from nncli.experiment import Train
from nncli.nn.activations.softmax import Softmax
from nncli.nn.engine import plan
from nncli.nn.engine.replay import Replay
from nncli.nn.layers.dense import Dense
from nncli.nn.layers.dropout import Dropout
from nncli.nn.losses.binary_crossentropy import BinaryCrossentropy
from nncli.nn.losses.categorical_crossentropy import CategoricalCrossentropy
from nncli.nn.losses.mean_squared_error import MeanSquaredError
from nncli.training import steps
from tests.contracts.parts import PRECISIONS, small_experiment
from tests.trainings import start

LOSSES = {
    MeanSquaredError(): Sine(samples=24),
    BinaryCrossentropy(): Spiral(samples=8, classes=2),
    CategoricalCrossentropy(): Spiral(samples=8, classes=3),
}


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize(("loss", "data"), LOSSES.items(), ids=[loss.type for loss in LOSSES])
def test_recorded_steps_are_freed_with_their_training(loss, data, precision, monkeypatch):
    """A replay holds all arrays of a step; the recording that watched them must not keep it alive."""
    replays = []

    class TrackedReplay(Replay):
        def __init__(self, calls):
            super().__init__(calls)
            replays.append(weakref.ref(self))

    monkeypatch.setattr(steps, "Replay", TrackedReplay)
    hidden = (Dense(units=64, activation=Softmax()),)
    training = start(small_experiment(loss, hidden, data=data, precision=precision))
    assert [*training]
    training.evaluate()
    assert len(replays) >= 2
    del training
    gc.collect()
    assert [reference() for reference in replays] == [None] * len(replays)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("batch_size", [None, 10])
def test_epochs_after_the_second_allocate_no_arrays(precision, batch_size, monkeypatch):
    """Steps of both batch sizes, the penalty in book precision, and validation metrics."""
    sizes = []
    monkeypatch.setattr(plan, "aligned_block", lambda size: sizes.append(size) or np.empty(size, np.uint8))
    hidden = (Dense(units=64, weight_l2=0.01, bias_l1=0.01), Dropout(rate=0.2))
    data, train = Sine(samples=24, validation={"samples": 7}), Train(epochs=6, batch_size=batch_size)
    training = start(small_experiment(MeanSquaredError(), hidden, data=data, precision=precision, train=train))
    counts = [len(sizes) for event in training if isinstance(event, EpochEnded)]
    assert counts[1:] == [counts[1]] * 5
    assert counts[1] > 0


@pytest.mark.parametrize("precision", PRECISIONS)
def test_skipped_passes_change_no_bit(precision, monkeypatch):
    rows = []
    for skipped in ("", ",".join(plan.PASSES), " share , types"):
        monkeypatch.setenv(plan.SKIP_PASSES, skipped)
        training = start(small_experiment(precision=precision))
        rows.append([event.metrics for event in training if isinstance(event, EpochEnded)])
    assert rows[0] == rows[1] == rows[2]


def test_unknown_pass_is_refused(monkeypatch):
    monkeypatch.setenv(plan.SKIP_PASSES, "share,in-place")
    with pytest.raises(
        UsageError, match=r'^error: NNCLI_SKIP_PASSES: unknown pass "in-place"\nhint: choose from .*, in_place, '
    ):
        [*start(small_experiment())]
