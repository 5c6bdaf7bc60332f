"""Of which epochs the weights are kept, and that they are those of that moment."""

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
from nncli.training.snapshots import BYTES, MAX_BYTES, snapshot_epochs
from tests.contracts.parts import PRECISIONS, small_experiment
from tests.trainings import start


@given(st.integers(1, 10**6), st.integers(0, 500), st.integers(1, 10**7))
def test_from_the_first_to_the_last_and_dense_at_first(epochs, count, parameters):
    found = snapshot_epochs(epochs, count, parameters)
    assert len(found) * parameters * BYTES <= MAX_BYTES
    assert len(found) <= count
    if found:
        assert (found[0], found[-1]) == (0, epochs)
        steps = [later - earlier for earlier, later in pairwise(found)]
        assert all(later - earlier >= -1 for earlier, later in pairwise(steps)), "but for rounding they grow"


def test_about_a_hundred_of_the_books_sine():
    found = snapshot_epochs(10001, 100, 4353)
    assert 95 <= len(found) <= 100
    assert found[:4] == (0, 1, 4, 9)
    assert found[-1] - found[-2] < 210


@pytest.mark.parametrize("precision", PRECISIONS)
def test_they_are_the_weights_after_so_many_epochs(precision, tmp_path):
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
    for kept, whole in zip(model.at_snapshot(12).params.links, model.params.links, strict=True):
        assert kept.keys() == whole.keys()
        assert all((kept[name] == whole[name].astype(np.float32)).all() for name in kept), "float32 is what is kept"
    assert any(model.params.links)
    assert (model.at_snapshot(12).predict(x) == model.predict(x)).all() == (precision != "float64")
    np.testing.assert_allclose(model.at_snapshot(12).predict(x), model.predict(x), rtol=1e-5)
    # Shorter trainings end with what the longer one kept on its way.
    for epochs in (1, 5):
        shorter = nncli.load(nncli.train(tmp_path / "a.yaml", changes | {"train.epochs": epochs}, runs_dir=tmp_path))
        np.testing.assert_allclose(model.at_snapshot(epochs).predict(x), shorter.predict(x), rtol=1e-5)
        assert (model.at_snapshot(epochs).predict(x) != model.predict(x)).all()
    with pytest.raises(UsageError, match="has no snapshot after 13 epochs"):
        model.at_snapshot(13)


def test_none_where_none_are_wanted():
    experiment = small_experiment(train=Train(epochs=4, snapshots=0))
    assert next(iter(start(experiment))).snapshots == ()


def test_taking_them_leaves_training_as_it_is():
    experiment = small_experiment(hidden=(Dense(units=4), BatchNorm(), Relu()))
    left_alone, looked_at = start(experiment), start(experiment)
    for _event in left_alone:
        pass
    for _event in looked_at:
        for array in looked_at.parameters().values():
            array[...] = 0
    one, other = left_alone.arrays(), looked_at.arrays()
    assert all(one[name].tobytes() == other[name].tobytes() for name in one)
