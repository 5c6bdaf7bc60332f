"""The reports of trainings in the journal of a sweep, from which its study is restored."""

from __future__ import annotations

import json
import math
from pathlib import Path

from nncli.store.atomic import finite
from nncli.sweeps.records import TrainingRecord, TrialRecord, asked, ended, read_records


def test_reports_survive_the_journal(tmp_path: Path) -> None:
    training = TrainingRecord(0, "00000-seed0", "pruned", 0.5, 20, 1.0, "pruned", ((10, math.inf), (20, 0.5)))
    lines = [asked(TrialRecord(0, {"init.scale": 0.1})), ended(0, training)]
    (trial,) = read_records(json.loads(json.dumps(finite(line))) for line in lines).values()
    (first, second) = trial.trainings[0].reports
    assert first[0] == 10 and math.isnan(first[1])  # JSON has no infinity, and either is the worst
    assert second == (20, 0.5)


def test_trainings_without_reports_have_no_such_field() -> None:
    assert "reports" not in ended(0, TrainingRecord(1, "00000-seed1", "done", 0.5))
