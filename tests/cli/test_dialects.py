"""Tables as people have them, from `new` to `eval --data`, each with the peculiarities of a well-known file."""

from __future__ import annotations

import csv
import json

import pytest

import nncli
from nncli.data.description import Column
from tests import peculiar_tables
from tests.cli.program import Program, json_of
from tests.peculiar_tables import comma

WORDS = ["True", "TRUE", "true", "yes", "no", "0", "1", "False"]

# The target is missing in a quarter of the rows, the temperature in every ninth.
AIR = "Date;Time;CO(GT);PT08.S1;T\n" + "".join(
    f"{1 + i // 24:02d}/03/2004;{i % 3:02d}.00.00;{'-200' if i % 4 == 0 else comma(1 + i % 10 / 10)};"
    f"{1000 + 100 * (i % 10)};{'-200' if i % 9 == 0 else comma(13.5 + i % 7)}\n"
    for i in range(80)
)
PANDAS = ",rooms,price\n" + "".join(f"{i},{i % 7},{i % 7 * 2.5}\n" for i in range(40))
CODES = "code,flag,salary,growth,y\n" + "".join(
    f'{("007", "07", "7")[i % 3]},{WORDS[i % 8]},"${1000 + 100 * i:,}",{i % 50}%,{i % 3 * 2 + i % 8}.5\n'
    for i in range(60)
)


def settings_of(program: Program, name: str) -> list[str]:
    """Return the lines below `data:` of an experiment, without their indent, `type` and `path`."""
    text = (program.folder / f"{name}.yaml").read_text(encoding="utf-8")
    lines = text.partition("data:\n")[2].partition("layers:\n")[0].splitlines()
    return [line.strip() for line in lines if not line.startswith(("  type:", "  path:"))]


SPLIT = "split: {validation: 0.2, test: 0.2}    # at random, by the seed"


@pytest.mark.parametrize(
    ("table", "target", "settings", "notes", "columns"),
    [
        pytest.param(
            PANDAS,
            "price",
            ["target: price    # 7 different numbers: regression"],
            ["the first column has no name and is ignored"],
            [Column("rooms")],
            id="an index of pandas",
        ),
        pytest.param(
            CODES,
            "y",
            [
                "target: y    # 12 different numbers: regression",
                'thousands: ","',
                'symbols: ["$", "%"]',
            ],
            [],
            [Column("code", ("007", "07", "7")), Column("flag", ("false", "true")), Column("salary"), Column("growth")],
            id="codes, truths and money",
        ),
    ],
)
def test_tables_of_each_dialect_go_from_new_to_predict(
    program: Program, table: str, target: str, settings: list[str], notes: list[str], columns: list[Column]
) -> None:
    program.write("t.csv", table)
    done = program("new", "--from", "t.csv", "--target", target)
    assert (done.code, done.out) == (0, "t.yaml\n")
    assert done.err.splitlines() == [*notes, "train it: nncli train t.yaml --eval"]
    assert settings_of(program, "t") == [*settings, SPLIT]
    trained = program("train", "t.yaml", "--epochs", "3", "--eval", "-q")
    assert trained.code == 0, trained.err
    (run,) = program.runs()
    assert nncli.load(run).data.columns == tuple(columns)
    predicted = program("predict", "--data", "t.csv")
    assert predicted.code == 0, predicted.err
    separator = ";" if ";" in table else ","
    rows = list(csv.reader(predicted.out.splitlines(), delimiter=separator))
    own = list(csv.reader(table.splitlines(), delimiter=separator))
    assert [field.strip() for field in own[0]] == rows[0][: len(own[0])]
    assert [row[: len(own[0])] for row in rows[1:]] == own[1:]
    assert len(rows[0]) > len(own[0])
    assert program("eval", "--data", "t.csv").code == 0


