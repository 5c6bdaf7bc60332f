"""A long table is described by its first rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from nncli.data import head
from nncli.data.dialect import PLAIN
from nncli.data.head import HEAD_ROWS, describe_head
from nncli.data.infer import TableOptions
from nncli.errors import NncliError, UsageError

OPTIONS = TableOptions(("kind",), (), (), "refuse", "refuse", False, "classes", PLAIN)
KINDS = ("cat", "dog")


@pytest.fixture(autouse=True)
def short_files_are_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(head, "LONG_FILE", 10)


def table(folder: Path, rows: Sequence[str], header: str = "a,kind") -> str:
    path = folder / "t.csv"
    path.write_text("\n".join([header, *rows, ""]))
    return str(path)


def rows(count: int, kinds: Sequence[str] = KINDS) -> list[str]:
    return [f"{i},{kinds[i % len(kinds)]}" for i in range(count)]


def test_only_the_first_rows_are_read(tmp_path: Path) -> None:
    described = describe_head(table(tmp_path, [*rows(HEAD_ROWS), "text,emu", "one field"]), OPTIONS)
    assert described is not None
    assert described.class_names == KINDS
    assert described.input_names == ("a",)


def test_the_number_of_samples_is_estimated(tmp_path: Path) -> None:
    described = describe_head(table(tmp_path, rows(40_000)), OPTIONS)
    assert described is not None
    assert described.samples == pytest.approx(40_000, rel=0.6)  # later rows have longer numbers


def test_a_short_table_is_not_described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert describe_head(table(tmp_path, rows(2000)), OPTIONS) is None


@pytest.mark.parametrize(
    "first", [rows(1, ["cat"]) * HEAD_ROWS, ["text,cat", *rows(HEAD_ROWS)], ["NA,dog", *rows(HEAD_ROWS)]]
)
def test_first_rows_that_decide_nothing_are_not_described(tmp_path: Path, first: list[str]) -> None:
    assert describe_head(table(tmp_path, [*first, *rows(100)]), OPTIONS) is None


def test_a_wrong_header_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no column kind"):
        describe_head(table(tmp_path, rows(2000), "a,b"), OPTIONS)
    with pytest.raises(NncliError, match="has 1 column, but line 1 has 2"):
        describe_head(table(tmp_path, ["one field", *rows(2000)]), OPTIONS)
