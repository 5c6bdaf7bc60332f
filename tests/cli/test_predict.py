"""`nncli predict`: formats of input and output, matching of columns, streaming and errors."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import nncli
from nncli import store
from nncli.cli.app import app
from nncli.evaluation import predictions
from nncli.evaluation.predictions import column_names

COMMON = "train: {epochs: 1}\n"
LINE = "name: line\ndata: {type: sine, samples: 10}\nlayers: [{type: dense, units: 1}]\nloss: mse\n"
SOFTMAX = """\
name: softmax
data: {type: spiral, samples: 10, classes: 3}
layers: [{type: dense, units: 3, activation: softmax}]
loss: categorical_crossentropy
"""
GATE = """\
name: gate
data: {type: spiral, samples: 10, classes: 2}
layers: [{type: dense, units: 1, activation: sigmoid}]
loss: binary_crossentropy
"""
SCORES = """\
name: scores
data: {type: spiral, samples: 10, classes: 2}
layers: [{type: dense, units: 2}]
loss: mse
"""


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    """Return a folder with runs that have the given weights in their only layer."""
    directory = tmp_path_factory.mktemp("predict")
    for spec, weights, biases in [
        (GATE, [[1000], [0]], [0]),
        (SCORES, [[1, 0], [0, 1]], [0, 0.1]),
        (SOFTMAX, [[1000, 0, 0], [0, 1000, 0]], [0, 0, 0]),
        (LINE, [[0.1]], [1]),
    ]:
        path = directory / "spec.yaml"
        path.write_text(spec + COMMON)
        run = nncli.train(path, runs_dir=directory / "runs")
        arrays = run.checkpoint("last")
        arrays["layers.0.weights"][...] = weights
        arrays["layers.0.biases"][...] = biases
        store.save_arrays(run.path / "checkpoints" / "last.npz", arrays)
    return directory


@pytest.fixture(scope="module")
def environment(directory):
    return {**os.environ, "NNCLI_RUNS_DIR": str(directory / "runs"), "PYTHONPATH": str(Path(nncli.__file__).parents[1])}


@pytest.fixture
def predict(directory, environment):
    """Return a function that runs the command; it returns exit code, stdout and stderr."""

    def run(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        command = [sys.executable, "-W", "error", "-m", "nncli", "predict", *arguments]
        done = subprocess.run(
            command, cwd=directory, env=environment, input=stdin, capture_output=True, encoding="utf-8", timeout=60
        )
        return done.returncode, done.stdout, done.stderr

    return run


def model(directory, name):
    return nncli.load(name, runs_dir=directory / "runs")


def test_csv_gives_csv(directory, predict):
    (directory / "points.csv").write_text('id,x,note\n007,0,"a, b"\n008,1,ü\n', encoding="utf-8")
    code, out, err = predict("line", "--data", "points.csv")
    assert (code, err) == (0, "columns copied to the output, because training did not use them: id, note\n")
    assert out == 'id,x,note,predicted_y\n007,0,"a, b",1.0\n008,1,ü,1.1\n'


def test_output_has_a_header_even_if_input_has_none(predict):
    code, out, err = predict("--data", "-", "--no-header", stdin="0\n1\n")  # the newest run is `line`
    assert (code, out, err) == (0, "x,predicted_y\n0,1.0\n1,1.1\n", "")


def test_csv_gives_json_lines_with_json(predict):
    code, out, err = predict("line", "--data", "-", "--json", stdin='id,x,note\n007,0.50,"a, b"\n8,-1,\n')
    assert (code, err) == (0, "columns copied to the output, because training did not use them: id, note\n")
    assert out == (
        '{"id": "007", "x": 0.5, "note": "a, b", "predicted_y": 1.05}\n'
        '{"id": 8, "x": -1, "note": "", "predicted_y": 0.9}\n'
    )


def test_columns_in_another_order_have_a_note(predict):
    code, out, err = predict("softmax", "--data", "-", stdin="y,x\n0,1\n")
    assert (code, out.splitlines()[0][:20]) == (0, "y,x,predicted_class,")
    assert err == "columns in another order than in training, matched by name: y, x\n"


def test_json_lines_give_json_lines(predict):
    stdin = '{"y": 0, "x": 1, "id": ["ü", null, 1e999]}\n\n[0, 0]\n{"x": -1, "y": 0, "id": "\\ud800"}\n'
    code, out, err = predict("softmax", "--data", "-", stdin=stdin)
    third = '"probability_0": 0.33333334, "probability_1": 0.33333334, "probability_2": 0.33333334'
    assert (code, err) == (0, "")
    assert out == (
        '{"y": 0, "x": 1, "id": ["ü", null, null], "predicted_class": "0", '
        '"probability_0": 1.0, "probability_1": 0.0, "probability_2": 0.0}\n'
        f'{{"x": 0, "y": 0, "predicted_class": "0", {third}}}\n'
        '{"x": -1, "y": 0, "id": "\\ud800", "predicted_class": "1", '
        '"probability_0": 0.0, "probability_1": 0.5, "probability_2": 0.5}\n'
    )


def test_a_single_output_gives_the_probability_of_the_second_class(directory, monkeypatch):
    (directory / "gate.csv").write_text("x,y,class\n-1,0,?\n0,0,?\n1,0,?\n")
    output = "".join(predictions.predictions(model(directory, "gate"), str(directory / "gate.csv")))
    assert output == "x,y,class,predicted_class,probability_1\n-1,0,?,0,0.0\n0,0,?,0,0.5\n1,0,?,1,1.0\n"


def test_outputs_without_softmax_are_not_called_probabilities(directory):
    (directory / "scores.jsonl").write_text("[3, 2.5]\n")
    scores = model(directory, "scores")
    assert column_names(scores) == ["predicted_class", "output_0", "output_1"]
    output = "".join(predictions.predictions(scores, str(directory / "scores.jsonl")))
    assert output == '{"x": 3, "y": 2.5, "predicted_class": "0", "output_0": 3.0, "output_1": 2.6}\n'


def test_infinite_predictions_are_null_in_json(directory):
    (directory / "large.csv").write_text("x\n1e300\n")
    line = model(directory, "line")
    outputs = ["".join(predictions.predictions(line, str(directory / "large.csv"), each)) for each in (False, True)]
    assert outputs == ["x,predicted_y\n1e300,inf\n", '{"x": 1e+300, "predicted_y": null}\n']


def test_each_row_is_predicted_as_it_arrives(directory, environment):
    command = [sys.executable, "-m", "nncli", "predict", "line", "--data", "-"]
    with subprocess.Popen(
        command, cwd=directory, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        process.stdin.write("x\n1\n")
        process.stdin.flush()
        assert [process.stdout.readline() for _ in range(2)] == ["x,predicted_y\n", "1,1.1\n"]
        process.stdin.write("0\n")
        process.stdin.flush()
        assert process.stdout.readline() == "0,1.0\n"
        process.stdin.close()
        assert process.stdout.read() == ""
        assert process.wait(timeout=60) == 0


def test_output_does_not_depend_on_the_pieces_of_input(directory, monkeypatch):
    """The last bits of a matrix product depend on the number of rows and the position of a row."""
    spec = directory / "wide.yaml"
    layers = "layers: [{type: dense, units: 64, activation: relu}, {type: dense, units: 64}, {type: dense, units: 1}]"
    spec.write_text(LINE.replace("layers: [{type: dense, units: 1}]", layers).replace("line", "wide") + COMMON)
    wide = nncli.load(nncli.train(spec, runs_dir=directory / "other"))
    path = directory / "many.csv"
    path.write_text("x\n" + "".join(f"{i / 700}\n" for i in range(700)))
    expected = "".join(predictions.predictions(wide, str(path)))
    with path.open("rb") as file, monkeypatch.context() as patch:

        class Trickle:
            """A standard input that returns a few bytes at a time."""

            def read1(self, size: int) -> bytes:
                return file.read(31)

        patch.setattr("sys.stdin", type("Stdin", (), {"buffer": Trickle()}))
        pieces = list(predictions.predictions(wide, "-"))
    assert len(pieces) > 100
    assert "".join(pieces) == expected
    assert expected.count("\n") == 701


def test_predictions_before_an_error_are_printed(predict):
    code, out, err = predict("line", "--data", "-", stdin="x\n" + "0\n" * 256 + "1\nzero\n")
    assert (code, err) == (1, 'stdin:259: x must be a number, not "zero"\n')
    assert out == "x,predicted_y\n" + "0,1.0\n" * 256


@pytest.mark.parametrize(
    ("arguments", "stdin", "code", "message"),
    [
        ([], "", 2, "Missing option '--data'"),
        (["--data", "."], "", 2, ".: cannot be read: is a directory\n"),
        (["--data", "-"], "", 1, "stdin: is empty\n"),
        (
            ["--data", "-"],
            "x,predicted_y\n1,2\n",
            1,
            "stdin: already has a column predicted_y, which is the name for the predictions\n"
            "hint: rename or remove that column\n",
        ),
        (["none", "--data", "-"], "1\n", 2, "none"),
    ],
)
def test_invalid_predictions_are_refused(directory, monkeypatch, arguments, stdin, code, message):
    monkeypatch.chdir(directory)
    done = CliRunner().invoke(app, ["predict", "--runs-dir", "runs", *arguments], input=stdin)
    assert (done.exit_code, done.stdout) == (code, "")
    assert message in done.stderr


def test_a_reader_that_ends_early_is_no_error(directory, environment):
    (directory / "long.csv").write_text("x\n" + "0\n" * 100_000)
    command = f"{sys.executable} -m nncli predict line --data long.csv | head -n 2"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "x,predicted_y\n0,1.0\n", "")
