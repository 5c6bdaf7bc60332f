"""TPE: what it learns, that trials and a seed decide, and that a restored study continues as if it had not stopped."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import pytest

from nncli.search import tpe_learner
from nncli.search.domains import Choice, Range
from nncli.search.result import Result
from nncli.search.samplers.random import Random
from nncli.search.samplers.tpe import Tpe
from nncli.search.space import Space
from nncli.search.study import Study
from tests.search.simulated import NETWORK, Trial, loss, simulate, sweep
from tests.search.spaces import EVERY_KIND


def settings_of(trials: list[Trial]) -> list[object]:
    return [trial.settings for trial in trials]


def test_first_trials_are_those_of_random(tmp_path: Path) -> None:
    drawn = settings_of(sweep(tmp_path, Tpe(seed=3, startup_trials=7), trials=8))
    random = [Random(seed=3).settings(NETWORK, number) for number in range(8)]
    assert drawn[:7] == random[:7]
    assert drawn[7] != random[7]


def test_same_seed_gives_the_same_trials(tmp_path: Path) -> None:
    first, again, other = (settings_of(sweep(tmp_path, Tpe(seed=seed), trials=20)) for seed in (1, 1, 2))
    assert first == again
    assert not any(settings in first for settings in other)


def test_restored_study_continues_as_if_it_had_not_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tpe_learner, "NEWEST", 8)  # so that trials are forgotten
    monkeypatch.setattr(tpe_learner, "BEST", 3)
    undisturbed = sweep(tmp_path, Tpe(), trials=40)
    for stopped_after in (5, 15, 23, 32):
        study = Study(NETWORK, Tpe(), None, tmp_path / "optuna.journal")
        for number, trial in enumerate(undisturbed[:stopped_after]):
            finite = trial.value < float("inf")
            result = Result("done" if finite else "diverged", trial.value if finite else None)
            study.restore(number, trial.settings, result)
        continued = simulate(study, 40 - stopped_after, loss, first=stopped_after)
        assert settings_of(continued) == settings_of(undisturbed[stopped_after:])


def test_settings_of_every_kind_are_in_the_space_and_rounded(tmp_path: Path) -> None:
    study = Study(EVERY_KIND, Tpe(startup_trials=3), None, tmp_path / "optuna.journal")
    for number in range(40):
        settings = study.ask(number)
        assert EVERY_KIND.contains(settings)
        rate = settings["optimizer"]["learning_rate"]
        assert rate == float(f"{rate:.6g}")
        study.begin(number, settings)
        study.tell(number, Result("done", abs(settings["train.epochs"] - 100.0)))


@pytest.mark.parametrize("higher_is_better", [False, True])
def test_learns_in_the_direction_of_the_objective(tmp_path: Path, higher_is_better: bool) -> None:
    space = Space({"x": Range(0, 1)})
    study = Study(space, Tpe(), None, tmp_path / "optuna.journal", higher_is_better=higher_is_better)
    drawn = simulate(study, 40, lambda settings, epoch: float(settings["x"]))
    late = median(trial.settings["x"] for trial in drawn[20:])
    assert late > 0.8 if higher_is_better else late < 0.2


@pytest.mark.parametrize("higher_is_better", [False, True])
def test_avoids_where_trainings_diverge(tmp_path: Path, higher_is_better: bool) -> None:
    space = Space({"x": Range(0, 1)})
    study = Study(space, Tpe(), None, tmp_path / "optuna.journal", higher_is_better=higher_is_better)
    drawn = list[float]()
    for number in range(60):
        settings = study.ask(number)
        study.begin(number, settings)
        diverged = settings["x"] > 0.5
        study.tell(number, Result("diverged") if diverged else Result("done", 1.0))
        drawn.append(settings["x"])
    assert sum(x > 0.5 for x in drawn[20:]) <= 10


def test_learns_from_pruned_trials(tmp_path: Path) -> None:
    space = Space({"x": Range(0, 1)})
    study = Study(space, Tpe(), None, tmp_path / "optuna.journal")
    drawn = list[float]()
    for number in range(40):
        settings = study.ask(number)
        study.begin(number, settings)
        study.tell(number, Result("pruned", None, ((10, settings["x"]),)))
        drawn.append(settings["x"])
    assert median(drawn[20:]) < 0.2


def test_ignores_failed_trials(tmp_path: Path) -> None:
    """Failures alone are no results to learn from, so that each draw is still random."""
    space = Space({"x": Range(0, 1)})
    study = Study(space, Tpe(startup_trials=2), None, tmp_path / "optuna.journal")
    drawn = list[float]()
    for number in range(100):
        settings = study.ask(number)
        study.begin(number, settings)
        study.tell(number, Result("failed"))
        drawn.append(settings["x"])
    assert all(10 < sum(low <= x < low + 0.2 for x in drawn) < 32 for low in (0, 0.2, 0.4, 0.6, 0.8))


def test_running_trials_are_not_drawn_again(tmp_path: Path) -> None:
    """Several workers ask before any result comes; without the running trials, all would get nearly the same."""
    space = Space({"x": Range(0, 1)})
    study = Study(space, Tpe(), None, tmp_path / "optuna.journal")
    simulate(study, 30, lambda settings, epoch: (settings["x"] - 0.5) ** 2)
    drawn = list[float]()
    for number in range(30, 38):
        settings = study.ask(number)
        study.begin(number, settings)
        drawn.append(settings["x"])
    assert max(drawn) - min(drawn) > 0.05
    assert len(set(drawn)) == 8


def test_order_of_points_of_a_range_is_used(tmp_path: Path) -> None:
    """The best point is found without having been drawn at random, because its neighbours are good."""
    options = tuple(range(200))
    space = Space({"x": Choice(options, ordered=True)})
    study = Study(space, Tpe(), None, tmp_path / "optuna.journal")
    drawn = simulate(study, 60, lambda settings, epoch: abs(settings["x"] - 120.0))
    assert min(trial.value for trial in drawn) <= 2


@pytest.mark.long
def test_median_is_better_than_that_of_random_draws(tmp_path: Path) -> None:
    better = 0
    for seed in range(10):
        learned, random = (
            median(trial.value for trial in sweep(tmp_path, sampler, trials=60))
            for sampler in (Tpe(seed=seed), Random(seed=seed))
        )
        better += learned < random
    assert better >= 8


def test_running_trials_are_not_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tpe_learner, "NEWEST", 4)
    study = Study(NETWORK, Tpe(startup_trials=2), None, tmp_path / "optuna.journal")
    for number in range(4):
        study.begin(number, study.ask(number))
    simulate(study, 20, loss, first=4)
    for number in range(4):
        study.tell(number, Result("done", 1.0))
    assert len(simulate(study, 5, loss, first=24)) == 5
