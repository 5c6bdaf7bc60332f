"""Steps that are recorded: what is kept of them, and for how long."""

from __future__ import annotations

import gc
import weakref

import pytest

from nncli.data.nnfs_sets import Sine, Spiral
from nncli.nn import recording
from nncli.nn.activations import Softmax
from nncli.nn.crossentropies import BinaryCrossentropy, CategoricalCrossentropy
from nncli.nn.layers.dense import Dense
from nncli.nn.losses import MeanSquaredError
from nncli.training import start
from tests.contracts.parts import PRECISIONS, small_experiment

LOSSES = {
    MeanSquaredError(): Sine(samples=24),
    BinaryCrossentropy(): Spiral(samples=8, classes=2),
    CategoricalCrossentropy(): Spiral(samples=8, classes=3),
}


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize(("loss", "data"), LOSSES.items(), ids=[loss.type for loss in LOSSES])
def test_nothing_of_a_training_stays_when_it_is_gone(loss, data, precision, monkeypatch):
    """What is played back holds all arrays of a step; what watched them must not keep it alive."""
    made = []

    class Noted(recording.Replay):
        def __init__(self, calls):
            super().__init__(calls)
            made.append(weakref.ref(self))

    monkeypatch.setattr(recording, "Replay", Noted)
    hidden = (Dense(units=64, activation=Softmax()),)
    training = start(small_experiment(loss, hidden, data=data, precision=precision))
    assert [*training]
    training.evaluate()
    assert len(made) >= 2
    del training
    gc.collect()
    assert [reference() for reference in made] == [None] * len(made)