def test_decimal_commas_and_missing_numbers_go_from_new_to_eval(program: Program) -> None:
    """The table is like that of UCI air quality, where -200 means missing."""
    program.write("air.csv", AIR)
    assert program("new", "--from", "air.csv", "--target", "CO(GT)").code == 0
    assert settings_of(program, "air") == [
        'target: "CO(GT)"    # 10 different numbers: regression',
        'decimal: ","',
        "missing_values: [-200]    # far from the other values of CO(GT), T",
        "missing_target: drop    # in 20 rows",
        "missing: median    # T in 9 rows; or drop, or mean",
        SPLIT,
    ]
    refused = program("check", "air.yaml", "data.missing=refuse", "data.missing_target=refuse")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.replace(f"{program.folder}/", "") == (
        "air.csv: has missing values: T in 9 rows (lines 2, 11, 20, ...); CO(GT) in 20 rows (lines 2, 6, 10, ...)\n"
        "hint: add `missing: drop` under `data:` to leave such rows out, or `mean` or `median` to fill the value in; "
        "add `missing_target: drop` for the targets\n"
    )
    refused = program("check", "air.yaml", "data.missing_target=refuse")
    assert refused.err.replace(f"{program.folder}/", "") == (
        "air.csv:2: CO(GT) is missing, and a target cannot be filled in\n"
        "hint: add `missing_target: drop` under `data:` to leave such rows out\n"
    )
    dropped = "warning: data: dropped 20 of 80 rows: CO(GT) is missing in 20\n"
    checked = program("check", "air.yaml")
    assert (checked.code, checked.err) == (0, f"data: columns are separated by semicolons\n{dropped}")
    trained = program("train", "air.yaml", "--epochs", "200")
    assert trained.code == 0, trained.err
    assert trained.err.startswith(dropped)
    predicted = program("predict", "--data", "-", stdin="".join(AIR.splitlines(keepends=True)[:6]))
    assert predicted.code == 0, predicted.err
    assert predicted.lines[0] == "Date;Time;CO(GT);PT08.S1;T;predicted_CO(GT)"
    assert [line.rpartition(";")[0] for line in predicted.lines[1:]] == AIR.splitlines()[1:6]
    values = [line.rpartition(";")[2] for line in predicted.lines[1:]]
    assert all("," in value and "." not in value for value in values)
    assert all(0.5 < float(value.replace(",", ".")) < 2.5 for value in values)
    # Without a header and separator to go by, the decimal commas are not taken for separators.
    line = ";".join(AIR.splitlines()[2].split(";")[i] for i in (0, 1, 3, 4))
    assert line == "01/03/2004;01.00.00;1100;14,5"
    single = program("predict", "--data", "-", "--no-header", stdin=f"{line}\n")
    assert single.lines[1:] == [f"{line};{values[1]}"]
    report = json_of(program("eval", "--data", "air.csv", "--json"))
    assert (report["samples"], set(report["metrics"])) == (60, {"loss", "mae", "r2"})
    converted = program("predict", "--data", "-", "--json", stdin="".join(AIR.splitlines(keepends=True)[:3]))
    assert [list(json.loads(line).values())[:5] for line in converted.lines] == [
        ["01/03/2004", "00.00.00", -200, 1000, -200],
        ["01/03/2004", "01.00.00", 1.1, 1100, 14.5],
    ]
    json_rows = program("predict", "--data", "-", stdin='["01/03/2004", "00.00.00", 1000, -200]\n')
    assert json.loads(json_rows.out)["predicted_CO(GT)"] == pytest.approx(float(values[0].replace(",", ".")))


def test_check_alone_names_the_separator(program: Program) -> None:
    program.write("wine.csv", peculiar_tables.wine())
    program("new", "--from", "wine.csv", "--target", "quality")
    checked = program("check", "wine.yaml")
    assert (checked.code, checked.err) == (0, "data: columns are separated by semicolons\n")
    assert json_of(program("check", "wine.yaml", "--json"))["warnings"] == []
    assert "separated" not in program("train", "wine.yaml", "--epochs", "1").err


def test_a_nameless_index_is_passed_on_without_a_word(program: Program) -> None:
    program.write("homes.csv", PANDAS)
    program("new", "--from", "homes.csv", "--target", "price")
    note = "warning: data: the first column has no name and is ignored\n"
    assert program("check", "homes.yaml").err == note
    assert program("train", "homes.yaml", "--epochs", "1").err.startswith(note)
    predicted = program("predict", "--data", "-", stdin=",rooms\n7,3\n")
    assert (predicted.code, predicted.err) == (0, "")
    assert predicted.lines[0] == ",rooms,predicted_price"
    assert predicted.lines[1].startswith("7,3,")
    assert program("eval", "--data", "homes.csv").err == ""


