"""Training from start to end against plain formulas: metrics of every epoch, with and without batches, and weights."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.data.nnfs_sets import Sine, Spiral
from nncli.events import EpochEnded
from nncli.experiment import Experiment, Train
from nncli.nn.activations.relu import Relu
from nncli.nn.activations.sigmoid import Sigmoid
from nncli.nn.initializers.normal import Normal
from nncli.nn.layers.dense import Dense
from nncli.nn.losses.binary_crossentropy import BinaryCrossentropy
from nncli.nn.losses.mean_squared_error import MeanSquaredError
from nncli.nn.optimizers.adam import Adam
from nncli.nn.optimizers.sgd import SGD
from nncli.training import Training
from tests.training.naive import Naive
from tests.trainings import start

SEED, EPOCHS = 5, 100
SINE, SPIRAL = Sine(samples=60), Spiral(samples=30, classes=2)
TOLERANCE = {"float32": 2e-5, "float64": 1e-12}


def naive_sine(sgd: bool = False) -> tuple[Naive, np.ndarray, np.ndarray]:
    naive = Naive(units=8, classify=False, rate=0.3 if sgd else 0.005, decay=1e-3, sgd=sgd)
    x = np.arange(60).reshape(-1, 1) / 60
    naive.start(1, np.random.RandomState(SEED))
    return naive, x, np.sin(2 * np.pi * x)


def naive_spiral(sgd: bool = False) -> tuple[Naive, np.ndarray, np.ndarray]:
    naive = Naive(units=16, classify=True, l2=5e-4, rate=1.0 if sgd else 0.02, decay=1e-4, sgd=sgd)
    stream = np.random.RandomState(SEED)
    x, t = SPIRAL.draw(stream, SPIRAL.describe())
    naive.start(2, stream)
    return naive, x.astype(np.float64), t.reshape(-1, 1).astype(np.float64)


def train_same_network(data, naive: Naive, precision: str, size: int | None = None, epochs: int = EPOCHS) -> Training:
    """Start nncli's training of the same network."""
    penalties = {"weight_l2": naive.l2, "bias_l2": naive.l2}
    last = Sigmoid() if naive.classify else None
    optimizer = SGD if naive.sgd else Adam
    return start(
        Experiment(
            name="naive",
            seed=SEED,
            precision=precision,
            data=data,
            init=Normal(scale=naive.scale),
            layers=(
                Dense(units=naive.units, activation=Relu(), **penalties),
                Dense(units=1, activation=last, **penalties),
            ),
            loss=BinaryCrossentropy() if naive.classify else MeanSquaredError(),
            optimizer=optimizer(learning_rate=naive.rate, decay=naive.decay),
            train=Train(epochs=epochs, batch_size=size, shuffle=False),
        )
    )


CASES = {"sine": (SINE, naive_sine), "spiral": (SPIRAL, naive_spiral)}


@pytest.mark.parametrize("sgd", [False, True], ids=["adam", "sgd"])
@pytest.mark.parametrize("size", [None, 25], ids=["full batch", "batches"])
@pytest.mark.parametrize("precision", TOLERANCE)
@pytest.mark.parametrize("case", CASES)
def test_a_hundred_epochs_match_plain_formulas(case, precision, size, sgd):
    """The last batch is smaller: 60 samples make 25, 25 and 10. Rounding may flip a sample."""
    data, make = CASES[case]
    naive, x, t = make(sgd=sgd)
    training = train_same_network(data, naive, precision, size)
    rows = [event.metrics for event in training if isinstance(event, EpochEnded)]
    expected = [naive.epoch(x, t, size) for _ in range(EPOCHS)]
    assert len(rows) == EPOCHS
    assert {tuple(row) for row in rows} == {tuple(expected[0])}
    tolerance = TOLERANCE[precision]
    for name in expected[0]:
        is_count = "accuracy" in name and precision == "float32"
        np.testing.assert_allclose(
            [row[name] for row in rows],
            [row[name] for row in expected],
            rtol=tolerance,
            atol=2 / 60 if is_count else tolerance,
            err_msg=name,
        )
    arrays = training.arrays()
    for i, name in enumerate(("0.weights", "0.biases", "1.weights", "1.biases")):
        np.testing.assert_allclose(arrays[f"layers.{name}"], naive.p[i], rtol=tolerance, atol=tolerance, err_msg=name)


def test_naive_network_learns():
    """Otherwise the agreement above would prove little."""
    for make in (naive_sine, naive_spiral):
        naive, x, t = make()
        losses = [naive.epoch(x, t)["data_loss"] for _ in range(EPOCHS)]
        assert losses[-1] < 0.9 * losses[0]
