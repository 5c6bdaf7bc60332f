"""Tables like five well-known ones, from `new` to `predict`."""

from __future__ import annotations

import csv
import json

import pytest

from tests import peculiar_tables
from tests.cli.program import Program, json_of

pytestmark = pytest.mark.long


def train_well(program: Program, table: str, target: str) -> list[str]:
    """Run all commands on a table; return the notes of `new`. The network is better than the baseline on test rows."""
    program.write("t.csv", table)
    done = program("new", "--from", "t.csv", "--target", target)
    assert (done.code, done.out) == (0, "t.yaml\n"), done.err
    *notes, last = done.err.splitlines()
    assert last == "train it: nncli train t.yaml --eval"
    checked = program("check", "t.yaml")
    assert checked.code == 0, checked.err
    report = json_of(program("train", "t.yaml", "--epochs", "40", "--eval", "--json", "-q"))["eval"]
    assert report["on"] == "test"
    assert report["metrics"]["loss"] < 0.8 * report["baseline"]["loss"]
    report = json_of(program("eval", "--data", "t.csv", "--json"))
    assert report["metrics"]["loss"] < 0.8 * report["baseline"]["loss"]
    return notes


def predicted_rows(program: Program, separator: str = ",") -> tuple[list[list[str]], list[list[str]]]:
    """Return the rows of the table, and those of the file that `predict` writes for it."""
    done = program.shell("nncli predict t --data t.csv > predicted.csv")
    assert done.code == 0, done.err
    texts = [(program.folder / name).read_text() for name in ("t.csv", "predicted.csv")]
    own, predicted = (list(csv.reader(text.splitlines(), delimiter=separator)) for text in texts)
    return own, predicted


def check_copied(own: list[list[str]], predicted: list[list[str]]) -> None:
    """Check that predictions are added to the unchanged rows."""
    width = len(own[0])
    assert [field.strip() for field in own[0]] == predicted[0][:width]
    assert [row[:width] for row in predicted[1:]] == own[1:]
    assert all(len(row) > width for row in predicted)


def test_a_table_like_titanic(program: Program) -> None:
    assert train_well(program, peculiar_tables.titanic(), "Survived") == [
        "ignored PassengerId: a different number in every row",
        "ignored Name: 200 different texts",
        "ignored Ticket: numbers, but text in 50 of 200 rows",
        "ignored Cabin: a different text in every row",
        "taken as missing: empty fields",
    ]
    own, predicted = predicted_rows(program)
    check_copied(own, predicted)
    assert predicted[0][-2:] == ["predicted_class", "probability_1"]
    assert predicted[1][3] == 'Doe0, Mr. John "Jo" (of 0)'
    assert sum(row[-2] == row[1] for row in predicted[1:]) > 150


def test_a_table_like_ames_housing(program: Program) -> None:
    assert train_well(program, peculiar_tables.ames(), "SalePrice") == [
        "ignored Order: a different number in every row",
        "ignored PID: 200 different codes",
        'taken as missing: "NA"',
    ]
    own, predicted = predicted_rows(program)
    check_copied(own, predicted)
    assert predicted[1][1] == "0526301100"
    assert all(float(row[-1]) > 0 for row in predicted[1:])


def test_a_table_like_adult_census(program: Program) -> None:
    assert train_well(program, peculiar_tables.adult(), "income") == ['taken as missing: "?"']
    own, predicted = predicted_rows(program)
    check_copied(own, predicted)
    assert predicted[0][-2:] == ["predicted_class", "probability_>50K"]
    # The test file of the census writes its classes with a full stop.
    program.write("census.csv", peculiar_tables.adult(test=True))
    assert program("predict", "--data", "census.csv").code == 0
    refused = program("eval", "--data", "census.csv")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith('census.csv:2: unknown class "<=50K."; the classes are <=50K, >50K\n')


def test_a_table_like_wine_quality(program: Program) -> None:
    assert train_well(program, peculiar_tables.wine(), "quality") == []
    assert program("check", "t.yaml").err == "data: columns are separated by semicolons\n"
    own, predicted = predicted_rows(program, ";")
    check_copied(own, predicted)
    assert predicted[0][-4:] == ["predicted_class", "probability_5", "probability_6", "probability_7"]


def test_a_table_like_air_quality(program: Program) -> None:
    skipped = "skipped 3 rows whose fields are all empty"
    nameless = "the last 2 columns have no name and no values, and are ignored"
    assert train_well(program, peculiar_tables.air(), "CO(GT)") == [
        nameless,
        skipped,
        "taken as missing: -200, far from the other values of CO(GT), PT08.S1(CO), NMHC(GT), T",
    ]
    assert program("check", "t.yaml").err == (
        "data: columns are separated by semicolons\n"
        f"warning: data: {nameless}\n"
        f"warning: data: {skipped}\n"
        "warning: data: dropped 35 of 240 rows: CO(GT) is missing in 35\n"
    )
    own, predicted = predicted_rows(program, ";")
    check_copied(own[:-3], predicted)
    assert all("," in row[-1] and abs(float(row[-1].replace(",", "."))) < 5 for row in predicted[1:])
    assert program("eval", "t", "--data", "t.csv").err.splitlines()[0] == skipped


def test_json_lines(program: Program) -> None:
    rows = [
        {
            "id": i,
            "area": 50 + i % 60,
            "city": ["Rome", "Oslo"][i % 2],
            "tags": ["a"],
            "zip": "94110",
            "garden": i % 3 == 0,
        }
        | {"price": 1000 * (50 + i % 60) + 20_000 * (i % 2)}
        for i in range(120)
    ]
    program.write("homes.jsonl", "".join(f"{json.dumps(row)}\n" for row in rows))
    done = program("new", "--from", "homes.jsonl", "--target", "price")
    assert (done.code, done.out) == (0, "homes.yaml\n")
    assert done.err.splitlines() == [
        "ignored id: a different number in every row",
        "ignored tags: arrays or objects",
        "ignored zip: the same in every row",
        "train it: nncli train homes.yaml --eval",
    ]
    assert program("check", "homes.yaml").err == ""
    report = json_of(program("train", "homes.yaml", "--eval", "--json", "-q"))["eval"]
    assert report["metrics"]["r2"] > 0.95
    assert json_of(program("eval", "--data", "homes.jsonl", "--json"))["samples"] == 120
    command = next(line for line in (program.folder / "homes.yaml").read_text().splitlines() if "predict" in line)
    assert program.shell(command.removeprefix("#")).code == 0
    predicted = [json.loads(line) for line in (program.folder / "predicted.jsonl").read_text().splitlines()]
    assert [{name: row[name] for name in rows[0]} for row in predicted] == rows
    assert all(abs(row["predicted_price"] - row["price"]) < 20_000 for row in predicted)