def test_a_quote_after_a_space_is_explained(program: Program) -> None:
    program.write("jobs.csv", 'age, job, pay\n39, "clerk, senior", 10\n')
    done = program("new", "--from", "jobs.csv", "--target", "pay")
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "jobs.csv:2: has 4 columns, but line 1 has 3\n"
        "hint: remove the spaces before quotes: only a quote right after a separator encloses a field\n"
    )


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("t.xlsx", "PK\x03\x04\x14\0\n", "an Excel workbook or another zip archive"),
        ("t.parquet", "PAR1\x15\x04\n", "a Parquet file"),
    ],
)
def test_other_formats_are_named(program: Program, name: str, content: str, kind: str) -> None:
    program.write(name, content)
    error = f"{name}:1: is {kind}, not a table of text\nhint: export it as CSV\n"
    done = program("new", "--from", name, "--target", "y")
    assert (done.code, done.out, done.err) == (1, "", error)
    program.write(
        "t.yaml", f"data: {{type: csv, path: {name}, target: y}}\nlayers: [{{type: dense, units: 1}}]\nloss: mse\n"
    )
    assert program("train", "t.yaml").err.replace(f"{program.folder}/", "") == error


def test_names_with_spaces_and_accents_go_from_new_to_train(program: Program) -> None:
    program.write("qualité du vin.csv", peculiar_tables.wine())
    done = program("new", "--from", "qualité du vin.csv", "--target", "quality")
    assert (done.code, done.out) == (0, "qualité du vin.yaml\n")
    command = done.err.removeprefix("train it: ").strip()
    assert command == "nncli train 'qualité du vin.yaml' --eval"
    trained = program.shell(f"{command} --epochs 1 -q")
    assert trained.code == 0, trained.err
    assert trained.out.startswith("runs/qualité-du-vin/")


def test_texts_that_are_numbers_are_refused_with_the_setting(program: Program) -> None:
    program.write("money.csv", "x,y\n" + "".join(f'{i},"${i},500"\n' for i in range(1, 30)))
    program.write(
        "t.yaml", "data: {type: csv, path: money.csv, target: y}\nlayers: [{type: dense, units: 1}]\nloss: mse\n"
    )
    done = program("train", "t.yaml")
    assert done.err.replace(f"{program.folder}/", "") == (
        'money.csv:2: y has numbers that are read as text, such as "$1,500"\n'
        'hint: add `symbols: ["$"]` and `thousands: ","` or `symbols: ["$"]` and `decimal: ","` under `data:` '
        "to read such numbers\n"
    )
    done = program("train", "t.yaml", 'data.symbols=["$"]', 'data.thousands=","', "--epochs", "1", "-q")
    assert (done.code, done.err) == (0, "")
    done = program("check", "t.yaml", 'data.thousands="."')
    assert (done.code, done.err) == (
        2,
        'data.thousands: is ".", and so is the decimal point\nhint: add `decimal: ","` under `data:`\n',
    )


def test_rows_without_a_target_are_dropped_by_a_starter(program: Program) -> None:
    rows = "".join(f"{i % 7},{'' if i % 5 else i % 3},{'n/a' if i % 4 == 0 else f'${i},500.5'}\n" for i in range(40))
    program.write("pay.csv", f"grade,bonus,pay\n{rows}".replace(",$", ',"$').replace(".5\n", '.5"\n'))
    done = program("new", "--from", "pay.csv", "--target", "pay")
    assert done.code == 0, done.err
    assert settings_of(program, "pay") == [
        "target: pay    # 30 different numbers: regression",
        'thousands: ","',
        'symbols: ["$"]',
        "missing_target: drop    # in 10 rows",
        "missing: median    # bonus in 32 rows; or drop, or mean",
        SPLIT,
    ]
    checked = program("check", "pay.yaml")
    assert (checked.code, checked.err) == (0, "warning: data: dropped 10 of 40 rows: pay is missing in 10\n")
