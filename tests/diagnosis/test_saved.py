"""diagnosis.json: written at the end of training, read by other commands, and computed if it is missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

import nncli
from nncli import config, training
from nncli.diagnosis import saved
from nncli.diagnosis.diagnose import diagnose
from nncli.diagnosis.saved import diagnose_training, verdict_of_run
from nncli.diagnosis.verdict import Verdict
from nncli.errors import NncliError
from nncli.model import Model
from nncli.runner import Runner
from nncli.store import Run
from nncli.store.run import VERDICTS

SPEC = """\
data: {type: linear, samples: 50}
layers: [{type: dense, units: 1}]
loss: mse
optimizer: {type: adam, learning_rate: 0.1}
train: {epochs: 200}
"""
UNTRAINED = {"train.epochs": 1}
TABLE = "x,y\n" + "".join(f"{i},{(2 * i) % 7}\n" for i in range(30))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NNCLI_RUNS_DIR", raising=False)


def test_names_of_verdicts_are_those_of_the_store() -> None:
    assert get_args(Verdict) == VERDICTS


def test_a_training_is_diagnosed_without_reading_its_data_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolved = config.load(tmp_path / "spec.yaml", ["train.epochs=1"], SPEC).resolved
    with Runner(["nncli"]) as runner:
        result = runner.train(resolved, tmp_path / "runs")
    expected = diagnose(result.run)
    monkeypatch.setattr(training, "prepare", lambda resolved: pytest.fail("the data were read again"))
    diagnosis = diagnose_training(result.run, result.training, result.ended.status)
    assert diagnosis == expected
    written = json.loads((result.run.path / "diagnosis.json").read_text())
    assert written.pop("format") == 1
    assert written == {key: value for key, value in expected.as_dict().items() if key != "run"}
    assert result.run.verdict() == written["verdict"] == "does_not_learn"
    assert diagnose_training(result.run, result.training, "stopped") is None


def test_a_run_that_cannot_be_written_is_diagnosed(tmp_path: Path) -> None:
    with Runner(["nncli"]) as runner:
        result = runner.train(config.load(tmp_path / "spec.yaml", [], SPEC).resolved, tmp_path / "runs")
    (result.run.path / "diagnosis.json").mkdir()
    diagnosis = diagnose_training(result.run, result.training, "done")
    assert diagnosis is not None
    assert (diagnosis.verdict, diagnosis.line) == ("healthy", "")
    (result.run.path / "checkpoints" / "last.npz").write_bytes(b"damaged")
    assert diagnose_training(result.run, result.training, "done") is None


def test_a_missing_verdict_is_computed() -> None:
    run = nncli.train(SPEC)
    assert run.verdict() is None
    assert verdict_of_run(run) == verdict_of_run(run, Model(run)) == "healthy"
    assert not (run.path / "diagnosis.json").exists()
    assert verdict_of_run(nncli.train(SPEC, UNTRAINED)) == "does_not_learn"
    sgd = {"optimizer": {"type": "sgd", "learning_rate": 1e30}}
    assert verdict_of_run(nncli.train(SPEC, sgd)) == "diverged"


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        ('{"format": 1, "verdict": "learns_badly", "findings": []}', "learns_badly"),
        ('{"verdict": "good"}', "healthy"),
        ('{"verdict": ["healthy"]}', "healthy"),
        ("[]", "healthy"),
        ("", "healthy"),
    ],
)
def test_a_damaged_verdict_is_computed(content: str, verdict: str) -> None:
    run = nncli.train(SPEC)
    (run.path / "diagnosis.json").write_text(content)
    assert verdict_of_run(run) == verdict


def test_a_verdict_of_another_format_is_refused() -> None:
    run = nncli.train(SPEC)
    (run.path / "diagnosis.json").write_text('{"format": 2, "verdict": "healthy"}')
    with pytest.raises(NncliError, match="has format 2"):
        verdict_of_run(run)


def test_nothing_is_computed_without_weights_or_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t.csv").write_text(TABLE)
    run = nncli.train(SPEC, {"data": {"type": "csv", "path": "t.csv", "target": "y"}})
    assert verdict_of_run(run) is not None
    monkeypatch.setattr(saved, "MAX_VALUES", 29)
    assert verdict_of_run(run) is None
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").unlink()
    assert verdict_of_run(run) is None
    (run.path / "checkpoints" / "last.npz").unlink()
    assert verdict_of_run(run) is None


def test_a_lost_run_has_no_verdict() -> None:
    run = nncli.train(SPEC)
    info = json.loads((run.path / "run.json").read_text())
    (run.path / "run.json").write_text(json.dumps(info | {"status": "running"}))
    (run.path / "diagnosis.json").write_text('{"verdict": "healthy"}')
    assert run.status == "lost"
    assert verdict_of_run(run) is None


def test_a_bug_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    def diagnose_model(model: Model, status: str) -> str:
        raise np.linalg.LinAlgError("singular")

    monkeypatch.setattr(saved, "diagnose_model", diagnose_model)
    run = nncli.train(SPEC)
    with pytest.warns(RuntimeWarning, match="a bug of nncli: cannot diagnose the run: LinAlgError"):
        assert verdict_of_run(Run(run.path)) is None
