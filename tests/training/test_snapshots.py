"""Snapshots: which epochs have one, and that they equal the weights after these epochs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nncli
from nncli.errors import UsageError
from nncli.experiment import Train
from nncli.nn.activations.relu import Relu
from nncli.nn.layers.batch_norm import BatchNorm
from nncli.nn.layers.dense import Dense
from nncli.training.snapshots import BYTES_PER_WEIGHT, MAX_BYTES, snapshot_epochs
from tests.contracts.parts import PRECISIONS, small_experiment
from tests.trainings import start


@given(st.integers(1, 10**6), st.integers(0, 500), st.integers(1, 10**7))
def test_snapshots_are_dense_at_first_and_end_at_the_last_epoch(epochs, count, parameters):
    epochs_kept = snapshot_epochs(epochs, count, parameters)
    assert len(epochs_kept) * parameters * BYTES_PER_WEIGHT <= MAX_BYTES
    assert len(epochs_kept) <= count
    if epochs_kept:
        assert (epochs_kept[0], epochs_kept[-1]) == (0, epochs)
        steps = [later - earlier for earlier, later in pairwise(epochs_kept)]
        assert all(later - earlier >= -1 for earlier, later in pairwise(steps)), "steps grow, except for rounding"


def test_book_sine_has_about_a_hundred_snapshots():
    epochs_kept = snapshot_epochs(10001, 100, 4353)
    assert 95 <= len(epochs_kept) <= 100
    assert epochs_kept[:4] == (0, 1, 4, 9)
    assert epochs_kept[-1] - epochs_kept[-2] < 210


@pytest.mark.parametrize("precision", PRECISIONS)
def test_snapshots_are_the_weights_after_their_epochs(precision, tmp_path):
    text = """
data: {type: sine, samples: 20}
layers: [{type: dense, units: 4, activation: tanh}, {type: batch_norm}, {type: dense, units: 1}]
loss: mse
train: {epochs: 12, batch_size: 8}
"""
    (tmp_path / "a.yaml").write_text(text)
    changes = {"precision": precision}
    model = nncli.load(nncli.train(tmp_path / "a.yaml", changes, runs_dir=tmp_path))
    assert model.snapshots() == [*range(13)]
    x = [[0.1], [0.7]]
    for snapshot, final in zip(model.after(12).params.links, model.params.links, strict=True):
        assert snapshot.keys() == final.keys()
        assert all((snapshot[name] == final[name].astype(np.float32)).all() for name in snapshot), (
            "snapshots are float32"
        )
    assert any(model.params.links)
    assert (model.after(12).predict(x) == model.predict(x)).all() == (precision != "float64")
    np.testing.assert_allclose(model.after(12).predict(x), model.predict(x), rtol=1e-5)
    # A shorter training ends with the snapshot of the longer one.
    for epochs in (1, 5):
        shorter = nncli.load(nncli.train(tmp_path / "a.yaml", changes | {"train.epochs": epochs}, runs_dir=tmp_path))
        np.testing.assert_allclose(model.after(epochs).predict(x), shorter.predict(x), rtol=1e-5)
        assert (model.after(epochs).predict(x) != model.predict(x)).all()
    with pytest.raises(UsageError, match="has no snapshot after 13 epochs"):
        model.after(13)


def test_zero_snapshots_takes_none():
    experiment = small_experiment(train=Train(epochs=4, snapshots=0))
    assert next(iter(start(experiment))).snapshots == ()


def test_changing_snapshot_arrays_does_not_affect_training():
    experiment = small_experiment(hidden=(Dense(units=4), BatchNorm(), Relu()))
    undisturbed, inspected = start(experiment), start(experiment)
    for _event in undisturbed:
        pass
    for _event in inspected:
        for array in inspected.parameters().values():
            array[...] = 0
    first, second = undisturbed.arrays(), inspected.arrays()
    assert all(first[name].tobytes() == second[name].tobytes() for name in first)
