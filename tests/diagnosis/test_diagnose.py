"""The diagnosis of a run as data."""

from __future__ import annotations

import json

import numpy as np

from nncli.diagnosis.diagnose import Diagnosis
from nncli.diagnosis.rule import Finding


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
