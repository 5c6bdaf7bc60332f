"""The other rules of the conclusion, on sweeps with a known answer."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nncli import config
from nncli.config.choices import read_tree
from nncli.search.samplers.base import Sampler
from nncli.search.space import Settings, Space
from nncli.sweeps.conclusion import Analysis, TrialTable, conclude
from nncli.sweeps.conclusion.rules.divergence import divergence
from nncli.sweeps.conclusion.rules.edge import edges
from nncli.sweeps.conclusion.rules.more_trials import _gain_of_doubling, more_trials
from nncli.sweeps.conclusion.rules.runner_up import runner_up
from tests.sweeps.known_sweeps import (
    BASE,
    RATE,
    RATES,
    SCALE,
    SCALES,
    UNITS,
    analysis,
    conclusion,
    plan,
    record,
    table,
    with_scores,
)

SPACE: dict[str, Any] = {**RATES, **SCALES}
VALIDATION: Any = BASE | {"data": {"type": "sine", "samples": 20, "validation": {"samples": 10}}}


def rate(settings: dict[str, Any]) -> float:
    """Return the logarithm of the learning rate, from -4 to -1."""
    return math.log10(settings[RATE])


def bowl(settings: dict[str, Any], seed: int = 0) -> float:
    """Return a loss that is lowest at a learning rate of 0.003, in the middle of its range."""
    return 1 + (rate(settings) + 2.5) ** 2


class Learning(Sampler):
    """A sampler whose trials depend on earlier ones."""

    type = "learning"
    learns = True

    def settings(self, space: Space, number: int) -> Settings:
        raise NotImplementedError


class TestBest:
    def test_line_can_be_pasted(self, tmp_path: Path) -> None:
        space = {"optimizer": [{"type": "sgd", "momentum": {"uniform": [0, 0.9]}}], **SCALES}
        best = conclusion(space, lambda s, seed: s[SCALE], trials=10)["best"]
        assert best.text.startswith("loss 0.")
        file = tmp_path / "base.yaml"
        file.write_text(config.writer.dump(BASE))
        experiment = config.load(file, best.numbers["overrides"]).experiment
        assert experiment.init.scale == best.numbers["settings"][SCALE]  # type: ignore[attr-defined]
        assert "'optimizer={type: sgd, momentum: " in best.text

    def test_numbers_are_the_median_and_the_range_over_seeds(self) -> None:
        best = conclusion({SCALE: [0.1, 0.2]}, lambda s, seed: s[SCALE] * [1, 9, 2][seed], seeds=3)["best"]
        numbers = {key: best.numbers[key] for key in ("trial", "objective", "low", "high")}
        assert numbers == {"trial": 0, "objective": 0.2, "low": 0.1, "high": pytest.approx(0.9)}
        assert best.text == "loss 0.2 (0.1 to 0.9 over 3 seeds) in trial 0: init.scale=0.1"

    def test_higher_is_better_for_accuracy(self) -> None:
        objective = {"monitor": "regression_accuracy"}
        best = conclusion({SCALE: [0.1, 0.2, 0.3]}, lambda s, seed: s[SCALE], objective=objective)["best"]
        assert (best.numbers["trial"], best.numbers["objective"]) == (2, 0.3)

    def test_a_diverged_seed_is_the_worst_also_if_higher_is_better(self) -> None:
        objective = {"monitor": "regression_accuracy"}
        values = [0.9, 0.8, math.inf]
        best = conclusion({SCALE: [0.1]}, lambda s, seed: values[seed], seeds=3, objective=objective)["best"]
        assert best.numbers["objective"] == 0.8

    def test_first_of_equal_trials_is_the_best(self) -> None:
        assert conclusion(SPACE, lambda s, seed: 0.5, trials=5)["best"].numbers["trial"] == 0

    def test_objective_with_validation_data_is_its_loss(self) -> None:
        assert conclusion(SPACE, bowl, trials=2, base=VALIDATION)["best"].text.startswith("val_loss ")


class TestRunnerUp:
    def test_a_gap_of_many_standard_deviations_is_more_than_noise(self) -> None:
        random = np.random.default_rng(0)
        statement = conclusion({SCALE: [1.0, 2.0, 3.0]}, lambda s, seed: s[SCALE] + 0.01 * random.normal(), seeds=3)
        assert statement["runner-up"].text.endswith("more than noise")
        assert statement["runner-up"].numbers["units"] > 50

    def test_units_are_pooled_standard_deviations(self) -> None:
        # Each trial has a standard deviation of 0.1 √2 over its two seeds.
        numbers = conclusion({SCALE: [1.0, 1.5]}, lambda s, seed: s[SCALE] + 0.2 * seed, seeds=2)["runner-up"].numbers
        assert numbers["spread"] == pytest.approx(0.1 * 2**0.5)
        assert numbers["degrees"] == 2
        assert numbers["units"] == pytest.approx(0.5 / (0.1 * 2**0.5))

    def test_bad_trials_with_a_large_spread_do_not_hide_a_difference(self) -> None:
        def outcome(settings: dict[str, Any], seed: int) -> float:
            return settings[SCALE] * (1 + 0.01 * seed) if settings[SCALE] < 0.5 else 100.0 * (1 + seed)

        scales = [0.1, *(0.2 + 0.01 * n for n in range(12)), *(0.5 + 0.01 * n for n in range(12))]
        assert conclusion({SCALE: scales}, outcome, seeds=3)["runner-up"].text.endswith("more than noise")

    def test_one_seed_leaves_the_noise_unknown(self) -> None:
        statement = conclusion(SPACE, bowl, trials=20)["runner-up"]
        assert "units" not in statement.numbers
        assert statement.change == ["sweep.seeds=3"]

    def test_equal_trials_have_no_gap(self) -> None:
        statement = conclusion(SPACE, lambda s, seed: 0.5, trials=4, seeds=2)["runner-up"]
        assert (statement.text, statement.numbers["gap"]) == ("trial 1 has 0.5 too", 0)

    def test_a_single_trial_has_no_runner_up(self) -> None:
        assert "runner-up" not in conclusion(SPACE, bowl, trials=1)

    @pytest.mark.parametrize("seeds", [2, 3, 5])
    def test_noise_is_seldom_taken_for_a_difference(self, seeds: int) -> None:
        random, alarms = np.random.default_rng(seeds), 0
        drawn = table(SPACE, bowl, trials=6, seeds=seeds)
        for _ in range(400):
            statement = runner_up(Analysis(with_scores(drawn, random.normal(size=(6, seeds)))))
            assert statement is not None
            alarms += statement.text.endswith("more than noise")
        assert alarms <= 20  # 5%, or fewer: the best two of several are closer than two at random

    @pytest.mark.parametrize("seeds", [2, 3])
    def test_seeds_that_are_far_off_are_noise_too(self, seeds: int) -> None:
        random, alarms = np.random.default_rng(seeds), 0
        drawn = table(SPACE, bowl, trials=12, seeds=seeds)
        for _ in range(200):
            scores = random.normal(size=(12, seeds)) * np.where(random.random((12, seeds)) < 0.1, 20, 1)
            statement = runner_up(Analysis(with_scores(drawn, scores)))
            assert statement is not None
            alarms += statement.text.endswith("more than noise")
        assert alarms <= 14  # 4% expected, with a standard error of 1.4%

    @pytest.mark.parametrize(("gap", "least", "most"), [(0.0, 5, 20), (30.0, 0, 0)])
    def test_trials_that_may_be_as_good_are_counted(self, gap: float, least: int, most: int) -> None:
        scores = np.random.default_rng(1).normal(size=(21, 3))
        scores[1:] += gap
        found = Analysis(with_scores(table(SPACE, bowl, trials=21, seeds=3), scores))
        assert least <= found.as_good <= most


class TestEdge:
    def test_a_logarithmic_range_is_extended_beyond_its_end(self) -> None:
        statement = conclusion(SPACE, lambda s, seed: 1 - rate(s), trials=40)["edge"]
        assert statement.change == [f"{RATE}={{log_uniform: [0.01, 1]}}"]
        assert statement.numbers["end"] == 0.1

    def test_the_lower_end_is_found_too(self) -> None:
        statement = conclusion(SPACE, lambda s, seed: 5 + rate(s), trials=40)["edge"]
        assert statement.change == [f"{RATE}={{log_uniform: [1.0e-05, 0.001]}}"]

    def test_change_is_a_valid_space(self, tmp_path: Path) -> None:
        statement = conclusion(SPACE, lambda s, seed: 1 - rate(s), trials=40)["edge"]
        file = tmp_path / "base.yaml"
        file.write_text(config.writer.dump(BASE))
        assert read_tree(file, statement.change, {}).sweep is not None

    @pytest.mark.parametrize(
        ("points", "following"),
        [([0.001, 0.01, 0.1], [0.1, 1, 10]), ([0.1, 0.2, 0.3], [0.3, 0.4, 0.5]), ([1, 2, 4, 8], [8, 16, 32])],
    )
    def test_a_list_continues_with_its_ratio_or_step(self, points: list[float], following: list[float]) -> None:
        statement = conclusion({SCALE: points}, lambda s, seed: 20 - s[SCALE] + 0.001 * seed, seeds=3)["edge"]
        assert statement.numbers["next"] == pytest.approx(following)

    def test_whole_numbers_stay_whole(self) -> None:
        space = {UNITS: {"log_int_uniform": [4, 256]}}
        statement = conclusion(space, lambda s, seed: 1000 - s[UNITS], trials=40)["edge"]
        assert statement.change == [f"{UNITS}={{log_int_uniform: [64, 1000]}}"]

    def test_values_that_cannot_be_trained_are_not_proposed(self) -> None:
        space = {"optimizer.beta_1": {"uniform": [0, 0.9]}}  # it must be less than 1
        statement = conclusion(space, lambda s, seed: 1 - s["optimizer.beta_1"], trials=40)["edge"]
        assert statement.numbers["next"] == {"uniform": [0.6, 0.97]}

    def test_the_end_of_what_is_allowed_is_not_an_edge(self) -> None:
        space = {"optimizer.beta_1": {"uniform": [0, 0.9]}}
        assert "edge" not in conclusion(space, lambda s, seed: s["optimizer.beta_1"], trials=40)

    def test_an_optimum_inside_is_not_at_an_edge(self) -> None:
        assert "edge" not in conclusion(SPACE, bowl, trials=60)

    def test_the_better_of_two_values_is_not_at_an_edge(self) -> None:
        assert "edge" not in conclusion({SCALE: [0.1, 1.0]}, lambda s, seed: s[SCALE] + 0.001 * seed, seeds=5)

    def test_noise_seldom_has_an_edge(self) -> None:
        random, alarms = np.random.default_rng(0), 0
        drawn = table(SPACE, bowl, trials=20)
        for _ in range(100):
            alarms += bool(list(edges(Analysis(with_scores(drawn, random.normal(size=(20, 1)))))))
        assert alarms <= 5

    def test_noise_in_a_grid_seldom_has_an_edge(self) -> None:
        random, alarms = np.random.default_rng(0), 0
        drawn = table({RATE: [0.001, 0.01, 0.1], SCALE: [0.1, 0.2, 0.3]}, bowl)
        for _ in range(100):
            alarms += bool(list(edges(Analysis(with_scores(drawn, random.normal(size=(9, 1)))))))
        assert alarms <= 8

    def test_inner_setting_of_an_option_is_not_given_as_an_override(self) -> None:
        space = {
            "optimizer": [
                {"type": "adam", "learning_rate": {"log_uniform": [1e-4, 1e-1]}},
                {"type": "sgd", "learning_rate": 0.1},
            ]
        }

        def outcome(settings: dict[str, Any], seed: int) -> float:
            optimizer = settings["optimizer"]
            return 9.0 if optimizer["type"] == "sgd" else 1 - math.log10(optimizer["learning_rate"])

        statement = conclusion(space, outcome, trials=60)["edge"]
        assert statement.numbers["parameter"] == "optimizer.learning_rate (adam)"
        assert statement.change == []


class TestDivergence:
    def test_the_threshold_is_found(self) -> None:
        found = conclusion(SPACE, lambda s, seed: math.inf if s[RATE] > 0.03 else bowl(s), trials=100)["diverged"]
        region = found.numbers["region"]
        assert region["condition"] == f"{RATE} >= 0.03"
        assert region["diverged"] == region["trials"] == found.numbers["diverged"]
        assert region["diverged_elsewhere"] == 0
        assert found.change == [f"{RATE}={{log_uniform: [0.0001, 0.03]}}"]
        assert found.text == f"16 of 100 trials: 16 of 16 with {RATE} >= 0.03, 0 of 84 elsewhere"

    def test_a_choice_is_found(self) -> None:
        space = {"optimizer": ["sgd", "adam", "rmsprop"], **SCALES}
        found = conclusion(space, lambda s, seed: math.inf if s["optimizer"] == "sgd" else s[SCALE], trials=30)
        assert found["diverged"].numbers["region"]["condition"] == "optimizer=sgd"

    def test_exceptions_on_both_sides_are_counted(self) -> None:
        random = np.random.default_rng(2)

        def outcome(settings: dict[str, Any], seed: int) -> float:
            return math.inf if (settings[RATE] > 0.02) != (random.random() < 0.05) else 1.0

        region = conclusion(SPACE, outcome, trials=200)["diverged"].numbers["region"]
        assert region["parameter"] == RATE
        assert 0.8 < region["diverged"] / region["trials"] < 1
        assert 0 < region["diverged_elsewhere"] / region["trials_elsewhere"] < 0.15

    def test_random_divergence_seldom_has_a_region(self) -> None:
        random, regions = np.random.default_rng(0), 0
        drawn = table(SPACE, bowl, trials=40)
        for _ in range(200):
            scores = np.where(random.random((40, 1)) < 0.2, math.inf, 1.0)
            statement = divergence(Analysis(with_scores(drawn, scores)))
            regions += statement is not None and "region" in statement.numbers
        assert regions <= 10  # 5%, or fewer: neighbouring thresholds are not independent

    def test_two_of_eight_trials_are_too_few_for_a_region(self) -> None:
        found = conclusion({RATE: [0.1, 0.2, 0.3, 0.4], SCALE: [0.1, 0.2]}, lambda s, seed: _worst_at(s, 0.4))
        assert found["diverged"].text == "2 of 8 trials, in no clear region"

    def test_best_trial_stays_in_the_space(self) -> None:
        def outcome(settings: dict[str, Any], seed: int) -> float:
            return math.inf if 0.03 < settings[RATE] < 0.08 else 1 - rate(settings)

        assert conclusion(SPACE, outcome, trials=100)["diverged"].change == []

    def test_when_all_trials_diverged_nothing_else_is_stated(self) -> None:
        found = conclusion(SPACE, lambda s, seed: math.inf, trials=10, seeds=2)
        assert list(found) == ["diverged"]
        assert found["diverged"].text.startswith("10 of 10 trials, so nothing can be compared")


class TestFailures:
    def test_the_most_frequent_message_is_given(self) -> None:
        random = np.random.default_rng(0)

        def outcome(settings: dict[str, Any], seed: int) -> float | str:
            u = random.random()
            return "killed for memory" if u < 0.4 else "out of time" if u < 0.5 else 1.0

        failed = conclusion(SPACE, outcome, trials=50)["failed"]
        assert failed.numbers["reason"] == "killed for memory"
        assert "most often: killed for memory" in failed.text

    def test_when_all_trials_failed_nothing_else_is_stated(self) -> None:
        found = conclusion(SPACE, lambda s, seed: "a bug", trials=10)
        assert list(found) == ["failed"]
        assert found["failed"].text == "10 of 10 trials: a bug; train them again with --retry-failed"


class TestPruning:
    def test_share_and_epochs_are_given(self) -> None:
        pruned = conclusion(SPACE, lambda s, seed: None if rate(s) < -2.5 else bowl(s), trials=40)["pruned"]
        assert 10 < pruned.numbers["pruned"] < 30
        assert pruned.numbers["epochs"] == 0.25
        assert pruned.text.endswith("of 40 trials, after 25% of their epochs")


class TestMoreTrials:
    def test_a_complete_grid_has_no_more_trials(self) -> None:
        assert conclusion({SCALE: [0.1, 0.2]}, lambda s, seed: 1.0)["more trials"].numbers == {"left": 0}

    def test_the_rest_of_a_grid_is_counted(self) -> None:
        planned = plan({SCALE: [0.1, 0.2, 0.3]})
        trials = [record(planned, 0, {SCALE: 0.1}, lambda s, seed: 1.0)]
        assert conclude(TrialTable.of(planned, trials))[-1].text == "2 of 3 trials are left"

    @pytest.mark.parametrize(("trials", "beat"), [(1, "1 more has"), (2, "2 more have"), (8, "8 more have")])
    def test_few_trials_leave_an_even_chance(self, trials: int, beat: str) -> None:
        statement = conclusion(SPACE, bowl, trials=trials)["more trials"]
        assert beat in statement.text
        assert statement.numbers["chance"] == 0.5
        assert statement.change == [f"sweep.trials={2 * trials}"]

    def test_many_trials_as_good_as_the_best_make_more_useless(self) -> None:
        random = np.random.default_rng(0)
        statement = conclusion(SPACE, lambda s, seed: 1 + 0.1 * random.normal(), trials=50, seeds=3)["more trials"]
        assert statement.text.startswith("probably no use")
        assert statement.change == []

    def test_a_best_trial_far_ahead_makes_more_useful(self) -> None:
        random = np.random.default_rng(0)
        statement = conclusion(
            SPACE, lambda s, seed: 3 + rate(s) + s[SCALE] + 0.001 * random.normal(), trials=20, seeds=3
        )["more trials"]
        assert statement.text.startswith("probably useful")

    def test_noise_is_unknown_with_one_seed(self) -> None:
        assert conclusion(SPACE, bowl, trials=20)["more trials"].text.startswith(("perhaps useful", "probably no use"))

    @pytest.mark.parametrize(
        ("losses", "verdict"),
        [
            ([2.0 - 0.1 * n for n in range(12)], "probably useful: the last 6 improved loss by 0.6"),
            ([1.0 + 0.1 * n for n in range(12)], "probably no use: the last 6 improved loss by nothing"),
            ([*[1.0] * 6, *[0.999] * 6], "probably no use: the last 6 improved loss by less than noise"),
            ([*[math.inf] * 6, *[0.5] * 6], "probably useful: the last 6 improved loss"),
            ([1.0, 0.5], "2 trials cannot show how useful others are"),
        ],
    )
    def test_a_sampler_that_learns_is_judged_by_its_progress(self, losses: list[float], verdict: str) -> None:
        drawn = with_scores(table(SPACE, bowl, trials=len(losses)), np.array(losses)[:, None])
        learning = dataclasses.replace(drawn, plan=dataclasses.replace(drawn.plan, sampler=Learning()))
        statement = more_trials(Analysis(learning))
        assert statement is not None
        assert statement.text == verdict

    def test_gain_of_doubling_is_that_of_random_halves(self) -> None:
        random = np.random.default_rng(0)
        costs = np.sort(random.normal(size=20))
        halves = [random.permutation(costs)[:10].min() - costs[0] for _ in range(20_000)]
        assert _gain_of_doubling(costs, 20) == pytest.approx(np.mean(halves), rel=0.05)

    def test_expected_gain_of_more_trials_is_close_to_the_real_one(self) -> None:
        random, expected, real = np.random.default_rng(0), list[float](), list[float]()
        for _ in range(2000):
            costs = random.exponential(size=80)
            expected.append(_gain_of_doubling(np.sort(costs[:40]), 40))
            real.append(float(costs[:40].min() - costs.min()))
        # A bounded loss comes closer to its bound with each doubling, so the real gain is about half of the last one.
        assert np.mean(real) < np.mean(expected) < 3 * np.mean(real)


def test_numbers_are_plain_json() -> None:
    random = np.random.default_rng(0)

    def outcome(settings: dict[str, Any], seed: int) -> float | str | None:
        u = random.random()
        return "a bug" if u < 0.1 else None if u < 0.2 else math.inf if settings[RATE] > 0.03 else 1 - rate(settings)

    statements = conclude(analysis(SPACE, outcome, trials=100, seeds=2).table)
    assert len(statements) >= 6
    json.loads(json.dumps([statement.as_dict() for statement in statements], allow_nan=False))


def _worst_at(settings: dict[str, Any], value: float) -> float:
    return math.inf if settings[RATE] == value else settings[SCALE]


def test_trials_outside_of_a_changed_space_do_not_count() -> None:
    planned = plan({SCALE: {"uniform": [0.5, 1.0]}}, trials=4)
    trials = [record(planned, n, {SCALE: value}, bowl_of_scale) for n, value in enumerate([0.1, 0.6, 0.7, 2.0])]
    assert [trial.number for trial in TrialTable.of(planned, trials).trials] == [1, 2]
    assert Analysis(TrialTable.of(planned, trials)).best == 0


def bowl_of_scale(settings: dict[str, Any], seed: int) -> float:
    return float(settings[SCALE])
