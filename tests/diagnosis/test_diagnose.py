"""The diagnosis of a run as data."""

from __future__ import annotations

import json

import numpy as np
import pytest

import nncli
from nncli.diagnosis.case import Case
from nncli.diagnosis.diagnose import Diagnosis, diagnose
from nncli.diagnosis.rule import Finding
from nncli.model import Model
from nncli.store import Run
from tests.diagnosis.tables import write_tables


def test_a_diagnosis_as_data_has_finite_numbers_or_none():
    numbers = {"a": np.float32(0.5), "b": np.nan, "c": np.inf, "d": 3, "e": np.int64(4)}
    finding = Finding("init_too_small", "seen", numbers, "It shrinks.", [], "the book", 0.6)
    data = Diagnosis("runs/a/1", "learns_badly", (finding,)).as_dict()
    assert json.loads(json.dumps(data, allow_nan=False)) == {
        "run": "runs/a/1",
        "verdict": "learns_badly",
        "findings": [
            {
                "name": "init_too_small",
                "evidence": {"a": 0.5, "b": None, "c": None, "d": 3, "e": 4},
                "explanation": "It shrinks.",
                "change": None,
                "reference": "the book",
                "confidence": 0.6,
            }
        ],
    }


def test_json_of_a_healthy_run_has_no_findings():
    assert Diagnosis("runs/sine/1", "healthy", ()).as_dict() == {
        "run": "runs/sine/1",
        "verdict": "healthy",
        "findings": [],
    }


def test_a_diagnosis_in_a_line_names_the_first_finding() -> None:
    finding = Finding("init_too_small", "seen", {}, "It shrinks.", [], "the book", 0.6)
    assert Diagnosis("runs/a b/1", "learns_badly", (finding, finding)).line == (
        "learns badly: init_too_small: seen; see nncli why 'runs/a b/1'"
    )
    assert Diagnosis("runs/a/1", "does_not_learn", ()).line == "does not learn; see nncli why runs/a/1"
    assert Diagnosis("runs/a/1", "healthy", ()).line == ""


def test_errors_count_with_the_weights_of_classes(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_tables(tmp_path)
    spec = tmp_path / "rare.yaml"
    spec.write_text(
        "data: {type: npz, path: rare.npz, task: classes}\n"
        "layers: [{type: dense, units: 2, activation: softmax}]\n"
        "loss: {type: categorical_crossentropy, class_weights: balanced}\n"
        "optimizer: {type: adam, learning_rate: 0.05}\n"
        "train: {epochs: 200}\n"
    )
    run = nncli.train(spec, runs_dir=tmp_path)
    assert diagnose(Run(run.path)).verdict == "healthy"
    case = Case.of(Model(Run(run.path)), "done")
    y, t = case.predictions, case.setup.targets
    rare, frequent = t[:, 1] == 1, t[:, 1] == 0
    assert rare.sum() == 18
    by_class = [np.mean((y[rows] - t[rows]) ** 2) / 0.25 for rows in (rare, frequent)]  # 0.25: both predicted as 0.5
    assert case.unexplained == pytest.approx(np.mean(by_class))
