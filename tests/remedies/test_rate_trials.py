"""Short trainings with candidate rates."""

from __future__ import annotations

import dataclasses
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nncli import config, training
from nncli.events import EpochEnded
from nncli.remedies import rate_trials
from nncli.remedies.rate_trials import Trial, try_rates
from nncli.remedies.short_training import LAST, ShortTraining
from nncli.resolved import ResolvedExperiment

SPEC = """\
data: {type: sine, samples: 20}
layers: [{type: dense, units: 8, activation: tanh}, {type: dense, units: 1}]
loss: mse
optimizer: {type: adam, schedule: cosine}
train: {epochs: 400}
"""
RATES = [0.01, 1e-9, 0.03, 0.001, 1e-8]


def resolved(*changes: str) -> ResolvedExperiment:
    return config.check(config.read(Path("wave.yaml"), changes, text=SPEC)).resolved


def trials_of(wave: ResolvedExperiment, rates: list[float], seeds: int = 1, seconds: float = 60) -> list[Trial]:
    trainings = [ShortTraining(wave, seed) for seed in range(seeds)]
    return try_rates(trainings, wave.experiment.optimizer, rates, time.thread_time() + seconds)


@pytest.mark.parametrize("change", ["train.batch_size=20", "train.batch_size=7", "layers.0.weight_l2=0.1"])
def test_losses_are_those_of_a_training_whatever_was_trained_before(change: str) -> None:
    wave = resolved(change, "train.epochs=10", "optimizer.learning_rate=0.03")
    epochs = [event.metrics["loss"] for event in training.start(wave) if isinstance(event, EpochEnded)]
    short, optimizer = ShortTraining(wave, 0), wave.experiment.optimizer
    batches = short.steps_in_all // 10
    short.loss(dataclasses.replace(optimizer, learning_rate=0.5), 7, math.inf)
    steps = list(short.steps(optimizer, short.steps_in_all))
    assert [step.ends_epoch for step in steps] == [number % batches == 0 for number in range(1, len(steps) + 1)]
    losses = [step.loss for step in steps]
    if batches == 1:
        assert losses == pytest.approx(epochs, rel=1e-6)
    assert short.loss(optimizer, 10, math.inf) == pytest.approx(np.mean(losses[:10][-round(LAST * 10) :]))


def test_validation_decides_if_the_data_have_it() -> None:
    wave = resolved(
        "data={type: spiral, samples: 10, classes: 2, validation: {samples: 10}}",
        "loss=binary_crossentropy",
        "layers.1.activation=sigmoid",
        "train.epochs=10",
        "optimizer.learning_rate=0.1",
    )
    losses = [event.metrics["val_loss"] for event in training.start(wave) if isinstance(event, EpochEnded)]
    optimizer = wave.experiment.optimizer
    assert ShortTraining(wave, 0).loss(optimizer, 10, math.inf) == pytest.approx(np.mean(losses[-2:]), rel=1e-6)


def test_the_best_rates_are_trained_for_longer() -> None:
    trials = trials_of(resolved(), RATES, seeds=2)
    assert [trial.steps for trial in trials] == [250] * 5 + [400] * 3
    assert {trial.learning_rate for trial in trials[5:]} == {0.01, 0.03, 0.001}
    assert trials[-1].loss == min(trial.loss for trial in trials[5:])
    assert all(len(trial.losses) == 2 for trial in trials)


def test_a_training_that_ends_in_the_first_round_is_not_repeated() -> None:
    trials = trials_of(resolved("train.epochs=50"), RATES)
    assert [trial.steps for trial in trials] == [50] * 5


def test_a_rate_that_diverges_loses_and_is_null_in_json() -> None:
    trials = trials_of(resolved("optimizer={type: sgd}", "train.epochs=100"), [1e9, 0.01])
    assert [trial.learning_rate for trial in trials] == [1e9, 0.01]
    assert trials[0].as_dict() == {"learning_rate": 1e9, "steps": 100, "losses": [None]}


def test_the_mean_over_seeds_is_geometric_and_a_loss_of_zero_is_allowed() -> None:
    assert Trial(1.0, 5, [1e-6, 1e-2]).loss == pytest.approx(1e-4)
    assert Trial(1.0, 5, [1.0, math.inf]).loss == math.inf
    assert 0 < Trial(1.0, 5, [0.0, 1.0]).loss < 1e-100


def test_no_rate_is_tried_after_the_deadline() -> None:
    assert trials_of(resolved(), RATES, seconds=0) == []


class SlowTraining:
    """A training whose steps take a second each, and whose loss is its learning rate."""

    steps_in_all = 1000

    def __init__(self, clock: list[float]) -> None:
        self._clock = clock

    def loss(self, optimizer: Any, count: int, deadline: float) -> float | None:
        self._clock[0] += count
        return None if self._clock[0] > deadline else float(optimizer.learning_rate)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (700, {250: (2, 1)}),
        (3000, {250: (4, 1)}),
        (3999, {250: (4, 1)}),
        (4000, {250: (4, 1), 1000: (3, 1)}),
        (8999, {250: (4, 2), 1000: (3, 2)}),
        (12000, {250: (4, 3), 1000: (3, 3)}),
        (1e5, {250: (4, 3), 1000: (3, 3)}),
    ],
)
def test_seeds_and_rates_that_do_not_fit_in_the_time_are_left_out(
    seconds: float, expected: dict[int, tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]

    class Time:
        thread_time: Any = staticmethod(lambda: clock[0])

    monkeypatch.setattr(rate_trials, "time", Time)
    trainings: Any = [SlowTraining(clock) for _ in range(3)]
    trials = try_rates(trainings, resolved().experiment.optimizer, [0.1, 0.2, 0.3, 0.4], seconds)
    rounds: dict[int, list[Trial]] = {}
    for trial in trials:
        rounds.setdefault(trial.steps, []).append(trial)
    assert {steps: (len(each), len(each[0].losses)) for steps, each in rounds.items()} == expected
    assert trials[-1].learning_rate == 0.1
    assert clock[0] <= seconds + 1000  # a trial that the deadline interrupts
