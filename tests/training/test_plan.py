"""Prepare training: samples in the right dtypes, drawn in the order of the book."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.data.nnfs_sets import Sine, Spiral, Vertical
from nncli.experiment import Train
from nncli.nn.activations.relu import Relu
from nncli.nn.initializers.normal import Normal
from nncli.nn.layers.dense import Dense
from nncli.nn.layers.dropout import Dropout
from nncli.nn.losses.binary_crossentropy import BinaryCrossentropy
from nncli.nn.losses.categorical_crossentropy import CategoricalCrossentropy
from nncli.nn.losses.mean_squared_error import MeanSquaredError
from nncli.nn.network import Network
from nncli.training.samples import targets_for
from tests.contracts.parts import PRECISIONS, small_experiment
from tests.trainings import prepare, start

every_precision = pytest.mark.parametrize("precision", PRECISIONS)
LABELS = np.array([0, 2, 1, 1], np.uint8)


@every_precision
def test_class_targets_have_the_form_of_the_loss(precision):
    """Class numbers for the categorical loss, a column for a single output, else one-hot rows."""
    numbers = targets_for(LABELS, 3, CategoricalCrossentropy(), 3, precision)
    assert numbers.dtype == np.intp
    assert numbers.tolist() == [0, 2, 1, 1]
    assert targets_for(LABELS, 3, BinaryCrossentropy(), 1, precision).tolist() == [[0], [2], [1], [1]]
    rows = targets_for(LABELS, 3, MeanSquaredError(), 3, precision)
    assert rows.tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 0]]


@every_precision
def test_regression_targets_have_the_dtype_of_the_precision(precision):
    t = np.array([[0.1], [0.2]])
    converted = targets_for(t, 0, MeanSquaredError(), 1, precision)
    assert converted.dtype == (np.float64 if precision == "book" else precision)
    np.testing.assert_allclose(converted, t, rtol=1e-7)


@every_precision
@pytest.mark.parametrize("data", [Sine(samples=12), Spiral(samples=6, classes=2)], ids=["sine", "spiral"])
def test_samples_have_the_dtype_of_the_precision_or_keep_theirs_in_the_book(data, precision):
    loss = BinaryCrossentropy() if data.describe().class_names else MeanSquaredError()
    plan, _ = prepare(small_experiment(loss, data=data, precision=precision))
    samples = data.draw(np.random.RandomState(0), data.describe())
    dtypes = (samples.x.dtype, samples.t.dtype)
    assert (plan.training.x.dtype, plan.training.t.dtype) == (dtypes if precision == "book" else (precision, precision))


@every_precision
def test_data_and_weights_are_drawn_in_the_order_of_the_book(precision):
    """Training data, in book precision validation data, then the weights layer by layer, from one stream of the seed.

    In other precisions, validation data have a separate stream, so the initial weights do not depend on them.
    """
    data = Spiral(samples=8, classes=3, validation={"samples": 5})
    hidden = (Dense(units=4), Dense(units=6))
    experiment = small_experiment(hidden=hidden, data=data, precision=precision, seed=9, init=Normal(scale=0.1))
    plan, checkpoint = prepare(experiment)
    random = np.random.RandomState(9)
    separate = np.random.RandomState(np.random.MT19937(np.random.SeedSequence([9, 4])))
    streams = (random, random if precision == "book" else separate)
    parts = ((data, plan.training), (data.part("validation"), plan.validation))
    for (part, samples), stream in zip(parts, streams, strict=True):
        x, t = part.draw(stream, part.describe())
        np.testing.assert_array_equal(samples.x, x)
        np.testing.assert_array_equal(samples.t, t)
    for views, shape in zip(checkpoint.params.links, ((2, 4), (4, 6), (6, 3)), strict=True):
        np.testing.assert_array_equal(views["weights"], np.float32(0.1) * random.randn(*shape).astype(np.float32))
        assert not views["biases"].any()


@every_precision
def test_seed_gives_the_same_draws_in_every_precision(precision):
    plan, checkpoint = prepare(small_experiment(precision=precision))
    other, other_checkpoint = prepare(small_experiment(precision="float32"))
    np.testing.assert_array_equal(plan.training.x, other.training.x)
    np.testing.assert_array_equal(checkpoint.params.links[0]["weights"], other_checkpoint.params.links[0]["weights"])


def test_book_precision_has_one_vector_per_gradient_dtype():
    hidden = (Dense(units=5, activation=Relu()), Dropout(rate=0.5))
    for loss, expected in ((MeanSquaredError(), 5 + 1), (CategoricalCrossentropy(), 5)):
        plan, checkpoint = prepare(small_experiment(loss, hidden, precision="book"))
        assert [vector.dtype for vector in checkpoint.params.vectors] == [np.float32, np.float32]
        assert [vector.dtype for vector in checkpoint.grads.vectors] == [np.float32, np.float64]
        assert checkpoint.grads.vectors[1].size == expected
        assert sum(vector.size for vector in checkpoint.params.vectors) == plan.network.parameter_count
        assert [state.m.dtype for state in checkpoint.states] == [np.float32, np.float64]


def test_dtypes_of_the_same_network_are_found_once(monkeypatch):
    calls = []
    find = Network.gradient_dtypes
    monkeypatch.setattr(Network, "gradient_dtypes", lambda *arguments: calls.append(1) or find(*arguments))
    monkeypatch.setattr("nncli.training.plan._last_dtypes", ("", []))
    for seed, precision, expected in ((0, "float32", 1), (1, "float32", 1), (1, "float64", 2), (1, "float32", 3)):
        _, checkpoint = prepare(small_experiment(seed=seed, precision=precision))
        assert [vector.dtype for vector in checkpoint.grads.vectors] == [np.dtype(precision)]
        assert len(calls) == expected
    prepare(small_experiment(hidden=(Dense(units=5),)))
    assert len(calls) == 4


def test_number_of_steps():
    """24 samples in four epochs; the last batch may be smaller."""
    for size, steps in ((None, 4), (10, 12), (8, 12), (24, 4), (100, 4), (1, 96)):
        plan, _ = prepare(small_experiment(train=Train(epochs=4, batch_size=size)))
        assert plan.steps == steps == 4 * len(list(plan.batches(np.random.default_rng(0))))


@every_precision
def test_finding_the_dtypes_draws_no_random_numbers(precision):
    """Otherwise dropout masks would differ from the book's."""
    training = start(small_experiment(hidden=(Dense(units=5), Dropout(rate=0.5)), precision=precision, seed=2))
    same = start(small_experiment(hidden=(Dense(units=5),), precision=precision, seed=2))
    assert training.checkpoint.streams.steps.uniform() == same.checkpoint.streams.steps.uniform()


@every_precision
@pytest.mark.parametrize("loss", [BinaryCrossentropy, CategoricalCrossentropy])
def test_balanced_class_weights_come_from_the_training_targets(loss, precision):
    """Validation targets have no influence, and the experiment keeps `balanced`."""
    experiment = small_experiment(loss(class_weights="balanced"), precision=precision)
    plan, _ = prepare(experiment)
    classes = len(experiment.data.describe().class_names)
    assert plan.network.loss == loss(class_weights=(1.0,) * classes)
    assert plan.experiment.loss == loss(class_weights="balanced")


def test_missing_parts_are_none():
    experiment = small_experiment(data=Vertical(samples=8, classes=3))
    plan, checkpoint = prepare(experiment)
    assert plan.validation is None
    assert plan.test(checkpoint.streams) is None


@pytest.mark.parametrize(("precision", "dtype"), [("float32", "float32"), ("float64", "float64"), ("book", "float64")])
def test_blas_is_warmed_up_before_the_first_step(precision, dtype, monkeypatch):
    """In the dtype of the dot products."""
    warmed = []
    monkeypatch.setattr("nncli.training.plan.warm_up", warmed.append)
    prepare(small_experiment(precision=precision))
    assert warmed == [np.dtype(dtype)]
