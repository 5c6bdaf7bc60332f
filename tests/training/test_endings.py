"""The ways training ends: last epoch, early stopping, a stop from outside, divergence."""

from __future__ import annotations

import math
import re
from itertools import pairwise, zip_longest

import numpy as np
import pytest

from nncli.data.nnfs_sets import Sine, Spiral
from nncli.data.toys import LinearData
from nncli.events import EpochEnded, Monitor, TrainingEnded
from nncli.experiment import EarlyStopping, Experiment, Train
from nncli.nn.activations.relu import Relu
from nncli.nn.initializers.constant import Zeros
from nncli.nn.layers.dense import Dense
from nncli.nn.layers.dropout import Dropout
from nncli.nn.losses.mean_squared_error import MeanSquaredError
from nncli.nn.metrics.mean_absolute_error import AbsoluteError
from nncli.nn.metrics.r_squared import RSquared
from nncli.nn.optimizers.sgd import SGD
from tests.contracts.parts import PRECISIONS, small_experiment
from tests.trainings import resume, start

HIGHER_IS_BETTER = ("r2", "val_r2", "accuracy")


def noisy_experiment(epochs: int = 40, **stopping) -> Experiment:
    """Return an experiment whose metrics rise and fall."""
    train = Train(epochs=epochs, batch_size=5, early_stopping=EarlyStopping(**stopping) if stopping else None)
    return small_experiment(
        MeanSquaredError(),
        hidden=(Dense(units=8, activation=Relu()), Dropout(rate=0.3)),
        train=train,
        data=Sine(samples=24, validation={"samples": 10}),
        optimizer=SGD(learning_rate=0.3),
        metrics=(RSquared(), AbsoluteError()),
        seed=1,
    )


def rows_of(events) -> list[dict[str, float]]:
    return [dict(event.metrics) for event in events if isinstance(event, EpochEnded)]


def epochs_until(values: list[float], patience: int, min_delta: float) -> int:
    """Return the number of epochs after which patience runs out, from all values of a metric, where lower is better."""
    best_at, best = 0, values[0]
    for epoch, value in enumerate(values):
        if value < best - min_delta:
            best_at, best = epoch, value
        elif epoch - best_at >= patience:
            return epoch + 1
    return len(values)


@pytest.mark.parametrize(("higher", "better", "worse"), [(True, 0.7, 0.3), (False, 0.3, 0.7)])
def test_monitor_compares_finite_values_only(higher, better, worse):
    monitor = Monitor("metric", higher)
    assert monitor.better(better, 0.5)
    assert not monitor.better(worse, 0.5)
    assert not monitor.better(0.5, 0.5)
    assert monitor.better(better, 0.5, 0.1)
    assert not monitor.better(better, 0.5, 0.25)
    assert monitor.better(worse, None)
    for than in (None, 0.5):
        assert not any(monitor.better(value, than) for value in (math.nan, math.inf, -math.inf))


def test_noisy_losses_rise_and_fall():
    """Otherwise the tests of early stopping below would prove little."""
    losses = [row["val_loss"] for row in rows_of(start(noisy_experiment()))]
    rises = sum(later > earlier for earlier, later in pairwise(losses))
    assert 10 < rises < 35


@pytest.mark.parametrize("min_delta", [0.0, 0.02, 0.2])
@pytest.mark.parametrize("patience", [1, 2, 5])
@pytest.mark.parametrize("monitor", ["loss", "data_loss", "val_loss", "val_mae", "r2", "val_r2"])
def test_early_stopping(monitor, patience, min_delta):
    all_rows = rows_of(start(noisy_experiment()))
    sign = -1 if monitor in HIGHER_IS_BETTER else 1
    expected = epochs_until([sign * row[monitor] for row in all_rows], patience, min_delta)
    *events, last = start(noisy_experiment(monitor=monitor, patience=patience, min_delta=min_delta))
    assert rows_of(events) == all_rows[:expected]
    assert expected < 40
    value, best = (all_rows[epoch][monitor] for epoch in (expected - 1, expected - 1 - patience))
    epochs = "1 epoch" if patience == 1 else f"{patience} epochs"
    reason = f"{monitor} has not improved for {epochs}"
    if sign * value < sign * best:
        improvement = f"improved from {best:.6g} to {value:.6g} in {epochs}"
        reason = f"{monitor} {improvement}, not by more than min_delta {min_delta:g}"
    assert last == TrainingEnded("done", f"early stopping: {reason}")


def test_noisy_metrics_cover_both_stopping_reasons():
    """Otherwise the test above would not cover both reasons."""
    reasons = [
        list(start(noisy_experiment(monitor="loss", patience=1, min_delta=delta)))[-1].reason for delta in (0.0, 0.2)
    ]
    assert ["min_delta" in reason for reason in reasons] == [False, True]


def infinite_validation_loss(**train) -> Experiment:
    """Return an experiment with a finite loss but an infinite validation loss, from huge validation targets."""
    return small_experiment(
        MeanSquaredError(),
        data=LinearData(samples=24, validation={"slope": 1e200}),
        optimizer=SGD(learning_rate=1e-6),
        metrics=(AbsoluteError(), RSquared()),
        train=Train(**train),
    )


def test_monitor_that_is_never_finite_is_reported():
    *events, last = start(
        infinite_validation_loss(epochs=40, early_stopping=EarlyStopping(monitor="val_loss", patience=4))
    )
    rows = rows_of(events)
    assert len(rows) == 4
    assert {row["val_loss"] for row in rows} == {math.inf}
    assert last == TrainingEnded("done", "early stopping: val_loss is inf and was never finite")


