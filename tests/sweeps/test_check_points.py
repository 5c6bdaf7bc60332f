"""Trials are checked before the first training; their problems are reported at their places."""

from __future__ import annotations

from pathlib import Path

import pytest

from nncli import config
from nncli.errors import SpecErrors, UsageError
from nncli.search.domains import Range
from nncli.search.samplers.grid import Grid
from nncli.search.samplers.random import Random
from nncli.search.space import Space
from nncli.sweeps.check_points import points_to_check
from nncli.sweeps.plan import SweepPlan, make_plan

BASE = """\
name: tiny
data: {type: spiral, samples: 10, classes: 2}
init: {type: normal, scale: 0.1}
layers: [{type: dense, units: 4, activation: relu}, {type: dense, units: 1, activation: sigmoid}]
loss: binary_crossentropy
train: {epochs: 3}
"""


def plan_of(section: str) -> SweepPlan:
    return make_plan(config.read(Path("tiny.yaml"), (), BASE + section))


def problems_of(section: str) -> list[str]:
    with pytest.raises(SpecErrors) as caught:
        plan_of(section)
    return [str(problem) for problem in caught.value.problems]


def test_every_point_of_a_grid_is_checked() -> None:
    section = "sweep: {space: {loss: [mse, binary_crossentropy], layers.1.activation: [sigmoid, relu]}}\n"
    (problem,) = problems_of(section)
    message = "binary_crossentropy needs sigmoid as the last activation, not relu"
    assert problem == f"tiny.yaml:7:72: layers.1.activation=relu: {message}"


def test_all_problems_of_a_grid_are_reported_at_once() -> None:
    section = "sweep:\n  space:\n    layers.0.units: [4, 0, -1]\n    init.scale: [0.1, wide]\n    layer.0.units: [1]\n"
    assert [problem.rpartition(": ")[0] for problem in problems_of(section)] == [
        "tiny.yaml:11:20: layer.0.units=1",
        "tiny.yaml:10:17: init.scale=wide",
        "tiny.yaml:9:21: layers.0.units=0",
        "tiny.yaml:9:21: layers.0.units=-1",
    ]


def test_ends_of_a_range_are_checked() -> None:
    (problem, *_) = problems_of("sweep: {trials: 3, space: {layers.0.units: {int_uniform: [0, 8]}}}\n")
    assert problem == "tiny.yaml:7:44: layers.0.units=0: must be greater than 0, not 0"


def test_problem_of_the_base_is_reported_once_without_a_trial() -> None:
    section = "metrics: [nothing]\nsweep: {space: {init.scale: [0.1, 0.2]}}\n"
    (problem,) = problems_of(section)
    assert problem.startswith('tiny.yaml:7:11: metrics.0: unknown metric "nothing"')


def test_problem_of_some_trials_away_from_the_space_names_the_first() -> None:
    section = "metrics: [f1]\nsweep: {space: {data.classes: [2, 3], init.scale: [0.1, 0.2]}}\n"
    problems = problems_of(section)
    assert any(problem.endswith("(in the trial data.classes=3 init.scale=0.1)") for problem in problems), problems


def test_points_to_check_include_both_ends_of_a_range() -> None:
    space = Space({"a": Range(1, 9), "b": Range(2, 4, whole=True)})
    points = list(points_to_check(space, Random(), 100))
    assert {1, 9} <= {point["a"] for point in points}
    assert {2, 3, 4} == {point["b"] for point in points}


def test_plan_fills_in_defaults() -> None:
    plan = plan_of("sweep: {space: {init.scale: [0.1, 0.2], layers.0.units: [2, 3, 4]}, seeds: 2}\n")
    assert (plan.sampler, plan.trials, plan.seeds) == (Grid(), 6, [0, 1])
    assert (plan.objective.monitor.name, plan.objective.best) == ("loss", False)
    assert plan.changes({"init.scale": 0.2}, 1) == ("init.scale=0.2", "seed=1")
    plan = plan_of("sweep: {space: {init.scale: {uniform: [0.1, 0.2]}}, trials: 9}\n")
    assert (plan.sampler, plan.trials) == (Random(), 9)


def test_grid_may_be_cut_short_and_never_has_more_trials_than_points() -> None:
    assert plan_of("sweep: {space: {init.scale: [0.1, 0.2]}, trials: 1}\n").trials == 1
    assert plan_of("sweep: {space: {init.scale: [0.1, 0.2]}, trials: 99}\n").trials == 2


def test_unknown_monitor_is_refused_with_those_that_exist() -> None:
    message = "tiny.yaml:7:58: sweep.objective.monitor: no metric f9; choose one of loss"
    with pytest.raises(UsageError, match=message):
        plan_of("sweep: {space: {init.scale: [0.1]}, objective: {monitor: f9}}\n")
