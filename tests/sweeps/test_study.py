"""The reports of trainings in the journal of a sweep, from which its study is restored."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from nncli.config.choices import read_tree
from nncli.search.pruners.median import Median
from nncli.store.atomic import finite
from nncli.sweeps.plan import make_plan
from nncli.sweeps.records import TrainingRecord, TrialRecord, asked, ended, read_records
from tests.cli.program import TINY


def test_reports_survive_the_journal(tmp_path: Path) -> None:
    training = TrainingRecord(0, "00000-seed0", "pruned", 0.5, 20, 1.0, "pruned", ((10, math.inf), (20, 0.5)))
    lines = [asked(TrialRecord(0, {"init.scale": 0.1})), ended(0, training)]
    (trial,) = read_records(json.loads(json.dumps(finite(line))) for line in lines).values()
    (first, second) = trial.trainings[0].reports
    assert first[0] == 10 and math.isnan(first[1])  # JSON has no infinity, and either is the worst
    assert second == (20, 0.5)


def test_trainings_without_reports_have_no_such_field() -> None:
    assert "reports" not in ended(0, TrainingRecord(1, "00000-seed1", "done", 0.5))


@pytest.mark.parametrize(
    ("choices", "epochs"),
    [
        ("train.epochs=[40, 20, 30]", 40),
        ("train.epochs={int_uniform: [10, 70]}", 70),
        ("train={epochs: {log_int_uniform: [4, 8]}}", 8),
        ("train=[{epochs: 5}, {epochs: 60}, {epochs: {int_uniform: [10, 50]}}]", 60),
        ("init.scale=0.1,1.0", 12),
    ],
)
def test_trainings_report_for_the_longest_of_them(tmp_path: Path, choices: str, epochs: int) -> None:
    (tmp_path / "tiny.yaml").write_text(TINY + "init: normal\n")
    arguments = [choices, "sweep.pruner={type: median, min_epochs: 2}", "sweep.trials=2"]
    plan = make_plan(read_tree(tmp_path / "tiny.yaml", arguments, {}))
    assert plan.epochs == epochs
    assert plan.objective.reports == Median(min_epochs=2).report_epochs(epochs)