def test_early_stopping_monitors_the_validation_loss_by_default():
    explicit, default = (
        rows_of(start(noisy_experiment(patience=1, **stopping))) for stopping in ({"monitor": "val_loss"}, {})
    )
    assert explicit == default
    assert len(explicit) != len(rows_of(start(noisy_experiment(patience=1, monitor="loss"))))


def test_equal_metric_is_not_an_improvement():
    """Zeros never learn three classes of equal size: the first epoch is the best, and patience counts from there."""
    for monitor in (None, "accuracy"):
        train = Train(epochs=40, early_stopping=EarlyStopping(monitor=monitor, patience=4))
        experiment = small_experiment(
            data=Spiral(samples=8, classes=3), init=Zeros(), optimizer=SGD(), train=train, precision="float64"
        )
        *events, last = start(experiment)
        assert len(rows_of(events)) == 5
        assert last.reason == f"early stopping: {monitor or 'loss'} has not improved for 4 epochs"


def test_patience_ending_in_the_last_epoch_is_ignored():
    *events, last = start(noisy_experiment(3, monitor="loss", patience=2, min_delta=1e6))
    assert len(rows_of(events)) == 3
    assert last == TrainingEnded("done")


@pytest.mark.parametrize("at", range(1, 6))
def test_early_stopping_continues_from_a_checkpoint(at):
    """A checkpoint saved at the event of an epoch counts that epoch, so resumed training ends at the same epoch."""
    experiment = noisy_experiment(monitor="val_loss", patience=5, min_delta=0.02)
    training, saved, events = start(experiment), [], []
    for event in training:
        events.append(event)
        if isinstance(event, EpochEnded):
            saved.append(training.arrays())
    last = events[-1]
    rows = rows_of(events)
    assert len(rows) > 6
    resumed = resume(experiment, saved[-1 - at], "checkpoint")
    *resumed_events, last_of_resumed = resumed
    assert rows_of(resumed_events) == rows[len(rows) - at :]
    assert last_of_resumed == last


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize(("rate", "epochs"), [(1e3, 200), (1e12, 200), (1e300, 2)])
def test_divergence_ends_training_with_its_epoch(rate, epochs, precision):
    """There is no NumPy warning, because training silences them."""
    train = Train(epochs=epochs)
    experiment = small_experiment(
        MeanSquaredError(), precision=precision, optimizer=SGD(learning_rate=rate), train=train
    )
    *events, last = start(experiment)
    rows = rows_of(events)
    assert all(math.isfinite(row["loss"]) for row in rows[:-1])
    assert not math.isfinite(rows[-1]["loss"])
    assert last == TrainingEnded("diverged", f"the loss is {rows[-1]['loss']} at epoch {len(rows) - 1}")


@pytest.mark.parametrize("precision", ["float32", "book"])
def test_divergence_in_the_last_step_is_found(precision):
    """The metrics of that epoch were measured before the step and are finite."""
    train, optimizer = Train(epochs=1), SGD(learning_rate=1e300)
    *events, last = start(small_experiment(MeanSquaredError(), precision=precision, optimizer=optimizer, train=train))
    assert [math.isfinite(row["loss"]) for row in rows_of(events)] == [True]
    assert last == TrainingEnded("diverged", "the last step made a weight infinite or NaN")


def overflowing(precision) -> Experiment:
    """Return an experiment whose outputs overflow after its second and last step, with finite weights."""
    return small_experiment(
        MeanSquaredError(),
        precision=precision,
        data=LinearData(),
        hidden=(Dense(units=30, activation=Relu()), Dense(units=30, activation=Relu())),
        optimizer=SGD(learning_rate=1e50 if precision == "float64" else 1000),
        train=Train(epochs=2),
    )


@pytest.mark.parametrize("precision", PRECISIONS)
def test_infinite_loss_after_the_last_step_is_found(precision):
    """The weights and all rows are finite."""
    experiment = overflowing(precision)
    training = start(experiment)
    *events, last = training
    assert [math.isfinite(row["loss"]) for row in rows_of(events)] == [True, True]
    assert all(np.isfinite(vector).all() for vector in training.checkpoint.params.vectors)
    assert last.status == "diverged"
    assert re.fullmatch(r"after the last step, loss is (inf|nan)", last.reason)


@pytest.mark.parametrize(("calls", "end"), [(2, TrainingEnded("stopped", "interrupted")), (5, TrainingEnded("done"))])
def test_stop_function_ends_training_after_the_epoch(calls, end):
    """Training ends after the current epoch; a stop in the last epoch changes nothing."""
    answers = iter([False] * (calls - 1) + [True] * 9)
    *events, last = start(noisy_experiment(5), stop=lambda: next(answers))
    assert len(rows_of(events)) == calls
    assert last == end


def test_stop_function_is_called_after_the_event():
    """So a consumer can end the training after the epoch it has just received."""
    epochs = []
    training = start(noisy_experiment(5), stop=lambda: len(epochs) == 2)
    for event in training:
        if isinstance(event, EpochEnded):
            epochs.append(event)
    assert len(epochs) == 2
    assert event == TrainingEnded("stopped", "interrupted")


def test_consumer_may_stop_iterating():
    training = start(noisy_experiment(5))
    for event in training:
        if isinstance(event, EpochEnded) and event.epoch == 1:
            break
    assert (training.checkpoint.epoch, training.checkpoint.step) == (2, 10)


def test_numpy_error_state_of_the_caller_is_unchanged():
    """Even if two `Training` objects alternate, and after one of them has ended."""
    before, epochs = np.geterr(), []
    for _events in zip_longest(start(noisy_experiment(5)), start(noisy_experiment(9))):
        epochs.append(np.geterr())
    assert epochs == [before] * 11
    assert np.geterr() == before
