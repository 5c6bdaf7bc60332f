"""JSON lines as training data: the kinds of values, and the same samples as from CSV."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nncli.data import json_columns
from nncli.data.data import Samples
from nncli.data.description import Column
from nncli.data.files import Csv
from nncli.data.tables import read_table

ROWS = [
    {"size": 70, "city": "Rome", "garden": True, "price": 1200.5},
    {"size": 55.5, "city": "Oslo", "garden": False, "price": 900},
    {"size": 1e2, "city": "Rome", "garden": True, "price": 2000},
]
CSV = "size,city,garden,price\n70,Rome,true,1200.5\n55.5,Oslo,false,900\n100,Rome,true,2000\n"


def write(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return str(path)


def samples_of(data: Csv) -> Samples:
    return data.draw(np.random.RandomState(0), data.describe())


def pairs(*values: Any) -> list[dict[str, Any]]:
    """Return rows with values of x, and the targets 0, 1, 2, ..."""
    return [{"x": x, "y": y} for y, x in enumerate(values)]


@pytest.mark.parametrize("name", ["t.jsonl", "t.ndjson", "t.json", "T.JSONL", "t.jsonl.gz"])
def test_json_lines_give_the_samples_of_the_same_csv(tmp_path: Path, name: str) -> None:
    (tmp_path / "t.csv").write_text(CSV)
    text = "\n".join(map(json.dumps, ROWS)).encode()
    (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    csv = Csv(path=str(tmp_path / "t.csv"), target="price")
    data = Csv(path=str(tmp_path / name), target="price")
    assert data.describe()._replace(digest="") == csv.describe()._replace(digest="")
    for ours, theirs in zip(samples_of(data), samples_of(csv), strict=True):
        assert np.asarray(ours).tolist() == np.asarray(theirs).tolist()
    assert data.count(data.describe()) == 3
    assert data.file_rows().lines.tolist() == [1, 2, 3]


def test_names_may_be_in_any_order(tmp_path: Path) -> None:
    data = Csv(path=write(tmp_path / "t.jsonl", [{"x": 1, "y": 2}, {"y": 4, "x": 3}]), target="y")
    assert samples_of(data).inputs.tolist() == [[1], [3]]


@pytest.mark.parametrize(
    ("values", "column"),
    [
        (["5", "7", "5"], Column("x", ("5", "7"))),
        (["5", "a", "7"], Column("x", ("5", "7", "a"))),
        (["02139", "94110", "10001"], Column("x", ("02139", "10001", "94110"))),
        ([True, False, True], Column("x", ("false", "true"))),
        ([1, 0, 1], Column("x")),
        ([3, 4.0, 1e3], Column("x")),
    ],
)
def test_strings_are_texts_even_if_they_are_written_like_numbers(
    tmp_path: Path, values: list[Any], column: Column
) -> None:
    data = Csv(path=write(tmp_path / "t.jsonl", pairs(*values)), target="y")
    described = data.describe()
    assert described.columns == (column,)
    (batch,) = read_table(data.path, described, with_targets=True)  # as predictions read it
    assert batch.x.tolist() == samples_of(data).inputs.tolist()


def test_many_numeric_strings_are_too_many_categories_at_any_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_columns, "ROWS_AT_ONCE", 3)
    data = Csv(path=write(tmp_path / "t.jsonl", pairs(None, None, None, None, *map(str, range(150)))), target="y")
    with pytest.raises(Exception, match="column x has 150 different values"):
        data._with(missing="drop").describe()


def test_null_an_empty_string_and_usual_texts_are_missing(tmp_path: Path) -> None:
    rows = pairs(1, None, 3, "", 5, "NA", -200, float("nan"))
    data = Csv(path=write(tmp_path / "t.jsonl", rows), target="y", missing="mean", missing_values=(-200,))
    missing = [False, True, False, True, False, True, True, True]
    assert np.isnan(samples_of(data).x[:, 0]).tolist() == missing
    (batch,) = read_table(data.path, data.describe(), with_targets=True, dialect=data.dialect)
    assert np.isnan(batch.x[:, 0]).tolist() == missing


def test_settings_for_numbers_in_texts_do_not_apply_to_numbers_of_json(tmp_path: Path) -> None:
    data = Csv(path=write(tmp_path / "t.jsonl", pairs(1.5, 2.25)), target="y", decimal=",", thousands=".")
    assert samples_of(data).inputs.tolist() == [[1.5], [2.25]]


def test_ignored_columns_may_hold_arrays(tmp_path: Path) -> None:
    rows = [{"x": 1, "tags": ["a"], "y": 2}, {"x": 2, "tags": {}, "y": 3}]
    data = Csv(path=write(tmp_path / "t.jsonl", rows), target="y", ignore=("tags",))
    assert data.describe().input_names == ("x",)


def test_a_part_may_have_the_other_format(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(CSV)
    test = {"path": write(tmp_path / "test.jsonl", ROWS[:2])}
    data = Csv(path=str(tmp_path / "t.csv"), target="price", test=test)
    part = data.part("test")
    assert part is not None
    assert part.draw(np.random.RandomState(0), data.describe()).t.tolist() == [[1200.5], [900]]
