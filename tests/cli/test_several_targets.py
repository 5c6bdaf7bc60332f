"""Several binary targets, from the file to the prediction."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import nncli
from nncli.cli.app import app
from nncli.store import Run, save_arrays

SPEC = """\
data: {type: csv, path: t.csv, target: [rain, wind, fog], split: {validation: 0.2, test: 0.2}}
layers: [{type: dense, units: 8, activation: relu}, {type: dense, units: 3, activation: sigmoid}]
loss: binary_crossentropy
optimizer: {type: adam, learning_rate: 0.05}
train: {epochs: 40}
"""
WORDS = {"rain": ("no", "yes"), "wind": ("0", "1"), "fog": ("false", "true")}
FIGURES = {"curves", "fit", "roc", "network", "units", "weights", "activations", "gradients"}


@pytest.fixture(autouse=True)
def temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    x = random.normal(size=(100, 2)).round(3)
    y = np.column_stack([x[:, 0] > 0, x[:, 1] > 0.3, x.sum(axis=1) > 1])
    words = np.array([[pair[value] for pair, value in zip(WORDS.values(), row, strict=True)] for row in y.astype(int)])
    rows = [",".join([*map(repr, numbers), *texts]) for numbers, texts in zip(x.tolist(), words, strict=True)]
    Path("t.csv").write_text("\n".join(["temp,humidity,rain,wind,fog", *rows]) + "\n")
    Path("t.yaml").write_text(SPEC)
    np.savez("labels.npz", x=x, y=y)
    return tmp_path


def run(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
    """Run a command; return its exit code, stdout and stderr."""
    done = CliRunner().invoke(app, list(arguments), input=stdin)
    return done.exit_code, done.stdout, done.stderr


def evaluate(*arguments: str) -> Any:
    """Evaluate the newest run and return the JSON."""
    code, out, err = run("eval", "--json", *arguments)
    assert (code, err) == (0, "")
    return json.loads(out)


def test_each_label_has_two_values() -> None:
    model = nncli.load(nncli.train("t.yaml"))
    assert (model.data.task, model.data.class_names) == ("multilabel", ())
    assert dict(zip(model.data.target_names, model.data.label_names, strict=True)) == WORDS
    assert "task: multilabel" in model.run.config_text()
    samples = model.samples("test")
    assert samples is not None
    assert (samples.t.shape, set(samples.t.ravel().tolist())) == ((20, 3), {0, 1})
    assert list(evaluate()["classes"]) == list(WORDS)


def test_eval_prints_a_row_for_each_label() -> None:
    nncli.train("t.yaml")
    code, out, err = run("eval")
    assert (code, err) == (0, "")
    report = evaluate()
    table = [line.split() for line in out.split("\n\n")[2].splitlines()]
    assert table[0] == ["label", "precision", "recall", "f1", "positives"]
    rows = {**report["classes"], "(mean)": report["macro"]}
    assert [row[0] for row in table[1:]] == list(rows)
    for name, *numbers in table[1:]:
        assert [float(number) for number in numbers] == pytest.approx(list(rows[name].values()), abs=5e-5)
    assert "rows: true class" not in out
    assert run("eval", "--fail-under", "macro_f1=0")[0] == 0
    assert run("eval", "--fail-under", "macro_f1=1.01")[0] == 4


def test_predict_adds_the_value_and_the_probability_of_each_label() -> None:
    model = nncli.load(nncli.train("t.yaml", {"metrics": [{"type": "accuracy", "threshold": 0.3}]}))
    code, out, err = run("predict", "--data", "t.csv")
    assert (code, err) == (0, "")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert list(rows[0]) == [
        *("temp", "humidity", "rain", "wind", "fog"),
        *("predicted_rain", "probability_rain", "predicted_wind", "probability_wind"),
        *("predicted_fog", "probability_fog"),
    ]
    p = model.predict([[float(row["temp"]), float(row["humidity"])] for row in rows])
    for number, (name, values) in enumerate(WORDS.items()):
        np.testing.assert_allclose([float(row[f"probability_{name}"]) for row in rows], p[:, number], rtol=1e-5)
        assert [row[f"predicted_{name}"] for row in rows] == [values[int(each)] for each in p[:, number] > 0.3]
    code, out, err = run("predict", "--data", "-", stdin='{"temp": 1, "humidity": -1}\n')
    assert (code, err) == (0, "")
    assert list(json.loads(out)) == ["temp", "humidity", *list(rows[0])[5:]]
    assert json.loads(out)["predicted_rain"] == "yes"


def test_predictions_can_be_evaluated() -> None:
    """On a table of its own predictions, the network has an accuracy of 1."""
    nncli.train("t.yaml")
    rows = list(csv.DictReader(io.StringIO(run("predict", "--data", "t.csv")[1])))
    names = list(WORDS)
    lines = [",".join([row["temp"], row["humidity"], *(row[f"predicted_{name}"] for name in names)]) for row in rows]
    Path("new.csv").write_text("\n".join(["temp,humidity,rain,wind,fog", *lines]))
    assert evaluate("--data", "new.csv")["metrics"]["accuracy"] == 1
    truths = [{**row, "fog": row["predicted_fog"] == "true", "wind": int(row["predicted_wind"])} for row in rows]
    text = "".join(json.dumps({**row, "rain": row["predicted_rain"]}) + "\n" for row in truths)
    Path("new.jsonl").write_text(text.replace('"temp": "', '"temp": ').replace('", "humidity": "', ', "humidity": '))
    numbers = [
        {name: float(row[name]) for name in ("temp", "humidity")} | {name: row[name] for name in names}
        for row in map(json.loads, text.splitlines())
    ]
    Path("new.jsonl").write_text("".join(json.dumps(row) + "\n" for row in numbers))
    assert evaluate("--data", "new.jsonl")["metrics"]["accuracy"] == 1


def test_a_table_with_another_value_is_refused() -> None:
    nncli.train("t.yaml")
    table = "temp,humidity,rain,wind,fog\n1,1,yes,0,true\n1,1,maybe,0,true\n"
    assert run("eval", "--data", "-", stdin=table)[::2] == (1, 'stdin:3: rain must be no or yes, not "maybe"\n')


def test_rows_with_a_missing_label_are_dropped() -> None:
    with Path("t.csv").open("a") as file:
        file.write("1,1,,0,true\n1,1,yes,0,NA\n")
    run_ = nncli.train("t.yaml", {"data.missing": "drop"})
    assert nncli.load(run_).data.samples == 100


def test_resume_has_the_bits_of_uninterrupted_training() -> None:
    uninterrupted = nncli.train("t.yaml")
    interrupted = nncli.train("t.yaml", {"train.epochs": 15})
    path = interrupted.path / "checkpoints" / "last.npz"
    arrays = interrupted.checkpoint("last")
    fields = json.loads(arrays["data.description"].tobytes())
    assert fields["label_names"] == [list(pair) for pair in WORDS.values()]
    code, _, err = run("resume", str(interrupted.path), "train.epochs=40", "-q")
    assert (code, err) == (0, "")
    resumed, expected = Run(interrupted.path).checkpoint("last"), uninterrupted.checkpoint("last")
    assert all(resumed[name].tobytes() == expected[name].tobytes() for name in expected)
    assert path.exists()
    assert run("repeat", str(uninterrupted.path), "-q")[0] == 0


def test_a_run_of_an_older_version_without_labels_is_resumed() -> None:
    """Runs of older versions have no label_names in the description of their data."""
    Path("t.yaml").write_text(
        SPEC.replace("[rain, wind, fog]", "wind, ignore: [rain, fog]").replace("units: 3", "units: 1")
    )
    interrupted = nncli.train("t.yaml", {"train.epochs": 15})
    arrays = interrupted.checkpoint("last")
    fields = json.loads(arrays["data.description"].tobytes())
    del fields["label_names"]
    arrays["data.description"] = np.frombuffer(json.dumps(fields).encode(), np.uint8)
    save_arrays(interrupted.path / "checkpoints" / "last.npz", arrays)
    code, _, err = run("resume", str(interrupted.path), "train.epochs=20", "-q")
    assert (code, err) == (0, "")


def test_tables_and_arrays_give_the_same_metrics() -> None:
    """A table and arrays of booleans or of 0 and 1 give the same metrics."""
    shutil.copy("t.csv", "test.csv")
    spec = SPEC.replace("split: {validation: 0.2, test: 0.2}", "PARTS")
    Path("t.yaml").write_text(spec.replace("PARTS", "validation: {path: test.csv}, test: {path: test.csv}"))
    nncli.train("t.yaml")
    table_report = evaluate("--on", "test")
    assert table_report["metrics"] == evaluate("--on", "validation")["metrics"] == evaluate("--on", "train")["metrics"]
    with np.load("labels.npz") as file:
        x, y = file["x"], file["y"]
    for dtype in (bool, np.uint8, np.int64, np.float32):
        np.save("x.npy", x)
        np.save("y.npy", y.astype(dtype))
        data = "{type: npy, path: x.npy, target_path: y.npy, test: {path: x.npy}}"
        Path("t.yaml").write_text(f"data: {data}\n{spec.partition(chr(10))[2]}")
        model = nncli.load(nncli.train("t.yaml"))
        assert model.data.label_names == ((("false", "true") if dtype is bool else ("0", "1")),) * 3
        report = evaluate("--on", "test")
        assert report["metrics"] == table_report["metrics"]
        assert list(report["classes"].values()) == list(table_report["classes"].values())


@pytest.mark.long
@pytest.mark.parametrize("inputs", [1, 2, 3])
def test_every_figure_is_drawn_or_refused_with_a_hint(inputs: int) -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(40, inputs))
    np.savez("labels.npz", x=x, y=np.column_stack([x[:, 0] > 0, x.sum(axis=1) > 0.5, x[:, -1] < 0.2]))
    Path("t.yaml").write_text(f"data: {{type: npz, path: labels.npz}}\n{SPEC.partition(chr(10))[2]}")
    trained = nncli.train("t.yaml", {"train.epochs": 3})
    refused = {"confusion", "residuals"} | ({"fit", "units"} if inputs > 2 else set())
    for what in sorted(FIGURES | refused):
        code, out, err = run("plot", "--what", what)
        assert (code, len(err.splitlines())) == ((2, 2) if what in refused else (0, 0)), (what, err)
        assert Path(out.strip() or "none").exists() == (what not in refused)
    assert run("plot", "--what", "fit", "--term")[2].startswith(
        "error: the terminal cannot show a fit of several labels\n"
    )
    assert run("film")[2].splitlines()[0].endswith(": a film cannot show several labels")
    code, out, _ = run("report")
    assert (code, out.strip()) == (0, f"{trained.path}/report.html")
    page = Path(out.strip()).read_text()
    assert ">positives</th>" in page
    assert run("show")[0] == run("check", "t.yaml")[0] == 0
