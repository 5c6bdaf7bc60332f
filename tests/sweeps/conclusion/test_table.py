"""The table of trials, and the ranges that rules propose."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nncli.search.domains import Range
from nncli.sweeps.conclusion import TrialTable, ranges
from tests.sweeps.known_sweeps import RATE, RATES, SCALE, table, write

OPTIMIZERS: Any = [
    {"type": "adam", "learning_rate": {"log_uniform": [1e-4, 1e-1]}},
    {"type": "sgd", "learning_rate": [0.1, 1.0]},
]


def test_columns_are_named_by_their_path_and_option() -> None:
    columns = table({"optimizer": OPTIMIZERS}, lambda s, seed: 1.0, trials=20).columns
    names = ["optimizer", "optimizer.learning_rate (adam)", "optimizer.learning_rate (sgd)"]
    assert [column.name for column in columns] == names
    assert [column.conditional for column in columns] == [False, True, True]
    assert [column.numeric for column in columns] == [False, True, True]
    assert columns[0].option(1) == "sgd"


def test_a_trial_has_only_the_parameters_of_its_option() -> None:
    optimizer, adam, sgd = table({"optimizer": OPTIMIZERS}, lambda s, seed: 1.0, trials=20).columns
    assert np.array_equal(np.isnan(adam.values), optimizer.values == 1)
    assert np.array_equal(np.isnan(sgd.values), optimizer.values == 0)
    assert set(sgd.values[optimizer.values == 1]) == {0.1, 1.0}


def test_costs_are_lower_for_better_objectives_and_infinite_for_diverged_ones() -> None:
    values = {0.1: 0.9, 0.2: math.inf, 0.3: None, 0.4: "a bug"}
    objective = {"monitor": "regression_accuracy"}
    drawn = table({SCALE: list(values)}, lambda s, seed: values[s[SCALE]], objective=objective)  # type: ignore[return-value]
    assert drawn.statuses == ["done", "diverged", "pruned", "failed"]
    assert drawn.costs[:2].tolist() == [-0.9, math.inf]
    assert np.isnan(drawn.costs[2:]).all()
    assert drawn.objective(float(drawn.costs[0])) == 0.9


def test_a_table_is_read_from_the_directory_of_a_sweep(tmp_path: Path) -> None:
    drawn = table(RATES, lambda s, seed: s[RATE], trials=5, seeds=2)
    read = TrialTable.read(write(tmp_path, RATES, lambda s, seed: s[RATE], trials=5, seeds=2))
    assert read.trials == drawn.trials
    assert read.costs.tolist() == drawn.costs.tolist()


@pytest.mark.parametrize(
    ("below", "value", "expected"),
    [(0.0289, 0.0408, 0.03), (0.01, 0.1, 0.03), (0, 1, 0.5), (-1, 1, 0), (9, 10, 10), (0.1234, 0.1235, 0.1235)],
)
def test_threshold_is_the_shortest_number_between_two_values(below: float, value: float, expected: float) -> None:
    assert ranges.threshold(below, value) == expected


@pytest.mark.parametrize("logarithmic", [False, True])
def test_position_is_the_inverse_of_a_range(logarithmic: bool) -> None:
    domain = Range(0.01, 10.0, logarithmic)
    for u in (0.0, 0.3, 0.9):
        assert ranges.position(domain, domain.at(u)) == pytest.approx(u, abs=1e-5)


@pytest.mark.parametrize(
    ("domain", "cut", "upper", "expected"),
    [
        (Range(0.001, 1.0, True), 0.1, False, {"log_uniform": [0.001, 0.1]}),
        (Range(0, 1), 0.5, True, {"uniform": [0.5, 1]}),
        (Range(1, 64, whole=True), 10, False, {"int_uniform": [1, 9]}),
        (Range(1, 64, whole=True), 9.5, True, {"int_uniform": [10, 64]}),
    ],
)
def test_part_of_a_range(domain: Range, cut: float, upper: bool, expected: dict[str, list[float]]) -> None:
    assert ranges.part(domain, cut, upper=upper) == expected


def test_a_positive_range_is_not_extended_below_zero() -> None:
    assert ranges.beyond(Range(0.1, 1.0), upper=False) == (0, 0.4)
