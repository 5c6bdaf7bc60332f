"""The training loop: order of events, what metrics are measured on, batches and schedules."""

from __future__ import annotations

from itertools import chain, pairwise

import numpy as np
import pytest

from nncli.data.data import Samples
from nncli.data.nnfs_sets import Sine, Spiral
from nncli.events import BatchEnded, EpochEnded, Monitor, TrainingEnded, TrainingStarted
from nncli.experiment import Experiment, Train
from nncli.nn.activations.relu import Relu
from nncli.nn.engine.ops import Ops
from nncli.nn.layers.dense import Dense
from nncli.nn.layers.dropout import Dropout
from nncli.nn.losses.categorical_crossentropy import CategoricalCrossentropy
from nncli.nn.losses.mean_squared_error import MeanSquaredError
from nncli.nn.metrics.accuracy import Accuracy
from nncli.nn.metrics.mean_absolute_error import AbsoluteError
from nncli.nn.metrics.r_squared import RSquared
from nncli.nn.optimizers.adam import Adam
from nncli.nn.optimizers.sgd import SGD
from nncli.nn.schedules.constant import ConstantRate
from nncli.nn.schedules.cosine import CosineDecay
from nncli.nn.schedules.step import StepDecay
from nncli.training import loop
from nncli.training.batches import rows_of_batches
from nncli.training.loop import make_train_step, train_epoch
from nncli.training.steps import Scalars, Steps
from tests.contracts.parts import PRECISIONS, small_experiment
from tests.trainings import start

every_precision = pytest.mark.parametrize("precision", PRECISIONS)
HIDDEN = (Dense(units=5, activation=Relu(), weight_l2=0.01),)
FAST = SGD(learning_rate=0.5)


def regression(epochs: int = 5, hidden=HIDDEN, batch_size: int | None = None, **fields) -> Experiment:
    """Return a small experiment on a sine."""
    train = Train(epochs=epochs, batch_size=batch_size)
    return small_experiment(MeanSquaredError(), hidden, **{"train": train, "optimizer": FAST, **fields})


def rows_of(events) -> list[dict[str, float]]:
    return [dict(event.metrics) for event in events if isinstance(event, EpochEnded)]


def prediction(arrays, x):
    """Return the output of dense, ReLU, dense for x."""
    hidden = np.maximum(x @ arrays["layers.0.weights"] + arrays["layers.0.biases"], 0)
    last = max(name for name in arrays if name.startswith("layers."))[:-8]
    return hidden @ arrays[f"{last}.weights"] + arrays[f"{last}.biases"]


def error(arrays, samples) -> float:
    """Return the mean squared error of the prediction."""
    return float(np.mean((prediction(arrays, samples.x) - samples.t) ** 2))


def penalty(arrays) -> float:
    return float(0.01 * np.sum(arrays["layers.0.weights"] ** 2))


@every_precision
def test_events_come_in_order(precision):
    experiment = regression(precision=precision, metrics=(RSquared(), AbsoluteError()))
    first, *epochs, last = start(experiment)
    assert first == TrainingStarted(
        first_epoch=0,
        epochs=5,
        samples=24,
        parameter_count=16,
        metrics=("r2", "mae"),
        monitor=None,
        snapshots=(0, 1, 2, 3, 4, 5),
    )
    assert [event.epoch for event in epochs] == [0, 1, 2, 3, 4]
    names = ["loss", "data_loss", "regularization_loss", "r2", "mae", "learning_rate"]
    for event in epochs:
        assert list(event.metrics) == names
        assert {type(value) for value in event.metrics.values()} == {float}
    assert last == TrainingEnded("done", "")


def test_validation_metrics_come_last():
    data = Spiral(samples=8, classes=3, validation={"samples": 5})
    first, *epochs, _ = start(small_experiment(CategoricalCrossentropy(), data=data, metrics=(Accuracy(),)))
    assert first.monitor == Monitor("val_loss", higher_is_better=False)
    assert [list(event.metrics)[-3:] for event in epochs] == [["learning_rate", "val_loss", "val_accuracy"]] * 4


@every_precision
def test_metrics_are_measured_before_the_update(precision):
    """Epoch 0 has the metrics of the initial weights; `evaluate` after an epoch gives the metrics of the next one."""
    training = start(regression(precision=precision))
    before, samples, events, evaluated = training.arrays(), training.plan.training, [], []
    for event in training:
        events.append(event)
        evaluated.append(training.evaluate())
    rows = rows_of(events)
    assert (len(rows), len(evaluated)) == (5, 7)  # two events are the start and the end
    assert rows[0]["data_loss"] == pytest.approx(error(before, samples), rel=1e-5)
    assert rows[0]["regularization_loss"] == pytest.approx(penalty(before), rel=1e-5)
    for row, metrics in zip(rows, evaluated[:5], strict=True):
        row_metrics = {name: value for name, value in row.items() if name != "learning_rate"}
        assert metrics == pytest.approx(row_metrics, rel=1e-12 if precision == "float64" else 2e-7)
    assert rows[0]["loss"] == pytest.approx(rows[0]["data_loss"] + rows[0]["regularization_loss"], rel=1e-6)
    assert evaluated[-1]["data_loss"] == pytest.approx(error(training.arrays(), samples), rel=1e-5)
    assert evaluated[-1]["loss"] < 0.95 * rows[0]["loss"]


