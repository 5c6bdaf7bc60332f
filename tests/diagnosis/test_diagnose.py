import json
import math

from nncli.diagnosis.diagnose import Diagnosis
from nncli.diagnosis.rule import Finding


def test_json_of_a_diagnosis_has_the_documented_keys():
    finding = Finding("lr_too_high", "seen", {"worst": math.inf, "rate": 0.5}, "why", ["a=1"], "the book", 0.9)
    diagnosis = Diagnosis("runs/sine/1", "does_not_learn", (finding,)).as_dict()
    assert json.loads(json.dumps(diagnosis, allow_nan=False)) == {
        "run": "runs/sine/1",
        "verdict": "does_not_learn",
        "findings": [
            {
                "name": "lr_too_high",
                "evidence": {"worst": None, "rate": 0.5},
                "explanation": "why",
                "change": ["a=1"],
                "reference": "the book",
                "confidence": 0.9,
            }
        ],
    }


def test_json_of_a_healthy_run_has_no_findings():
    assert Diagnosis("runs/sine/1", "healthy", ()).as_dict() == {
        "run": "runs/sine/1",
        "verdict": "healthy",
        "findings": [],
    }
