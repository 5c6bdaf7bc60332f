"""`nncli eval`: output, eval.json and exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import nncli
from nncli import store
from nncli.cli.app import app
from nncli.cli.lazy_group import load

LINE = """
name: line
data: {type: sine, samples: 100}
layers: [{type: dense, units: 1}]
loss: mse
train: {epochs: 1}
"""
GATE = """
name: gate
data: {type: spiral, samples: 20, classes: 2, test: {samples: 10}}
layers: [{type: dense, units: 1, activation: sigmoid}]
loss: binary_crossentropy
train: {epochs: 1}
"""
POINTS = "x,y\n0,1\n1,5\n"
VERDICT = "\nverdict of the run: does not learn\n"
LINE_ON_POINTS = """\
metric               value  baseline
loss                     2        13  better
regression_accuracy    0.5         0  better
mae                      1         3  better
r2                     0.5     -2.25  better
"""


def with_weights(directory: Path, spec: str, weights: list[list[float]], biases: list[float]) -> Path:
    """Return a run with the given weights in its only layer."""
    path = directory / "spec.yaml"
    path.write_text(spec)
    run = nncli.train(path, runs_dir=directory / "runs")
    arrays = run.checkpoint("last")
    arrays["layers.0.weights"][...] = weights
    arrays["layers.0.biases"][...] = biases
    store.save_arrays(run.path / "checkpoints" / "last.npz", arrays)
    return run.path


@pytest.fixture
def gate(tmp_path):
    return with_weights(tmp_path, GATE, [[1000], [0]], [0])


@pytest.fixture
def line(tmp_path):
    """Return a run that computes y = 2x + 1."""
    return with_weights(tmp_path, LINE, [[2]], [1])


@pytest.fixture
def run_nncli(tmp_path):
    """Return a function that runs a command; it returns exit code, stdout and stderr without the path of the test."""

    def run(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        env = {
            **os.environ,
            "NNCLI_RUNS_DIR": str(tmp_path / "runs"),
            "PYTHONPATH": str(Path(nncli.__file__).parents[1]),
        }
        command = [sys.executable, "-W", "error", "-m", "nncli", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=env, input=stdin, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout.replace(str(tmp_path), ""), done.stderr.replace(str(tmp_path), "")

    return run


def test_a_table_is_evaluated_and_the_report_saved(tmp_path, line, run_nncli):
    (tmp_path / "points.csv").write_text(POINTS)
    path = str(line).replace(str(tmp_path), "")
    code, out, err = run_nncli("eval", "--data", "points.csv")
    assert (code, err) == (0, "")
    assert out == f"{path}, last checkpoint: 2 samples, points.csv\n\n{LINE_ON_POINTS}{VERDICT}"
    report = json.loads((line / "eval.json").read_text())
    assert report["metrics"] == {"loss": 2, "regression_accuracy": 0.5, "mae": 1, "r2": 0.5}
    assert (report["run"], report["on"], report["data"], report["samples"]) == (str(line), None, "points.csv", 2)


def test_failed_thresholds_exit_with_4(tmp_path, line, run_nncli):
    thresholds = ["--fail-under", "r2=0.9", "--fail-under", "r2=0.5", "--fail-over", "loss=1.5", "--fail-over", "mae=1"]
    code, out, err = run_nncli("eval", "line", "--data", "-", "--json", *thresholds, stdin=POINTS)
    assert code == 4
    assert err == "r2 is 0.5, under 0.9\nloss is 2.0, over 1.5\n"
    printed = json.loads(out)
    assert printed.pop("verdict") == "does_not_learn"
    assert {**printed, "run": str(line)} == json.loads((line / "eval.json").read_text())
    assert printed["data"] == "-"


def test_a_classification_is_evaluated_even_if_eval_json_cannot_be_written(tmp_path, gate, run_nncli):
    (gate / "eval.json").mkdir()  # an error even for root
    path = str(gate).replace(str(tmp_path), "")
    rows = "class,y,x\n0,0,-1\n0,9,-2\n0,0,1\n1,0,1\n1,0,0\n"
    code, out, err = run_nncli("eval", str(gate), "--data", "-", "--fail-under", "accuracy=0.6", stdin=rows)
    assert (code, err) == (0, f"{path}/eval.json: cannot be written: is a directory\n")
    assert out == (
        f"{path}, last checkpoint: 5 samples, standard input\n"
        "\n"
        "metric    value  baseline\n"
        "loss      200.1    0.6931  no better than the baseline\n"
        "accuracy    0.6       0.6  no better than the baseline\n"
        "\n"
        "class   precision  recall      f1  samples\n"
        "0          0.6667  0.6667  0.6667        3\n"
        "1             0.5     0.5     0.5        2\n"
        "(mean)     0.5833  0.5833  0.5833        5\n"
        "\n"
        "rows: true class; columns: predicted class\n"
        "   0  1\n"
        "0  2  1\n"
        "1  1  1\n" + VERDICT
    )


def test_on_selects_the_part_and_test_is_the_default(tmp_path, gate, run_nncli):
    path = str(gate).replace(str(tmp_path), "")
    code, out, err = run_nncli("eval")
    assert (code, err) == (0, "")
    assert out.startswith(f"{path}, last checkpoint: 20 samples, test data\n\nmetric ")
    code, out, err = run_nncli("eval", "gate", "--on", "train")
    assert (code, err) == (0, "")
    assert out.startswith(f"{path}, last checkpoint: 40 samples, training data\n\nmetric ")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (
            ["--on", "validation"],
            2,
            "RUN/config.yaml: has no validation part\nhint: add one under `data:`, "
            "as in `validation: {samples: 100}`, and train again; or use --data FILE\n",
        ),
        (["--data", "none.csv"], 2, "none.csv: cannot be read: no such file or directory\n"),
        (["--data", "-"], 1, "stdin: is empty\n"),
        (["--fail-under", "acc=1"], 2, '--fail-under acc=1: unknown metric "acc"; choose from loss, accuracy, '),
        (["--fail-over", "loss=x"], 2, '--fail-over loss=x: the threshold must be a finite number, not "x"\n'),
        (
            ["--checkpoint", "best"],
            1,
            "RUN: has no best checkpoint, only the last\n"
            "hint: use --checkpoint last; the best epoch is saved only if the data have a validation part\n",
        ),
    ],
)
def test_invalid_evaluations_are_refused(tmp_path, monkeypatch, gate, arguments, code, message):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["eval", "--runs-dir", str(tmp_path / "runs"), *arguments])
    assert (done.exit_code, done.stdout) == (code, "")
    assert done.stderr.replace(str(gate), "RUN").startswith(message)
    assert not (gate / "eval.json").exists()


def test_the_help_ends_with_examples():
    assert (load("eval").help or "").splitlines()[-1].strip().startswith("nncli eval ")