# The steps whose learning rates appear in five epochs: with batches of 10, an epoch of 24 samples has three steps. The
# book prints the rate of the previous step.
RATE_STEPS = {
    ("float32", None): (0, 1, 2, 3, 4),
    ("float64", 10): (0, 3, 6, 9, 12),
    ("book", None): (0, 0, 1, 2, 3),
    ("book", 10): (0, 2, 5, 8, 11),
}


@pytest.mark.parametrize(("precision", "batch_size"), RATE_STEPS)
def test_learning_rate_is_that_of_the_first_step(precision, batch_size):
    """Expected: 0.1 / (1 + 0.5 step)."""
    experiment = regression(precision=precision, optimizer=SGD(learning_rate=0.1, decay=0.5), batch_size=batch_size)
    rates = [row["learning_rate"] for row in rows_of(start(experiment))]
    assert rates == pytest.approx([0.1 / (1 + 0.5 * step) for step in RATE_STEPS[precision, batch_size]], rel=1e-15)


def test_schedule_spans_all_steps():
    """24 samples in batches of 10 are three steps per epoch, so the cosine spans 15 steps, or 12 after warmup."""
    for warmup, steps in ((0, [0, 3, 6, 9, 12]), (3, [None, 0, 3, 6, 9])):
        optimizer = SGD(learning_rate=0.1, schedule=CosineDecay(warmup=warmup))
        rows = rows_of(start(regression(optimizer=optimizer, batch_size=10)))
        expected = [0.1 * (1 + np.cos(np.pi * step / (15 - warmup))) / 2 for step in steps if step is not None]
        assert [row["learning_rate"] for row in rows][-len(expected) :] == pytest.approx(expected, rel=1e-14)
        if warmup:
            assert rows[0]["learning_rate"] == 0.1 / 3


@every_precision
def test_step_uses_its_own_rate(precision):
    """The gradient of epoch 2, which is one step, is multiplied by the rate of step 2."""
    schedules = StepDecay(decay_steps=2, decay_rate=0.5), ConstantRate()
    moves = []
    for schedule in schedules:
        training = start(regression(3, precision=precision, optimizer=SGD(learning_rate=0.1, schedule=schedule)))
        points = [training.checkpoint.params.vectors[0].copy() for event in training if isinstance(event, EpochEnded)]
        moves.append(points[2] - points[1])
    np.testing.assert_allclose(moves[0], moves[1] / 2, rtol=1e-3, atol=1e-7)


@every_precision
def test_validation_is_measured_after_the_epoch_and_without_dropout(precision):
    hidden = (*HIDDEN, Dropout(rate=0.8))
    training = start(regression(hidden=hidden, precision=precision, data=Sine(samples=24, validation={"samples": 7})))
    samples, observed = training.plan.validation, 0
    assert len(samples.x) == 7
    for event in training:
        if isinstance(event, EpochEnded):
            observed += 1
            assert event.metrics["val_loss"] == pytest.approx(error(training.arrays(), samples), rel=1e-5)
            assert event.metrics["val_loss"] == training.evaluate()["val_loss"]
    assert observed == 5


@every_precision
def test_outputs_use_the_current_parameters_and_do_not_affect_training(precision):
    hidden = (*HIDDEN, Dropout(rate=0.5))
    undisturbed = rows_of(start(regression(hidden=hidden, precision=precision, batch_size=7)))
    training = start(regression(hidden=hidden, precision=precision, batch_size=7))
    events, observed = [], []
    for event in training:
        events.append(event)
        observed.append(training.outputs(training.plan.training.x[:3]).copy())
    assert rows_of(events) == undisturbed
    assert all(np.any(before != after) for before, after in pairwise(observed[1:-1]))
    np.testing.assert_array_equal(observed[-1], observed[-2], "no step precedes the last event")
    ops = Ops(precision, np.random.RandomState(0), training=False)
    predicted = training.plan.network.predict(training.checkpoint.params, training.plan.training.x[:3], ops)
    np.testing.assert_array_equal(observed[-1], predicted)


def test_validation_does_not_affect_training():
    """Drawing validation data changes neither training data nor weights."""
    plain, validated = (Sine(samples=24, validation=part) for part in (None, {}))
    without, with_it = (rows_of(start(regression(data=data, batch_size=10))) for data in (plain, validated))
    assert [{name: value for name, value in row.items() if name[:4] != "val_"} for row in with_it] == without


