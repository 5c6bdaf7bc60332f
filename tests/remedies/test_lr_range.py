"""The range test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nncli import config, training
from nncli.errors import NncliError
from nncli.events import EpochEnded
from nncli.remedies import lr_range, rate_trials, short_training
from nncli.remedies.lr_range import MIN_FALL, SPAN, STEPS, WORSE, Curve, GrowingRate, candidates, range_test
from nncli.resolved import ResolvedExperiment

SPEC = """\
data: {type: sine, samples: 50}
layers: [{type: dense, units: 16, activation: tanh}, {type: dense, units: 1}]
loss: mse
"""


@pytest.fixture(autouse=True)
def short_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let trials take a step, because most tests are of the curves."""
    monkeypatch.setattr(rate_trials, "ROUNDS", ((1, 1),))


def resolved(*changes: str) -> ResolvedExperiment:
    return config.check(config.read(Path("wave.yaml"), changes, text=SPEC)).resolved


def test_rates_grow_by_the_same_factor_around_the_usual_rate() -> None:
    (curve, *_) = range_test(resolved()).curves
    rates = np.array(curve.rates)
    assert rates[0] == pytest.approx(0.005 / SPAN)
    assert rates[1:] / rates[:-1] == pytest.approx(SPAN ** (2 / (STEPS - 1)))


@pytest.mark.parametrize(
    "change", ["optimizer.decay=1", "optimizer.schedule=cosine", "optimizer.learning_rate=7", "train.epochs=1"]
)
def test_rate_decay_schedule_and_epochs_do_not_change_the_curves(change: str) -> None:
    assert range_test(resolved(change)).curves == range_test(resolved()).curves


def test_rate_of_the_experiment_does_not_matter() -> None:
    assert range_test(resolved("optimizer.learning_rate=7")) == range_test(resolved())


def test_momentum_lowers_the_rates() -> None:
    plain, fast = (range_test(resolved("optimizer.type=sgd", f"optimizer.momentum={m}")) for m in (0, 0.9))
    assert fast.curves[0].rates[0] == pytest.approx(plain.curves[0].rates[0] / 10)


@pytest.mark.parametrize("rho", [0.0, 0.9, 0.999])
def test_first_step_of_rmsprop_is_no_larger_than_the_rate(rho: float) -> None:
    """Its mean of squares g² is (1 - ρ) g² in the first step."""
    assert GrowingRate(rho=rho).rate(0.1, 0, STEPS) / np.sqrt(1 - rho) == pytest.approx(0.1)
    curves = [range_test(resolved("optimizer.type=rmsprop", f"optimizer.rho={each}")).curves[0] for each in (rho, 0.5)]
    assert curves[0].rates[:50] == curves[1].rates[:50]
    assert curves[0].losses[1] == pytest.approx(curves[1].losses[1], abs=1e-6)


def test_candidates_are_the_default_and_fractions_of_the_median_best_rate() -> None:
    test = range_test(resolved("seed=4"))
    assert [curve.seed for curve in test.curves] == [4, 5, 6]
    m = float(np.median([curve.rates[int(np.argmin(curve.smoothed))] for curve in test.curves]))
    tried = {trial.learning_rate for trial in test.trials}
    assert tried == {0.001, *(float(f"{m / divisor:.2g}") for divisor in (1, 3, 10, 30, 100))}
    assert test.learning_rate == test.trials[-1].learning_rate
    assert test.override == f"optimizer.learning_rate={test.learning_rate:g}"
    assert config.read(Path("wave.yaml"), [test.override], text=SPEC)


@pytest.mark.parametrize(
    ("best_rate", "expected"),
    [
        (0.054, [0.0054, 0.001, 0.0018, 0.018, 0.00054, 0.054]),
        (0.05, [0.005, 0.001, 0.017, 0.0005, 0.05]),
        (0.01, [0.001, 0.00033, 0.0033, 0.0001, 0.01]),
    ],
)
def test_the_default_stands_for_fractions_close_to_it(best_rate: float, expected: list[float]) -> None:
    assert candidates(best_rate, resolved("optimizer.learning_rate=7").experiment.optimizer) == expected


def test_first_loss_is_that_of_a_training() -> None:
    wave = resolved("layers.0.weight_l2=0.1")
    first = next(event for event in training.start(wave) if isinstance(event, EpochEnded))
    assert range_test(wave).curves[0].losses[0] == pytest.approx(first.metrics["loss"])


def test_a_test_ends_before_the_smoothed_loss_is_four_times_the_best() -> None:
    curves = range_test(resolved("optimizer=sgd")).curves
    assert all(len(curve.rates) < STEPS for curve in curves)
    for curve in curves:
        assert len(curve.rates) == len(curve.losses) == len(curve.smoothed)
        assert max(curve.smoothed) <= WORSE * min(curve.smoothed)
        assert curve.stopped == f"stopped after step {len(curve.rates)}, at rate {curve.rates[-1]:.2g}"


@pytest.mark.parametrize("batch", ["3", "7", "50"])
def test_batches_of_any_size_take_at_most_100_steps(batch: str) -> None:
    lengths = [len(curve.rates) for curve in range_test(resolved(f"train.batch_size={batch}")).curves]
    assert all(STEPS / 2 < length <= STEPS for length in lengths)


def test_result_repeats_and_the_highest_seed_has_successors() -> None:
    highest = resolved(f"seed={2**32 - 1}")
    assert range_test(highest) == range_test(highest)
    assert [curve.seed for curve in range_test(highest).curves] == [2**32 - 1, 0, 1]


@pytest.mark.parametrize("last", [1.0, 1 - MIN_FALL / 2])
def test_a_curve_that_hardly_falls_suggests_nothing(last: float) -> None:
    assert Curve(0, [1.0, 2.0], [1.0, last], [1.0, last]).best_rate is None


def test_a_network_that_cannot_learn_is_an_error() -> None:
    with pytest.raises(NncliError) as error:
        range_test(resolved("init=zeros", "layers.0.activation=relu", "data.samples=51"))
    assert error.value.lines()[0] == "wave: the loss falls at no learning rate"


def clock(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let each look at the clock take that long."""
    times = iter(np.arange(0, 1e6, seconds))

    class Time:
        thread_time: Any = staticmethod(lambda: next(times))

    for module in (lr_range, rate_trials, short_training):
        monkeypatch.setattr(module, "time", Time)


def test_seeds_that_do_not_fit_in_the_time_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    everything = range_test(resolved())
    clock(monkeypatch, lr_range.MAX_SECONDS / 150)
    test = range_test(resolved())
    assert (test.curves, test.trials) == (everything.curves[:1], [])
    assert test.learning_rate == float(f"{everything.curves[0].best_rate / 10:.2g}")  # no time for a trial


def test_steps_that_take_too_long_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    clock(monkeypatch, lr_range.MAX_SECONDS / 50)
    with pytest.raises(NncliError, match="wave: 100 steps take more than 10 s"):
        range_test(resolved())
