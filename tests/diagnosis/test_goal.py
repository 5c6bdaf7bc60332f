"""Training ends once its network is healthy, or after a number of epochs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nncli import config, training
from nncli.diagnosis.goal import CHECKS, Goal, GoalCheck
from nncli.events import EpochEnded

LEARNS = {"type": "adam", "learning_rate": 0.05}
SPEC: dict[str, Any] = {
    "name": "line",
    "data": {"type": "linear", "samples": 20, "noise": 0.0},
    "layers": [{"type": "dense", "units": 1}],
    "loss": "mse",
    "optimizer": LEARNS,
    "train": {"epochs": 400},
}


def train(goal: Goal, **changes: Any) -> tuple[int, str, bool]:
    """Train until the goal is reached; return the number of epochs, the reason and whether the network has learned."""
    run = training.start(config.load("x.json", [], json.dumps(SPEC | changes)).resolved)
    check, epochs = GoalCheck(goal, run), 0
    for event in run:
        if isinstance(event, EpochEnded):
            epochs = event.epoch + 1
            if reason := check.reason_to_end(epochs):
                return epochs, reason, check.is_reached("stopped")
    return epochs, "", check.is_reached("done")


def test_training_ends_once_the_network_is_healthy() -> None:
    epochs, reason, learned = train(Goal(400))
    assert (reason, learned) == ("the network is healthy", True)
    assert 20 <= epochs < 400
    assert epochs % (400 // CHECKS) == 0


def test_training_ends_at_the_limit() -> None:
    slow = LEARNS | {"learning_rate": 1e-6}
    assert train(Goal(50), optimizer=slow) == (50, "the limit of 50 epochs", False)


def test_a_network_on_the_border_does_not_reach_a_strict_goal() -> None:
    ends = {}
    for strict in (False, True):
        run = training.start(config.load("x.json", [], json.dumps(SPEC)).resolved)
        check = GoalCheck(Goal(400, strict=strict), run)
        for event in run:
            if isinstance(event, EpochEnded) and check.is_reached("stopped"):
                ends[strict] = event.epoch, check.unexplained
                break
    (soon, more), (late, less) = ends[False], ends[True]
    assert soon < late
    assert less <= 0.075 < more <= 0.15


def test_a_network_with_larger_errors_than_allowed_does_not_reach_the_goal() -> None:
    noisy = SPEC["data"] | {"noise": 1.0}
    run = training.start(config.load("x.json", [], json.dumps(SPEC | {"data": noisy})).resolved)
    for _ in run:
        pass
    left = GoalCheck(Goal(400), run).unexplained
    assert left > 0.1
    assert GoalCheck(Goal(400, error=left * 1.01), run).is_reached("done")
    assert not GoalCheck(Goal(400, error=left * 0.99), run).is_reached("done")


def test_a_network_that_is_healthy_early_trains_on_until_the_earliest_end() -> None:
    soon = train(Goal(400))[0]
    assert train(Goal(400, earliest=soon + 100))[0] >= soon + 100
    assert train(Goal(400, earliest=400))[:2] == (400, "the limit of 400 epochs")


def test_the_epochs_of_the_experiment_also_end_training() -> None:
    assert train(Goal(1000, earliest=1000))[:2] == (400, "")


def test_the_unexplained_fraction_is_that_of_validation_samples_if_there_are_any() -> None:
    data = {"type": "linear", "samples": 20, "noise": 1.0, "validation": {"samples": 20}}
    for noisy, validated in ((SPEC["data"] | {"noise": 1.0}, False), (data, True)):
        run = training.start(config.load("x.json", [], json.dumps(SPEC | {"data": noisy})).resolved)
        for _ in run:
            pass
        check, final = GoalCheck(Goal(400), run), dict(run.evaluate())
        samples = run.plan.validation if validated else run.plan.training
        loss = final["val_loss" if validated else "loss"]
        variance = float(((samples.t - run.plan.training.t.mean()) ** 2).mean())
        assert check.unexplained == pytest.approx(loss / variance, rel=1e-5)


def test_the_unexplained_fraction_falls_while_a_network_learns() -> None:
    run = training.start(config.load("x.json", [], json.dumps(SPEC)).resolved)
    check = GoalCheck(Goal(400), run)
    before = check.unexplained
    for _ in run:
        pass
    assert check.unexplained < 0.01 < before == pytest.approx(before)
