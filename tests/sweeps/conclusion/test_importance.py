"""Shares of the variance, on sweeps whose parameters have known effects."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from nncli.sweeps.conclusion import Analysis
from nncli.sweeps.conclusion.importance import Importance, importance
from nncli.sweeps.conclusion.ranks import features, midranks
from tests.sweeps.known_sweeps import RATE, RATES, SCALE, SCALES, UNITS, analysis, table, with_scores

SPACE: dict[str, Any] = {**RATES, **SCALES, UNITS: {"int_uniform": [4, 64]}}
GRID: dict[str, Any] = {SCALE: [0.01, 0.1], RATE: [0.001, 0.005, 0.01, 0.05]}
OPTIMIZERS: Any = [
    {"type": "adam", "learning_rate": {"log_uniform": [1e-4, 1e-1]}},
    {"type": "sgd", "learning_rate": 0.1, "momentum": {"uniform": [0, 0.9]}},
]


def rate(settings: dict[str, Any]) -> float:
    """Return the logarithm of the learning rate, from -4 to -1."""
    return math.log10(settings[RATE])


def noise(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def verdicts(result: Importance) -> dict[str, str]:
    return {share.name: share.verdict for share in result.shares}


@pytest.mark.parametrize("trials", [20, 60])
def test_the_only_parameter_with_an_effect_explains_nearly_everything(trials: int) -> None:
    false_alarms = 0
    for seed in range(10):
        random = noise(seed)
        result = analysis(
            SPACE,
            lambda s, _, random=random: (rate(s) + 2.3) ** 2 + 0.01 * random.normal(),
            trials=trials,
            sampler={"type": "random", "seed": seed},
        ).importance
        first, *others = result.shares
        assert (first.name, first.verdict) == (RATE, "matters")
        assert first.share > 0.8
        assert first.p is not None and first.p < 0.01
        assert result.rest < 0.2
        false_alarms += any(share.verdict == "matters" for share in others)
    assert false_alarms <= 2  # 0.5 expected


def test_shares_are_those_of_an_additive_function() -> None:
    # Variances of uniform ranks: 9 and 1 parts of 10.
    result = analysis(
        {SCALE: {"uniform": [0.1, 1.1]}, "optimizer.beta_1": {"uniform": [0, 0.9]}},
        lambda s, seed: 3 * s[SCALE] + s["optimizer.beta_1"] / 0.9,
        trials=400,
    ).importance
    assert [share.name for share in result.shares] == [SCALE, "optimizer.beta_1"]
    assert result.shares[0].share == pytest.approx(0.9, abs=0.05)
    assert result.shares[1].share == pytest.approx(0.1, abs=0.05)


def test_a_pure_interaction_is_found_as_a_pair() -> None:
    random = noise()
    result = analysis(
        SPACE, lambda s, seed: (rate(s) + 2.5) * (s[SCALE] - 0.6) + 0.01 * random.normal(), trials=100
    ).importance
    assert [share.name for share in result.shares if share.verdict == "matters"] == [f"{RATE} with {SCALE}"]
    assert result.shares[0].share > 0.5
    assert {result.verdict(column) for column in result.shares[0].columns} == {"matters"}


def test_parameters_of_an_option_are_judged_among_its_trials() -> None:
    random = noise()

    def outcome(settings: dict[str, Any], seed: int) -> float:
        optimizer = settings["optimizer"]
        return float(10 + random.normal() if optimizer["type"] == "adam" else -10 * optimizer["momentum"])

    result = analysis({"optimizer": OPTIMIZERS}, outcome, trials=60).importance
    assert verdicts(result) == {
        "optimizer": "matters",
        "optimizer.momentum (sgd)": "matters",
        "optimizer.learning_rate (adam)": "does not matter",
    }


def test_choices_without_an_order_matter() -> None:
    space = {"optimizer": ["sgd", "adam", "rmsprop"], **SCALES}
    values = {"sgd": 1.0, "adam": 0.0, "rmsprop": 2.0}
    random = noise()
    result = analysis(space, lambda s, seed: values[s["optimizer"]] + 0.1 * random.normal(), trials=30).importance
    assert verdicts(result) == {"optimizer": "matters", SCALE: "does not matter"}


def test_diverged_trials_count_as_the_worst() -> None:
    random = noise()
    result = analysis(
        SPACE, lambda s, seed: math.inf if s[RATE] > 0.01 else 1 + 0.1 * random.normal(), trials=60
    ).importance
    assert verdicts(result)[RATE] == "matters"


def test_pruned_trials_count_as_worse_than_those_that_are_done() -> None:
    random = noise()
    result = analysis(SPACE, lambda s, seed: None if rate(s) < -2 else random.normal(), trials=60).importance
    assert verdicts(result)[RATE] == "matters"
    assert result.results == 60


def test_a_complete_grid_with_seeds_is_judged_by_its_trainings() -> None:
    random = noise()

    def outcome(settings: dict[str, Any], seed: int) -> float:
        return 5 - rate(settings) + 10 * settings[SCALE] + 0.01 * random.normal()

    result = analysis(GRID, outcome, seeds=3).importance
    assert result.results == 24
    assert verdicts(result) == {RATE: "matters", SCALE: "matters"}


@pytest.mark.parametrize("trials", [1, 2, 5])
def test_few_trials_show_nothing(trials: int) -> None:
    assert analysis(SPACE, lambda s, seed: rate(s), trials=trials).importance.shares == []


def test_eight_trials_of_noise_leave_every_parameter_unclear() -> None:
    random = noise(3)
    result = analysis(SPACE, lambda s, seed: random.normal(), trials=8).importance
    assert set(verdicts(result).values()) == {"unclear"}


def test_equal_objectives_show_no_parameter() -> None:
    assert analysis(SPACE, lambda s, seed: 0.7, trials=20).importance.shares == []


def test_noise_over_seeds_is_its_share_of_the_variance_between_trials() -> None:
    # Means over 4 seeds: variance 1 of the settings, and 1 / 4 of the noise.
    random = noise()
    effects = {number: NormalDist().inv_cdf((number - 3.5) / 61) for number in range(4, 65)}
    result = analysis(
        {UNITS: {"int_uniform": [4, 64]}},
        lambda s, seed: effects[s[UNITS]] + random.normal(),
        trials=400,
        seeds=4,
    ).importance
    assert result.noise == pytest.approx(0.2, abs=0.05)


def test_noise_is_unknown_with_one_seed() -> None:
    assert analysis(SPACE, lambda s, seed: rate(s), trials=20).importance.noise is None


@pytest.mark.parametrize(("space", "trials"), [(SPACE, 20), (GRID, 8)])
def test_pure_noise_seldom_matters(space: dict[str, Any], trials: int) -> None:
    assert _false_alarms(space, trials, 1, sweeps=100) <= 0.11  # 5% expected, with a standard error of 2.2%


@pytest.mark.long
@pytest.mark.parametrize(
    ("space", "trials", "seeds"),
    [(SPACE, 20, 3), (SPACE, 40, 1), (SPACE, 100, 2), (GRID, 8, 3), ({"optimizer": OPTIMIZERS}, 30, 1)],
)
def test_pure_noise_seldom_matters_in_larger_sweeps(space: dict[str, Any], trials: int, seeds: int) -> None:
    assert _false_alarms(space, trials, seeds, sweeps=200) <= 0.09  # 5% expected, with a standard error of 1.5%


def test_parameters_without_effect_have_a_share_of_zero_in_the_median() -> None:
    drawn, random = table(SPACE, lambda s, seed: 1.0, trials=20), noise(1)
    results = [importance(with_scores(drawn, random.normal(size=(20, 1)))) for _ in range(40)]
    assert np.median([share.share for result in results for share in result.shares]) == 0


@pytest.mark.parametrize(("space"), [GRID, {**GRID, SCALE: [1, 2, 3]}, {**GRID, UNITS: [4, 8]}])
def test_a_strong_parameter_seldom_makes_others_matter_in_a_small_grid(space: dict[str, Any]) -> None:
    drawn, random, alarms = table(space, lambda s, seed: 1.0), noise(1), 0
    rates = next(column.values for column in drawn.columns if column.name == RATE)
    for _ in range(100):
        scores = 20 * np.log10(rates) + random.normal(size=len(rates))
        result = verdicts(importance(with_scores(drawn, scores[:, None])))
        assert result.pop(RATE) == "matters"
        alarms += "matters" in result.values()
    assert alarms <= 9  # 4% expected, with a standard error of 2%


def test_features_of_a_parameter_do_not_tell_whether_a_trial_has_it() -> None:
    drawn = table({"optimizer": OPTIMIZERS}, lambda s, seed: 1.0, trials=30)
    columns = features(drawn.columns[1], np.arange(30))
    absent = np.isnan(drawn.columns[1].values)
    assert columns.shape[1] > 1
    assert not columns[absent].any()
    assert columns.sum(axis=0) == pytest.approx(0, abs=1e-12)


def _false_alarms(space: dict[str, Any], trials: int, seeds: int, *, sweeps: int) -> float:
    """Return the share of sweeps with random results in which a parameter matters."""
    drawn, random, alarms = table(space, lambda s, seed: 1.0, trials=trials, seeds=seeds), noise(5), 0
    for _ in range(sweeps):
        result = importance(with_scores(drawn, random.normal(size=(trials, seeds))))
        alarms += any(share.verdict == "matters" for share in result.shares)
    return alarms / sweeps


def test_equal_values_share_the_mean_of_their_ranks() -> None:
    assert midranks(np.array([3.0, 1.0, 3.0, math.inf])).tolist() == [2.5, 1, 2.5, 4]


def test_analysis_is_the_same_each_time() -> None:
    random = noise()
    drawn = table(SPACE, lambda s, seed: rate(s) + random.normal(), trials=30)
    assert Analysis(drawn).importance.shares == Analysis(drawn).importance.shares
