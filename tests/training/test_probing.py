"""Probes during training: when they are taken, that they change no bit, and what they say of divergence."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nncli.data.nnfs_sets import Sine
from nncli.events import EpochEnded, TrainingEnded
from nncli.experiment import Train
from nncli.nn.activations.relu import Relu
from nncli.nn.activations.tanh import Tanh
from nncli.nn.engine.ops import Ops
from nncli.nn.layers.batch_norm import BatchNorm
from nncli.nn.layers.dense import Dense
from nncli.nn.layers.dropout import Dropout
from nncli.nn.losses.mean_squared_error import MeanSquaredError
from nncli.nn.network import Network
from nncli.nn.optimizers.sgd import SGD
from nncli.training.probes import probe
from nncli.training.probing import schedule
from tests.contracts.parts import PRECISIONS, small_experiment
from tests.trainings import resume, start

HIDDEN = (Dense(units=6, activation=Relu(), weight_l2=0.01), BatchNorm(), Dropout(rate=0.4), Dense(units=4), Tanh())


def experiment(epochs=9, batch_size=None, hidden=HIDDEN, **fields):
    train = Train(epochs=epochs, batch_size=batch_size)
    data = Sine(samples=30, validation={"samples": 7})
    return small_experiment(MeanSquaredError(), hidden, **{"train": train, "data": data, **fields})


def probed(training):
    """Train; return the metrics of all epochs, and the rows by epoch as a writer keeps them."""
    metrics, rows = [], {}
    for event in training:
        if isinstance(event, EpochEnded):
            metrics.append(event.metrics)
        for row in training.probe_rows(always=isinstance(event, TrainingEnded)):
            rows[row["epoch"]] = row
    return metrics, rows


def plain(training):
    return [event.metrics for event in training if isinstance(event, EpochEnded)]


@pytest.mark.parametrize("batch_size", [None, 8])
@pytest.mark.parametrize("precision", PRECISIONS)
def test_training_has_the_same_bits_with_probes(precision, batch_size):
    undisturbed, measured = (start(experiment(precision=precision, batch_size=batch_size)) for _ in range(2))
    metrics = plain(undisturbed)
    assert probed(measured)[0] == metrics
    first, second = undisturbed.arrays(), measured.arrays()
    assert first.keys() == second.keys()
    assert all(first[name].tobytes() == second[name].tobytes() for name in first)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_rows_measure_the_weights_after_their_epochs(precision):
    training = start(experiment(precision=precision, hidden=(Dense(units=4, activation=Relu()),)))
    ops = Ops(precision, np.random.RandomState(0), training=False)
    weights, expected, rows = [], [], {}
    for event in training:
        if not isinstance(event, TrainingEnded):
            params = training.checkpoint.params
            weights.append([params.links[i]["weights"].astype(float) for i in (0, 2)])
            expected.append(probe(training.plan.network, params, training.plan.training, ops, len(expected)).as_row())
        for row in training.probe_rows(always=False):
            rows[row["epoch"]] = row
    assert list(rows) == [*range(10)]
    for epoch, (before, after) in enumerate(pairwise(weights)):
        ratios = [layer.pop("update_ratio") for layer in rows[epoch]["layers"]]
        exact = [np.linalg.norm(b - a) / np.linalg.norm(a) for a, b in zip(before, after, strict=True)]
        assert ratios == pytest.approx(exact, rel=1e-6)
    assert [layer.pop("update_ratio") for layer in rows[9]["layers"]] == [None, None]
    for row in expected:
        for layer in row["layers"]:
            assert layer.pop("update_ratio") is None
    # The copied weights are not adjacent in memory, as those of the network are, so that sums may be rounded otherwise.
    assert [_flat(rows[epoch]) for epoch in rows] == [pytest.approx(_flat(row), rel=1e-4, abs=1e-9) for row in expected]


def _flat(row):
    """Return the numbers of a row by name; other values are the same in all rows."""
    names = [(layer["activation"], layer["dead"] is None, layer["saturated"] is None) for layer in row["layers"]]
    assert names == [("relu", False, True), (None, True, True)]
    numbers = {f"{layer['layer']} {name}": value for layer in row["layers"] for name, value in layer.items()}
    numbers |= {name: value for name, value in row.items() if name != "layers"}
    return {name: value for name, value in numbers.items() if isinstance(value, int | float)}


def test_resumed_training_takes_the_same_probes():
    whole = experiment(epochs=40, hidden=(Dense(units=4, activation=Relu()),))
    _, rows = probed(start(whole))
    for stop_after in (0, 3, 4, 5, 17):
        stopped, before = start(whole), {}
        for event in stopped:
            for row in stopped.probe_rows(always=False):
                before[row["epoch"]] = row
            if isinstance(event, EpochEnded) and event.epoch == stop_after:
                break
        kept = {epoch: row for epoch, row in before.items() if epoch < stop_after + 1}
        _, after = probed(resume(whole, stopped.arrays(), "here"))
        assert kept | after == rows


def test_rows_before_divergence_show_where_it_began():
    """Each step multiplies the weights, until a product exceeds float32."""
    hidden = (Dense(units=5, activation=Relu()), Dense(units=5, activation=Relu()))
    training = start(experiment(epochs=1000, hidden=hidden, optimizer=SGD(learning_rate=60.0)))
    metrics, rows = probed(training)
    diverged = len(metrics)
    assert not math.isfinite(metrics[-1]["loss"])
    first, last = rows[diverged - 1], rows[diverged]
    assert first["loss"] is None
    assert first["not_finite"] not in (None, "layers.0.weights")
    assert last["not_finite"] is not None
    assert [row["not_finite"] for epoch, row in rows.items() if epoch < diverged - 1] == [None] * (len(rows) - 2)


def test_loss_that_explodes_late_is_measured_before_it_does(monkeypatch):
    """Between two probes, too: the weights are copied once the loss grows."""
    monkeypatch.setattr("nncli.training.probing.dense_at_first", lambda epochs, count: (0, epochs))
    hidden = (Dense(units=5, activation=Relu()), Dense(units=5, activation=Relu()))
    training = start(experiment(epochs=1000, hidden=hidden, optimizer=SGD(learning_rate=60.0)))
    metrics, rows = probed(training)
    diverged = len(metrics)
    assert list(rows) == [0, diverged - 1, diverged]
    assert rows[diverged - 1]["not_finite"] not in (None, "layers.0.weights")


def test_last_weights_are_always_measured():
    training = start(experiment(epochs=400), stop=lambda: True)
    _, rows = probed(training)
    assert list(rows) == [0, 1]


NETWORK = Network([Dense(units=64, activation=Relu()), Dense(units=1)], 1, MeanSquaredError())


@given(st.integers(1, 10**6), st.integers(1, 500), st.integers(1, 10**6))
def test_schedule_is_limited(epochs, steps, samples):
    due, probed_samples = schedule(epochs, steps, samples, NETWORK)
    assert (due[0], due[-1]) == (0, epochs)
    assert min(10, epochs + 1) / 2 < len(due) <= min(100, epochs + 1)
    assert min(100, samples) <= probed_samples <= min(1000, samples)


def test_longer_trainings_have_more_probes():
    counts = [len(schedule(epochs, 1, 1000, NETWORK)[0]) for epochs in (300, 10_000, 30_000, 10**6)]
    assert counts == sorted(set(counts))
    assert counts[-1] == 100
    assert schedule(300, 1, 1000, NETWORK)[1] < 1000 == schedule(10**6, 1, 1000, NETWORK)[1]
