"""Pruners: when trainings report, which are pruned, and what that saves."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from nncli.search.domains import Range
from nncli.search.pruners.base import Pruner
from nncli.search.pruners.median import Median
from nncli.search.pruners.successive_halving import SuccessiveHalving
from nncli.search.result import Result
from nncli.search.samplers.random import Random
from nncli.search.space import Space
from nncli.search.study import Study
from tests.search.simulated import Trial, sweep

LINE = Space({"x": Range(0, 1)})


@pytest.mark.parametrize(
    ("pruner", "epochs", "reports"),
    [
        (Median(), 100, (25, 35, 50, 71)),
        (Median(min_epochs=10), 40, (10, 14, 20, 28)),
        (Median(), 1, ()),
        (Median(), 3, (1, 2)),
        (SuccessiveHalving(), 100, (12, 24, 48, 96)),
        (SuccessiveHalving(min_epochs=10, factor=3), 100, (10, 30, 90)),
        (SuccessiveHalving(), 1, ()),
        (SuccessiveHalving(min_epochs=50), 20, ()),
    ],
)
def test_trainings_report_before_their_last_epoch(pruner: Pruner, epochs: int, reports: tuple[int, ...]) -> None:
    assert pruner.report_epochs(epochs) == reports


@pytest.fixture
def make_study(tmp_path: Path) -> Callable[..., Study]:
    """A function that returns a study with a pruner."""

    def make(pruner: Pruner | None, *, higher_is_better: bool = False) -> Study:
        journal = tmp_path / "optuna.journal"
        return Study(LINE, Random(), pruner, journal, higher_is_better=higher_is_better, epochs=40)

    return make


def add_done(study: Study, values: list[float], reports: tuple[int, ...] = (10, 20)) -> None:
    for number, value in enumerate(values):
        study.begin(number, {"x": 0.5})
        for epoch in reports:
            study.report(number, epoch, value)
        study.tell(number, Result("done", value, study.reports(number)))


@pytest.mark.parametrize("sign", [1, -1])
def test_median_prunes_what_is_worse_than_the_median(make_study: Callable[..., Study], sign: int) -> None:
    study = make_study(Median(startup_trials=5), higher_is_better=sign < 0)
    add_done(study, [sign * value for value in (1.0, 2.0, 3.0, 4.0, 5.0)])
    study.begin(5, {"x": 0.1})
    assert study.report(5, 10, sign * 2.9) == ""
    study.begin(6, {"x": 0.1})
    assert study.report(6, 10, sign * 3.1) == "pruned by median after 10 epochs"


def test_median_prunes_no_trial_before_enough_have_ended(make_study: Callable[..., Study]) -> None:
    study = make_study(Median(startup_trials=5))
    add_done(study, [1.0, 2.0, 3.0, 4.0])
    study.begin(4, {"x": 0.1})
    assert study.report(4, 10, 1000.0) == ""


def test_successive_halving_continues_the_best_half(make_study: Callable[..., Study]) -> None:
    study = make_study(SuccessiveHalving(min_epochs=10, factor=2))
    add_done(study, [1.0, 2.0, 3.0, 4.0])
    study.begin(4, {"x": 0.1})
    study.begin(5, {"x": 0.1})
    assert study.report(4, 9, 9.0) == ""
    assert study.report(4, 10, 2.1) == "pruned by successive_halving after 10 epochs"
    assert study.report(5, 10, 1.5) == ""


@pytest.mark.parametrize("pruner", [Median(startup_trials=2), SuccessiveHalving(min_epochs=10)])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_training_that_is_not_finite_is_pruned(make_study: Callable[..., Study], pruner: Pruner, value: float) -> None:
    study = make_study(pruner)
    add_done(study, [1.0, 2.0, 3.0, math.inf])
    study.begin(4, {"x": 0.1})
    assert study.report(4, 10, value)


def test_study_without_a_pruner_prunes_nothing(make_study: Callable[..., Study]) -> None:
    study = make_study(None)
    add_done(study, [1.0] * 10)
    study.begin(10, {"x": 0.1})
    assert study.report(10, 10, math.inf) == ""


def best(trials: list[Trial]) -> Trial:
    return min(trials, key=lambda trial: trial.value)


@pytest.mark.long
@pytest.mark.parametrize("pruner", [Median(), SuccessiveHalving()])
def test_pruned_sweeps_take_half_the_epochs_and_find_the_same_winner(tmp_path: Path, pruner: Pruner) -> None:
    same = 0
    for seed in range(10):
        full, pruned = (sweep(tmp_path, Random(seed=seed), each) for each in (None, pruner))
        assert sum(trial.epochs for trial in pruned) <= sum(trial.epochs for trial in full) / 2
        same += best(pruned).settings == best(full).settings
    assert same >= 8
