"""The settings that `new` finds for tables like five well-known ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from nncli.data.description import Column
from nncli.starter.inspect_table import inspect_table
from tests import peculiar_tables


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "t.csv"


def test_a_table_like_titanic(path: Path) -> None:
    path.write_text(peculiar_tables.titanic())
    summary = inspect_table(str(path), "Survived", None)
    assert (summary.task, summary.why) == ("binary", "2 different whole numbers: classes")
    assert list(summary.ignore) == ["PassengerId", "Name", "Ticket", "Cabin"]
    assert summary.described.columns == (
        Column("Pclass"),
        Column("Sex", ("female", "male")),
        Column("Age"),
        Column("Fare"),
    )
    assert (list(summary.missing), summary.missing_texts, summary.sentinels) == (["Age"], [""], {})


def test_a_table_like_ames_housing(path: Path) -> None:
    path.write_text(peculiar_tables.ames())
    summary = inspect_table(str(path), "SalePrice", None)
    assert summary.task == "regression"
    assert list(summary.ignore) == ["Order", "PID"]
    assert summary.described.columns == (
        Column("MS Zoning", ("FV", "RL", "RM")),
        Column("Lot Frontage"),
        Column("Alley", ("Grvl", "Pave")),
        Column("Overall Qual"),
    )
    assert (list(summary.missing), summary.missing_texts) == (["Lot Frontage", "Alley"], ["NA"])


def test_a_table_like_adult_census(path: Path) -> None:
    path.write_text(peculiar_tables.adult())
    summary = inspect_table(str(path), "income", None)
    assert (summary.task, summary.ignore) == ("binary", {})
    assert summary.described.class_names == ("<=50K", ">50K")
    assert summary.described.columns[1] == Column("workclass", ("Private", "State-gov"))
    assert summary.missing_texts == ["?"]


def test_a_table_like_adult_census_without_a_header_is_refused(path: Path) -> None:
    path.write_text(peculiar_tables.adult(header=False))
    with pytest.raises(Exception, match="has no column income; its columns are ") as raised:
        inspect_table(str(path), "income", None)
    assert str(raised.value).endswith("\nhint: add a first line with the names of the columns")


def test_a_table_like_wine_quality(path: Path) -> None:
    path.write_text(peculiar_tables.wine())
    summary = inspect_table(str(path), "quality", None)
    assert summary.described.class_names == ("5", "6", "7")
    assert summary.described.columns == (Column("fixed acidity"), Column("alcohol"))
    assert (summary.settings, summary.ignore, summary.sentinels) == ({}, {}, {})


def test_a_table_like_air_quality(path: Path) -> None:
    path.write_text(peculiar_tables.air())
    summary = inspect_table(str(path), "CO(GT)", None)
    assert summary.settings == {"decimal": ","}
    assert summary.sentinels == {-200: ["CO(GT)", "PT08.S1(CO)", "NMHC(GT)", "T"]}
    assert summary.missing == {"CO(GT)": 35, "PT08.S1(CO)": 12, "NMHC(GT)": 216, "T": 12}
    assert summary.described.samples == 205
    assert summary.notes == (
        "the last 2 columns have no name and no values, and are ignored",
        "skipped 3 rows whose fields are all empty",
    )


def test_arrays_of_json_are_ignored(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text("".join(f'{{"x": {i % 5}, "tags": [], "y": {i}.5}}\n' for i in range(30)))
    summary = inspect_table(str(path), "y", None)
    assert summary.ignore == {"tags": "arrays or objects"}
    assert summary.described.input_names == ("x",)
