"""The user's own data, from the file to the prediction: names, categories, missing values and paths."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import nncli
from nncli.cli.app import app
from nncli.errors import NncliError, UsageError
from nncli.render.figures.fit_panel import fit_of
from nncli.store import Run

CLASSES = """\
data: {type: csv, path: t.csv, target: kind, ignore: [id]}
layers: [{type: dense, units: 3}, softmax]
loss: categorical_crossentropy
optimizer: {type: adam, learning_rate: 0.5}
train: {epochs: 60}
"""
VALUES = """\
data: {type: csv, path: t.csv, target: price, ignore: [id], missing: mean}
layers: [{type: dense, units: 1}]
loss: mse
optimizer: {type: adam, learning_rate: 0.3}
train: {epochs: 150}
"""
KINDS = "id,a,kind,b\n" + "".join(f"n{i},{i % 3},{('cat', 'dog', 'emu')[i % 3]},{i % 3 == 2:d}.5\n" for i in range(30))
# price = 10 rooms + 100 if the city is b
PRICES = "id,rooms,city,price\n" + "".join(
    f"h{i},{1 + i % 5},{'ab'[i % 2]},{10 * (1 + i % 5) + 100 * (i % 2)}\n" for i in range(40)
)


@pytest.fixture(autouse=True)
def temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def train(spec: str, table: str, name: str = "t.csv") -> Run:
    """Write the table and the spec to the current folder, train and return the run."""
    content = table.encode()
    Path(name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    Path("t.yaml").write_text(spec.replace("t.csv", name))
    return nncli.train("t.yaml")


def run(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
    """Run a command; return its exit code, stdout and stderr without the path of the folder."""
    done = CliRunner().invoke(app, list(arguments), input=stdin)
    folder = f"{Path.cwd()}/"
    return done.exit_code, done.stdout.replace(folder, ""), done.stderr.replace(folder, "")


def predict(table: str, suffix: str = "csv", *options: str) -> list[str]:
    """Return the lines that `nncli predict` prints for a table."""
    Path(f"new.{suffix}").write_text(table)
    code, out, _ = run("predict", "--data", f"new.{suffix}", *options)
    assert code == 0
    return out.splitlines()


def test_texts_are_class_names() -> None:
    train(CLASSES, KINDS)
    code, out, err = run("eval")
    assert (code, err) == (0, "")
    assert out.split("rows: true class; columns: predicted class\n")[1].splitlines() == [
        "     cat  dog  emu",
        "cat   10    0    0",
        "dog    0   10    0",
        "emu    0    0   10",
        "",
        "verdict of the run: healthy",
    ]
    report = json.loads(run("eval", "--json")[1])
    assert list(report["classes"]) == ["cat", "dog", "emu"]
    header, *rows = predict("b,note,a,id\n0.5,x,0,n1\n1.5,y,2,n2\n")
    assert header == "b,note,a,id,predicted_class,probability_cat,probability_dog,probability_emu"
    assert [row.split(",")[:5] for row in rows] == [["0.5", "x", "0", "n1", "cat"], ["1.5", "y", "2", "n2", "emu"]]


@pytest.mark.parametrize(
    ("written", "names"),
    [
        (("3", "7"), ["3", "7"]),
        (("10", "9"), ["9", "10"]),
        (("1.0", "0.0"), ["0", "1"]),
        (("True", "False"), ["False", "True"]),
        (("9007199254740993", "9007199254740992"), ["9007199254740992", "9007199254740993"]),
    ],
)
@pytest.mark.parametrize("loss", ["binary_crossentropy", "categorical_crossentropy"])
def test_integers_and_truth_values_are_class_names(written: tuple[str, str], names: list[str], loss: str) -> None:
    last = "{type: dense, units: 1}, sigmoid" if loss.startswith("binary") else "{type: dense, units: 2}, softmax"
    spec = CLASSES.replace("{type: dense, units: 3}, softmax", last).replace("categorical_crossentropy", loss)
    train(spec, "id,a,kind\n" + "".join(f"{i},{i % 2},{written[i % 2]}\n" for i in range(20)))
    report = json.loads(run("eval", "--json")[1])
    assert list(report["classes"]) == names
    assert report["confusion"] == [[10, 0], [0, 10]]
    classes = [names.index(str(int(float(text))) if text[-1] in "0" and "." in text else text) for text in written]
    assert [row.split(",")[2] for row in predict("a,id\n0,x\n1,y\n")[1:]] == [names[number] for number in classes]


def test_json_truth_values_match_those_of_a_table() -> None:
    spec = CLASSES.replace("units: 3", "units: 2")
    rows = "".join(f"{i},{('TRUE', 'FALSE')[i % 2]},{('True', 'False')[i % 2]}\n" for i in range(20))
    train(spec, f"id,flag,kind\n{rows}")
    lines = predict('{"flag": true}\n{"flag": false}\n', "jsonl")
    assert [json.loads(line)["predicted_class"] for line in lines] == ["True", "False"]
    Path("new.jsonl").write_text('{"flag": true, "kind": true}\n{"flag": false, "kind": false}\n')
    assert json.loads(run("eval", "--data", "new.jsonl", "--json")[1])["confusion"] == [[1, 0], [0, 1]]


def test_categories_are_encoded_as_zeros_and_ones() -> None:
    model = nncli.load(train(VALUES, PRICES))
    assert model.data.input_names == ("rooms", "city=a", "city=b")
    samples = model.samples("train")
    assert samples is not None
    assert samples.x[:, 1].tolist() == [1, 0] * 20
    assert samples.x[:, 2].tolist() == [0, 1] * 20
    assert model.outputs(np.array([[2.0, 0, 1]]))[0, 0] == pytest.approx(120, abs=1)


def test_numbers_can_be_categories() -> None:
    table = "id,rooms,city,price\n" + "".join(f"h{i},{(10, 2, 1)[i % 3]},{'ab'[i % 2]},{i}\n" for i in range(12))
    model = nncli.load(train(VALUES.replace("missing: mean", "categories: [rooms]"), table))
    assert model.data.input_names == ("rooms=1", "rooms=2", "rooms=10", "city=a", "city=b")


def test_an_unseen_category_is_refused_or_encoded_as_zeros() -> None:
    train(VALUES, PRICES)
    message = (
        'stdin:3: city has no category "c"; the categories are a, b\n'
        "hint: train with `unseen: zeros` under `data:` to accept unknown categories\n"
    )
    table = "rooms,city,price\n1,a,10\n1,c,10\n"
    assert run("predict", "--data", "-", stdin=table)[::2] == (1, message)
    assert run("eval", "--data", "-", stdin=table)[::2] == (1, message)
    spec = VALUES.replace("missing: mean", "unseen: zeros, test: {path: test.csv}")
    Path("test.csv").write_text("id,rooms,city,price\n1,1,c,10\n")
    model = nncli.load(train(spec, PRICES))
    test = model.samples("test")
    assert test is not None
    np.testing.assert_allclose(test.x, [[1, 0, 0]], atol=1e-6)
    value = float(model.outputs(np.array([[1.0, 0, 0]]))[0, 0])
    assert float(predict("rooms,city\n1,c\n")[1].split(",")[-1]) == pytest.approx(value, rel=1e-6)
    assert float(json.loads(predict('[1, "c"]\n', "jsonl")[0])["predicted_price"]) == pytest.approx(value, rel=1e-6)


def test_a_table_of_categories_may_have_no_header() -> None:
    table = "id,city,size,price\n" + "".join(f"{i},{'ab'[i % 2]},{'xy'[i // 2 % 2]},{i % 2}\n" for i in range(20))
    train(VALUES, table)
    with_header, without = predict("city,size\na,x\nb,y\n"), predict("a,x\nb,y\n", "csv", "--no-header")
    assert with_header == without
    assert len(without) == 3
    assert run("predict", "--data", "-", stdin="town,width\na,x\n")[::2] == (
        1,
        "stdin:1: has no columns city, size; its columns are town, width; expected city, size\n"
        "hint: add --no-header to match columns by position\n",
    )


SLEEP = "hours,sleep,coffee,score\n" + "".join(
    f"{i % 9},{4 + i % 5},{i % 3},{10 * (i % 9) + 3 * (4 + i % 5) - (i % 3)}\n" for i in range(45)
)
SCORE = VALUES.replace("target: price, ignore: [id], missing: mean", "target: score")


def test_columns_are_matched_ignoring_case_with_a_note() -> None:
    train(SCORE, SLEEP)
    expected = predict("hours,sleep,coffee\n3,8,1\n")[1].split(",")[-1]
    note = "columns matched ignoring case: Hours as hours, Sleep as sleep, "
    code, out, err = run("predict", "--data", "-", stdin="Sleep,Hours,Coffee\n8,3,1\n")
    assert (code, out) == (0, f"Sleep,Hours,Coffee,predicted_score\n8,3,1,{expected}\n")
    assert err.splitlines()[0] == f"{note}Coffee as coffee"
    table = SLEEP.replace("hours,sleep,coffee,score", "HOURS,Sleep,coffee,Score")
    Path("upper.csv").write_text(table)
    code, out, err = run("eval", "--data", "upper.csv", "--json")
    assert (code, json.loads(out)["metrics"]) == (0, json.loads(run("eval", "--data", "t.csv", "--json")[1])["metrics"])
    assert err == ("columns matched ignoring case: HOURS as hours, Sleep as sleep, Score as score\n")
    assert run("predict", "--data", "-", stdin="Rest,Hours,Coffee\n8,3,1\n")[::2] == (
        1,
        "stdin:1: has no column sleep; its columns are Rest, Hours, Coffee; expected hours, sleep, coffee\n",
    )


def test_columns_are_matched_by_position_only_with_no_header() -> None:
    train(SCORE, SLEEP)
    expected = predict("hours,sleep,coffee\n3,8,1\n")
    for command in ("predict", "eval"):
        rows = "3,8,1\n" if command == "predict" else "3,8,1,53\n"
        listed = rows.strip().replace(",", ", ")
        names = "hours, sleep, coffee" + ", score" * (command == "eval")
        assert run(command, "--data", "-", stdin=rows)[::2] == (
            1,
            f"stdin:1: looks like data, not a header: {listed}; expected {names}\n"
            "hint: add --no-header to match columns by position\n",
        )
    assert predict("3,8,1\n", "csv", "--no-header") == expected
    Path("rows.csv").write_text(SLEEP.partition("\n")[2])
    results = [run("eval", "--data", *data, "--json") for data in (("rows.csv", "--no-header"), ("t.csv",))]
    assert [code for code, _, _ in results] == [0, 0]
    assert json.loads(results[0][1])["metrics"] == json.loads(results[1][1])["metrics"]
    assert run("eval", "--no-header")[::2] == (
        2,
        "error: --no-header needs --data\nhint: add --data FILE, or remove --no-header\n",
    )


@pytest.mark.parametrize("part", ["validation", "test"])
def test_a_part_whose_columns_differ_in_case_has_a_warning(part: str) -> None:
    own = SLEEP.replace("hours,sleep,coffee,score", "coffee,Hours,sleep,Score")
    Path("part.csv").write_text(own)
    Path("t.csv").write_text(SLEEP)
    Path("t.yaml").write_text(SCORE.replace("target: score", f"target: score, {part}: {{path: part.csv}}"))
    warning = (
        f"warning: t.yaml:1:{len('data: {type: csv, path: t.csv, target: score, ' + part) + 3}: data.{part}: columns "
        "matched ignoring case: Hours as hours, Score as score\n"
    )
    code, _, err = run("check", "t.yaml")
    assert (code, err) == (0, warning)
    code, _, err = run("train", "t.yaml", "--epochs", "1")
    assert (code, err.splitlines(keepends=True)[0]) == (0, warning)
    samples = nncli.load("latest").samples(part)  # type: ignore[arg-type]
    assert samples is not None
    table = np.array([line.split(",") for line in SLEEP.splitlines()[1:]], float)
    np.testing.assert_allclose(samples.x, table[:, [1, 2, 0]], atol=1e-5)
    np.testing.assert_allclose(samples.t, table[:, 3:], rtol=1e-5)


@pytest.mark.parametrize(("missing", "value"), [("mean", 3.0), ("median", 2.0)])
def test_missing_values_are_filled_in(missing: str, value: float) -> None:
    rooms = ["1", "2", "2", "", "7", "NA"] * 5
    table = "id,rooms,city,price\n" + "".join(f"{i},{text},a,{i}\n" for i, text in enumerate(rooms))
    model = nncli.load(train(VALUES.replace("missing: mean", f"missing: {missing}"), table))
    assert model.preprocessing.fill[0] == value
    samples = model.samples("train")
    assert samples is not None
    np.testing.assert_allclose(samples.x[:6, 0], [1, 2, 2, value, 7, value], rtol=1e-6)
    filled = predict(f"rooms,city\n{value},a\n")[1].split(",")[-1]
    for text in ("", "NA", "nan", "?", "None", " null "):
        assert predict(f"rooms,city\n{text},a\n")[1].split(",")[-1] == filled
    for line in ('{"rooms": null, "city": "a"}', '[null, "a"]', '["", "a"]'):
        assert str(json.loads(predict(f"{line}\n", "jsonl")[0])["predicted_price"]) == filled
    nothing = model.outputs(np.array([[value, 0.0]]))[0, 0]
    assert json.loads(predict("[null, null]\n", "jsonl")[0])["predicted_price"] == pytest.approx(nothing, rel=1e-6)


def test_rows_with_missing_values_are_dropped() -> None:
    spec = VALUES.replace("missing: mean", "missing: drop")
    table = PRICES + "x1,,a,5\nx2,3,?,5\nx3,3,a,\n,3,b,130\n"
    model = nncli.load(train(spec, table))
    assert model.data.samples == 41  # an ignored column may have missing values
    samples = model.samples("train")
    assert samples is not None
    assert len(samples.x) == 41
    report = json.loads(run("eval", "--data", "t.csv", "--json")[1])
    assert report["samples"] == 41
    assert report["metrics"] == json.loads(run("eval", "--json")[1])["metrics"]
    assert run("predict", "--data", "-", stdin="rooms,city\n3,a\n,a\n")[::2] == (1, "stdin:3: rooms is empty\n")
    assert run("predict", "--data", "-", stdin='[null, "a"]\n')[::2] == (
        1,
        "stdin:1: rooms must be a number, not null\n",
    )


def test_predict_refuses_missing_values_by_default() -> None:
    train(VALUES.replace(", missing: mean", ""), PRICES)
    for text, message in (("", "rooms is empty"), ("NA", 'rooms must be a number, not "NA"')):
        assert run("predict", "--data", "-", stdin=f"rooms,city\n{text},a\n")[::2] == (1, f"stdin:2: {message}\n")


def test_predict_keeps_ignored_columns_in_any_order() -> None:
    train(VALUES, PRICES)
    straight = predict("id,rooms,city\nh1,2,b\nh2,5,a\n")
    turned = predict("city,note,rooms,id\nb,,2,h1\na,z,5,h2\n")
    assert [line.split(",")[-1] for line in straight] == [line.split(",")[-1] for line in turned]
    assert [line.split(",")[:3] for line in straight] == [["id", "rooms", "city"], ["h1", "2", "b"], ["h2", "5", "a"]]
    assert turned[1].startswith("b,,2,h1,")


def test_a_run_predicts_without_its_data() -> None:
    trained = train(VALUES, PRICES)
    before = predict("rooms,city\n2,b\n")
    Path("t.csv").unlink()
    assert predict("rooms,city\n2,b\n") == before
    assert nncli.load(trained).predict([[2, 0, 1]]).shape == (1, 1)
    hint = "move it back, or give its new path: data.path=FILE for resume, --data FILE for eval and repeat"
    assert run("eval")[::2] == (2, f"t.csv: cannot be read: no such file or directory\nhint: {hint}\n")


def test_a_run_predicts_without_the_files_of_its_parts() -> None:
    Path("v.csv").write_text(PRICES)
    train(VALUES.replace("path: t.csv", "path: t.csv, validation: {path: v.csv}, test: {path: v.csv}"), PRICES)
    before = predict("rooms,city\n2,b\n")
    Path("v.csv").unlink()
    assert predict("rooms,city\n2,b\n") == before


def test_eval_refuses_changed_data() -> None:
    trained = train(VALUES, PRICES)
    Path("t.csv").write_text(PRICES.replace("h3,4", "h3,5"))
    hint = "hint: evaluate on other data with --data FILE, or train again\n"
    assert run("eval")[::2] == (1, f"{trained.path}: the data have changed since the run was trained\n{hint}")
    with pytest.raises(NncliError, match="the data have changed since the run was trained"):
        nncli.load(trained).samples("train")
    os.utime("t.csv")
    Path("t.csv").write_text(PRICES)
    assert run("eval")[0] == 0


def test_gzipped_files_can_be_read() -> None:
    plain = nncli.load(train(VALUES, PRICES))
    packed = nncli.load(train(VALUES, PRICES, name="t.csv.gz"))
    assert all(map(np.array_equal, plain.params.vectors, packed.params.vectors))
    assert (
        run("eval", "--data", "t.csv.gz", "--json")[1].replace(".gz", "") == run("eval", "--data", "t.csv", "--json")[1]
    )
    assert run("predict", "--data", "t.csv.gz") == run("predict", "--data", "t.csv")


def test_a_run_can_be_trained_again_from_any_folder(temporary_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = train(VALUES.replace("missing: mean", "split: {validation: 0.2}"), PRICES)
    config = (first.path / "config.yaml").resolve()
    first_arrays = Run(first.path.resolve()).checkpoint("last")
    (temporary_folder / "elsewhere").mkdir()
    monkeypatch.chdir(temporary_folder / "elsewhere")
    again = nncli.train(config).checkpoint("last")
    assert list(again) == list(first_arrays)
    assert all(again[name].tobytes() == first_arrays[name].tobytes() for name in again)


def test_paths_are_relative_to_the_file_that_has_them(temporary_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder, price in (("base", 1), ("over", 2), ("cwd", 3)):
        (temporary_folder / folder).mkdir()
        table = "x,price\n" + "".join(f"{i},{price * i}\n" for i in range(6))
        (temporary_folder / folder / "t.csv").write_text(table)
        (temporary_folder / folder / "test.csv").write_text(table)
    rest = "layers: [{type: dense, units: 1}]\nloss: mse\ntrain: {epochs: 1}\n"
    (temporary_folder / "base" / "base.yaml").write_text(f"data: {{type: csv, path: t.csv, target: price}}\n{rest}")
    (temporary_folder / "over" / "same.yaml").write_text("extends: ../base/base.yaml\ndata: {test: {path: test.csv}}\n")
    (temporary_folder / "over" / "own.yaml").write_text("extends: ../base/base.yaml\ndata: {path: t.csv}\n")
    monkeypatch.chdir(temporary_folder / "cwd")

    def read(spec: str, *changes: str, part: str = "train") -> float:
        values = dict(change.split("=", 1) for change in changes)
        samples = nncli.load(nncli.train(Path("..") / spec, values)).samples(part)  # type: ignore[arg-type]
        assert samples is not None
        return round(float(samples.t[5, 0]) / 5)

    assert read("base/base.yaml") == 1
    assert read("over/same.yaml") == 1
    assert read("over/same.yaml", part="test") == 2
    assert read("over/own.yaml") == 2
    assert read("over/own.yaml", "data.path=t.csv") == 3
    assert read("base/base.yaml", f"data.path={temporary_folder / 'over' / 't.csv'}") == 2


def test_paths_in_a_spec_from_a_pipe_are_relative_to_the_working_directory(temporary_folder: Path) -> None:
    Path("t.csv").write_text(PRICES)
    out, into = os.pipe()
    with os.fdopen(into, "w") as file:
        file.write(VALUES.replace("epochs: 150", "epochs: 1"))
    spec = f"/dev/fd/{out}"
    assert nncli.train(spec, {"name": "piped"}).status == "done"
    os.close(out)
    assert run("train", "-", "-q", stdin=VALUES.replace("epochs: 150", "epochs: 1"))[0] == 0


def test_a_bundled_experiment_can_read_a_file() -> None:
    Path("waves.csv").write_text("x,y\n" + "".join(f"{i / 20},{i % 3}\n" for i in range(20)))
    changes = ["data.type=csv", "data.path=waves.csv", "data.target=y", "train.epochs=1"]
    code, out, err = run("train", "configs/sine.yaml", *changes, "-q")
    assert (code, err) == (0, "")
    assert nncli.load(out.strip()).data.samples == 20


def test_images_are_flattened_to_rows(temporary_folder: Path) -> None:
    random = np.random.default_rng(0)
    x, y = random.integers(0, 17, (60, 8, 8)).astype(np.uint8), np.arange(60) % 3
    np.savez("t.npz", x=x, y=y)
    np.save("x.npy", x)
    np.save("y.npy", y)
    spec = CLASSES.replace("{type: csv, path: t.csv, target: kind, ignore: [id]}", "DATA")
    models = []
    for data in ("{type: npz, path: t.npz}", "{type: npy, path: x.npy, target_path: y.npy}"):
        Path("t.yaml").write_text(spec.replace("DATA", data))
        models.append(nncli.load(nncli.train("t.yaml")))
    for model in models:
        samples = model.samples("train")
        assert samples is not None
        assert model.network.inputs == 64
        np.testing.assert_allclose(samples.x, x.reshape(60, 64), atol=1e-5)
        assert samples.t.tolist() == y.tolist()
        assert model.data.class_names == ("0", "1", "2")
    assert all(map(np.array_equal, models[0].params.vectors, models[1].params.vectors))
    rows = "".join(",".join(map(str, row)) + "\n" for row in x.reshape(60, 64))
    assert [line.split(",")[64] for line in predict(rows, "csv", "--no-header")[1:]] == [str(label) for label in y]


@pytest.mark.parametrize(
    ("y", "names"),
    [
        (["no", "yes", "no", "yes"], ("no", "yes")),
        ([b"no", b"yes", b"no", b"yes"], ("no", "yes")),
        ([False, True, False, True], ("false", "true")),
        ([3.0, 5.0, 3.0, 5.0], ("3", "5")),
        (np.array([10, 9, 10, 9], np.uint8), ("9", "10")),
    ],
)
def test_classes_in_arrays_may_be_of_any_type(y: object, names: tuple[str, str]) -> None:
    np.savez("t.npz", x=np.arange(4.0), y=np.asarray(y))
    Path("t.yaml").write_text(
        "data: {type: npz, path: t.npz}\nlayers: [{type: dense, units: 2}, softmax]\nloss: categorical_crossentropy\n"
        "train: {epochs: 1}\n"
    )
    report = json.loads((nncli.train("t.yaml"), run("eval", "--json")[1])[1])
    assert tuple(report["classes"]) == names


def test_targets_in_arrays_are_scaled_and_predicted_in_their_units() -> None:
    x = np.arange(20.0).reshape(10, 2)
    y = np.column_stack([1e6 + 1e5 * x[:, 0], -x[:, 1]])
    np.savez("t.npz", x=x, y=y)
    Path("t.yaml").write_text(
        "data: {type: npz, path: t.npz, split: {test: 0.2}}\nlayers: [{type: dense, units: 2}]\nloss: mse\n"
        "optimizer: {type: adam, learning_rate: 0.1}\ntrain: {epochs: 300}\n"
    )
    model = nncli.load(nncli.train("t.yaml"))
    assert model.data.target_names == ("y0", "y1")
    np.testing.assert_allclose(model.predict(x), y, rtol=0.05, atol=0.5)


def test_a_missing_data_file_is_an_error(temporary_folder: Path) -> None:
    Path("t.yaml").write_text(CLASSES)
    with pytest.raises(UsageError) as caught:
        nncli.train("t.yaml")
    assert str(caught.value) == f"{temporary_folder}/t.csv: cannot be read: no such file or directory"
    assert not Path("runs").exists()


@pytest.mark.parametrize("part", ["train", "test"])
def test_figures_are_in_the_units_of_the_table(part: str) -> None:
    train(VALUES.replace("missing: mean", "missing: mean, split: {test: 0.2}"), PRICES)
    fit = fit_of(nncli.load("latest"), part)  # type: ignore[arg-type]
    prices = {float(line.rpartition(",")[2]) for line in PRICES.splitlines()[1:]}
    np.testing.assert_allclose(fit.samples.t, np.round(fit.samples.t), rtol=1e-6)  # scaled in float32 and back
    assert {float(price) for price in np.round(fit.samples.t[:, 0])} <= prices
    assert np.abs(fit.predicted(fit.samples.x) - fit.samples.t).max() < 1
    assert run("plot", "--what", "fit", "--on", part)[0] == 0
