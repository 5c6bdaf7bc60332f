"""`nncli new`: starter experiments for a task or a table, which train well unchanged."""

from __future__ import annotations

import json
import random
import signal

import pytest

from tests.cli.program import Program

HOUSES = "id,area,city,price\n" + "".join(
    f"{i},{50 + i % 60},{('Rome', 'Oslo')[i % 2]},{1000 * (50 + i % 60) + 20_000 * (i % 2)}\n" for i in range(80)
)


@pytest.mark.long
@pytest.mark.parametrize(
    ("task", "metric", "minimum"),
    [("regression", "r2", 0.8), ("binary", "accuracy", 0.95), ("classes", "accuracy", 0.95)],
)
def test_a_starter_for_a_task_trains_well(program: Program, task: str, metric: str, minimum: float) -> None:
    done = program("new", "--task", task)
    assert (done.code, done.out) == (0, f"{task}.yaml\n")
    assert done.err == f"train it: nncli train {task}.yaml --eval\n"
    trained = program("train", f"{task}.yaml", "--eval", "--json", "-q")
    assert json.loads(trained.out)["eval"]["metrics"][metric] > minimum


def test_the_default_task_is_regression(program: Program) -> None:
    assert program("new").out == "experiment.yaml\n"
    assert "loss: mse\n" in (program.folder / "experiment.yaml").read_text()


def test_a_starter_for_a_table_trains_well(program: Program) -> None:
    table = program.write("houses.csv", HOUSES)
    done = program("new", "--from", table, "--target", "price")
    assert (done.code, done.out) == (0, "houses.yaml\n")
    text = (program.folder / "houses.yaml").read_text()
    assert text.splitlines()[:2] == [
        "# yaml-language-server: $schema=nncli.schema.json",
        "# Predict price from houses.csv: 80 rows, 3 inputs.",
    ]
    assert "  target: price    # 60 different numbers: regression\n" in text
    assert "  ignore: [id]    # id: a different number in every row\n" in text
    trained = program("train", "houses.yaml", "--eval", "--json", "-q")
    assert json.loads(trained.out)["eval"]["metrics"]["r2"] > 0.95


def test_the_schema_is_written_beside_the_experiment(program: Program) -> None:
    (program.folder / "sub").mkdir()
    program("new", "sub/first", "--task", "binary")
    schema = json.loads((program.folder / "sub" / "nncli.schema.json").read_text())
    assert schema == json.loads(program("schema").out)


def test_the_path_of_the_table_is_relative_to_the_experiment(program: Program) -> None:
    program.write("houses.csv", HOUSES)
    (program.folder / "sub").mkdir()
    program("new", "sub/first", "--from", "houses.csv", "--target", "price")
    assert '  path: "../houses.csv"\n' in (program.folder / "sub" / "first.yaml").read_text()
    assert program("check", "sub/first.yaml").code == 0


def test_missing_values_classes_and_useless_columns_are_detected(program: Program) -> None:
    rows = [f"{i % 7},,{'yes' if i % 3 else 'no'},same,note {i},{'' if i == 4 else i * 0.5}\n" for i in range(40)]
    program.write("mixed.csv", "a,b,c,d,e,f\n" + "".join(rows))
    program("new", "--from", "mixed.csv", "--target", "c")
    text = (program.folder / "mixed.yaml").read_text()
    assert "  target: c    # 2 different texts: classes\n" in text
    assert "  ignore: [b, d, e]    # b: empty; d: the same in every row; e: a different text in every row\n" in text
    assert "  missing: median    # f in 1 row; or drop, or mean\n" in text
    assert "{type: dense, units: 1, activation: sigmoid}" in text
    assert program("train", "mixed.yaml", "--epochs", "2", "-q").code == 0


@pytest.mark.parametrize("target", ["y: z", "- x", "true", "#", "ü", '"'])
def test_column_names_are_quoted_for_yaml(program: Program, target: str) -> None:
    quoted = '"' + target.replace('"', '""') + '"'
    rows = "".join(f"{i},{i * 2 + 0.5}\n" for i in range(30))
    program.write("odd.csv", f"x,{quoted}\n{rows}")
    assert program("new", "--from", "odd.csv", f"--target={target}").code == 0
    assert program("check", "odd.yaml").code == 0


def test_commands_quote_names_with_spaces(program: Program) -> None:
    program.write("my houses.csv", HOUSES)
    done = program("new", "my exp", "--from", "my houses.csv", "--target", "price")
    assert (done.code, done.out) == (0, "my exp.yaml\n")
    assert done.err == "ignored id: a different number in every row\ntrain it: nncli train 'my exp.yaml' --eval\n"
    lines = (program.folder / "my exp.yaml").read_text().splitlines()
    assert lines[3:5] == [
        "#   nncli train 'my exp.yaml' --eval",
        "#   nncli predict my-exp --data 'my houses.csv' > predicted.csv",
    ]


def test_a_table_without_anything_to_learn_gets_a_note(program: Program) -> None:
    chance = random.Random(0)
    rows = "".join(f"{chance.random():.3f},{chance.random():.3f},{chance.choice('pq')}\n" for _ in range(200))
    program.write("noise.csv", f"a,b,class\n{rows}")
    done = program("new", "--from", "noise.csv", "--target", "class")
    assert (done.code, done.out) == (0, "noise.yaml\n")
    note, last = done.err.splitlines()
    assert note.startswith("note: a quick trial learned nothing: its loss of ")
    assert last == "train it: nncli train noise.yaml --eval"
    assert program.runs() == []


@pytest.mark.long
def test_a_trial_can_be_interrupted(program: Program) -> None:
    rows = "".join(f"{','.join(str((i * j) % 101) for j in range(2, 400))},{i % 7}.5\n" for i in range(3000))
    program.write("wide.csv", f"{','.join(f'c{j}' for j in range(2, 400))},y\n{rows}")
    with program.start("new", "--from", "wide.csv", "--target", "y") as command:
        assert command.line() == "wide.yaml\n"  # the trial, of several seconds, follows
        command.signal(signal.SIGINT)
        done = command.end()
    assert (done.code, done.out) == (130, "")
    assert program("check", "wide.yaml").code == 0


def test_an_existing_file_is_not_overwritten(program: Program) -> None:
    program.write("mine.yaml", "# mine\n")
    done = program("new", "mine", "--task", "binary")
    assert (done.code, done.out) == (2, "")
    assert done.err == "mine.yaml: already exists; choose another name or remove it\n"
    assert (program.folder / "mine.yaml").read_text() == "# mine\n"
    assert not (program.folder / "nncli.schema.json").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--target", "price"], "error: --target needs a table; add --from FILE\n"),
        (["--from", "houses.csv"], "houses.csv: no column to predict; add --target COLUMN\n"),
        (
            ["--from", "houses.csv", "--target", "prize"],
            "houses.csv: has no column prize; its columns are id, area, city, price\nhint: did you mean price?\n",
        ),
        (["--from", "none.csv", "--target", "price"], "none.csv: cannot be read: no such file or directory\n"),
        (
            ["--from", "houses.csv", "--target", "price", "--task", "binary"],
            "houses.csv: has 60 classes in price; use --task classes\n",
        ),
    ],
)
def test_invalid_requests_are_refused(program: Program, arguments: list[str], message: str) -> None:
    program.write("houses.csv", HOUSES)
    done = program("new", *arguments)
    assert (done.code, done.out, done.err) == (2, "", message)
    assert sorted(path.name for path in program.folder.iterdir()) == ["houses.csv", "tiny.yaml"]