@every_precision
def test_means_over_batches_are_weighted_by_samples(precision):
    """24 samples in batches of 10, 10 and 4; a tiny learning rate keeps the weights the same for all batches."""
    no_learning = SGD(learning_rate=1e-30)
    single_batch, batches = (
        rows_of(start(regression(1, precision=precision, optimizer=no_learning, batch_size=size)))[0]
        for size in (None, 10)
    )
    assert batches == pytest.approx(single_batch, rel=1e-6)


@pytest.mark.parametrize(("precision", "after_the_last_step"), [("float64", False), ("book", True)])
def test_penalty_is_the_mean_over_batches_or_final_in_the_book(precision, after_the_last_step):
    """The mean over steps, weighted by samples; in book precision, the penalty after the last step."""
    training = start(regression(1, precision=precision, batch_size=10))
    step, observed = make_train_step(training.plan, training.checkpoint), []

    def observing_step(rows):
        observed.append(penalty(training.arrays()))
        return step(rows)

    with pytest.raises(StopIteration) as ended:
        next(train_epoch(training.plan, training.checkpoint, observing_step, 3))
    row = ended.value.value
    assert len(observed) == 3
    expected = penalty(training.arrays()) if after_the_last_step else np.average(observed, weights=[10, 10, 4])
    assert row["regularization_loss"] == pytest.approx(expected, rel=1e-6)
    assert row["regularization_loss"] != pytest.approx(observed[0], rel=1e-6)


def test_long_epochs_have_events_after_batches_except_the_last(monkeypatch):
    monkeypatch.setattr(loop, "BATCH_EVENT_SECONDS", -1.0)
    _started, *events = start(regression(2, batch_size=10))
    assert [event for event in events if isinstance(event, BatchEnded)] == [
        BatchEnded(epoch, batch, 3) for epoch in (0, 1) for batch in (1, 2)
    ]
    monkeypatch.undo()
    assert [event for event in events if not isinstance(event, BatchEnded)] == [*start(regression(2, batch_size=10))][
        1:
    ]


def test_short_epochs_and_single_batches_have_no_further_events(monkeypatch):
    assert len([*start(regression(2, batch_size=10))]) == 4
    monkeypatch.setattr(loop, "BATCH_EVENT_SECONDS", -1.0)
    assert len([*start(regression(2))]) == 4


def test_shuffling_follows_the_settings():
    """Batches are shuffled in each epoch, in book precision only on request; every sample occurs once."""
    for precision, shuffle, shuffled in [
        ("float32", None, True),
        ("book", None, False),
        ("book", True, True),
        ("float32", False, False),
    ]:
        train = Train(epochs=1, batch_size=10, shuffle=shuffle)
        plan = (training := start(regression(precision=precision, train=train))).plan
        x, random = plan.training.x, training.checkpoint.streams.steps
        epochs = [[x[rows].ravel().tolist() for rows in plan.batches(random)] for _ in range(2)]
        in_order = x.ravel().tolist()
        for epoch in epochs:
            assert [len(batch) for batch in epoch] == [10, 10, 4]
            assert sorted(chain(*epoch)) == in_order
            assert ([*chain(*epoch)] != in_order) == shuffled
        assert (epochs[0] != epochs[1]) == shuffled


@pytest.mark.parametrize("shuffle", [False, True])
def test_batch_has_the_inputs_and_targets_of_its_rows(shuffle):
    samples, observed = Samples(np.arange(7.0).reshape(7, 1), np.arange(7.0) * 10), []

    def step(x, t, ops):
        observed.append((x, t))
        return [np.add.reduce(x, axis=None), np.add.reduce(t)]

    steps = Steps(step, samples, (), Ops.float64())
    random = np.random.default_rng(0) if shuffle else None
    for _ in range(3):
        for rows in rows_of_batches(7, 3, random):
            x, t = steps(rows)
            assert t == 10 * x == 10 * samples.x[rows].sum()
    assert len(observed) == 4  # twice for 3 rows (plain and recorded) and twice for 1 row


def test_shuffled_full_batch_does_not_overwrite_the_samples():
    samples = Samples(np.arange(5.0).reshape(5, 1), np.arange(5.0))
    steps = Steps(lambda x, t, ops: [x * 1, t * 1], samples, (), Ops.float64())
    order = np.array([4, 2, 0, 1, 3])
    for rows in (slice(0, 5), order, slice(0, 5), order[::-1], slice(0, 5)):
        x, t = steps(rows)
        assert x.ravel().tolist() == t.tolist() == np.arange(5.0)[rows].tolist()


def test_scalars_match_their_step():
    """Even across a block of precomputed steps, after a jump, and one step beyond the last."""
    optimizer = Adam(decay=0.1)
    scalars = Scalars(optimizer, 300, [np.dtype(np.float32), np.dtype(np.float64)])
    for step in (0, 1, 255, 256, 299, 300, 7):
        scalars.set(step)
        for arrays in scalars.arrays:
            expected = [
                array.dtype.type(value) for array, value in zip(arrays, optimizer.scalars(step, 300), strict=True)
            ]
            assert [array[()] for array in arrays] == expected
