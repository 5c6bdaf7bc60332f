"""Each setting of a CSV table, from the file to the samples."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nncli.arrays import Array
from nncli.data import cells_builder, files
from nncli.data import lines as lines_module
from nncli.data.data import Samples
from nncli.data.description import Column, Description
from nncli.data.files import Csv
from nncli.data.tables import Batch, read_table
from nncli.data.values import DropMissing
from nncli.errors import NncliError, UsageError

NAN = math.nan
COUNTER = itertools.count()  # for names of files


class Read:
    """A table in a file, with its description and samples."""

    def __init__(self, path: Path, text: str, target: str | tuple[str, ...] = "y", **settings: Any) -> None:
        path.write_text(text, encoding="utf-8")
        self.data = Csv(path=str(path), target=target, **settings)
        self.described = self.data.describe()

    @property
    def samples(self) -> Samples:
        return self.data.draw(np.random.RandomState(0), self.described)

    @property
    def x(self) -> list[list[float]]:
        """The inputs of each row."""
        return self.samples.inputs.tolist()  # type: ignore[no-any-return]

    @property
    def t(self) -> list[Any]:
        """The targets of each row."""
        return self.samples.t.tolist()  # type: ignore[no-any-return]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "t.csv"


def error_of(path: Path, text: str, **settings: Any) -> str:
    """Return the error for a table, without the path of the folder."""
    with pytest.raises(NncliError) as raised:
        Read(path, text, **settings)
    return str(raised.value).replace(f"{path.parent}/", "")


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({}, "x,y\n1.5,2\n-3,4.25\n"),
        ({}, "x;y\n1.5;2\n-3;4.25\n"),
        ({}, "x\ty\n1.5\t2\n-3\t4.25\n"),
        ({}, "x|y\n1.5|2\n-3|4.25\n"),
        ({"separator": ";"}, "x;y\n1.5;2\n-3;4.25\n"),
        ({"separator": "tab"}, "x\ty\n1.5\t2\n-3\t4.25\n"),
        ({"separator": "|"}, "x|y\n1.5|2\n-3|4.25\n"),
        ({"separator": ","}, 'x,y\n1.5,"2"\n-3 ,4.25\n'),
        ({"decimal": ","}, "x;y\n1,5;2\n-3,0; 4,25 \n"),
        ({"decimal": ",", "separator": ","}, 'x,y\n"1,5",2\n-3,"4,25"\n'),
        ({"symbols": ("$", "%")}, "x,y\n$1.5,2%\n-$3,4.25 %\n"),
        ({"symbols": ("€",), "decimal": ","}, "x;y\n1,5 €;2\n-3\u00a0€;€4,25\n"),
    ],
)
def test_numbers_are_read_in_the_dialect_of_the_file(path: Path, settings: dict[str, Any], text: str) -> None:
    table = Read(path, text, **settings)
    assert (table.described.input_names, table.described.target_names) == (("x",), ("y",))
    assert (table.x, table.t) == ([[1.5], [-3]], [[2], [4.25]])


@pytest.mark.parametrize(
    ("settings", "cells"),
    [
        ({"thousands": ","}, ('"1,234,567"', '"1,234.5"', "1234")),
        ({"thousands": ".", "decimal": ","}, ('"1.234.567"', '"1.234,5"', "1.234")),
        ({"thousands": " "}, ("1 234 567", "1\u202f234.5", "1\u00a0234")),
        ({"thousands": "'"}, ("1'234'567", "1'234.5", "1234")),
    ],
)
def test_thousands_are_read_in_the_dialect_of_the_file(
    path: Path, settings: dict[str, Any], cells: tuple[str, ...]
) -> None:
    table = Read(path, "x,y\n" + "".join(f"{cell},1\n" for cell in cells), **settings)
    assert table.x == [[1234567], [1234.5], [1234]]


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        (
            {"thousands": "."},
            'data.thousands: is ".", and so is the decimal point\nhint: add `decimal: ","` under `data:`',
        ),
        (
            {"thousands": ",", "decimal": ","},
            'data.thousands: is ",", and so is the decimal point\nhint: add `decimal: "."` under `data:`',
        ),
    ],
)
def test_thousands_and_decimal_point_must_differ(path: Path, settings: dict[str, Any], error: str) -> None:
    """Otherwise 1.5 would be read as 15."""
    with pytest.raises(UsageError) as raised:
        Read(path, "x,y\n1.5,2\n", **settings)
    assert str(raised.value) == error


@pytest.mark.parametrize(
    ("text", "settings", "error"),
    [
        (
            'x,y\n"1,500",1\n"2,500",2\n',
            {},
            't.csv:2: x has numbers that are read as text, such as "1,500"\n'
            'hint: add `thousands: ","` or `decimal: ","` under `data:` to read such numbers',
        ),
        (
            "x,y\n1,12%\n2,5%\n",
            {},
            't.csv:2: y has numbers that are read as text, such as "12%"\n'
            'hint: add `symbols: ["%"]` under `data:` to read such numbers',
        ),
        (
            "x,y\n1,2\n3,4\n5,$6\n",
            {},
            't.csv:4: y must be a number, as in most rows, not "$6"\n'
            'hint: add `symbols: ["$"]` under `data:` to read such numbers',
        ),
        (
            "x;y\n1.5;1\n2.5;2\n",
            {"decimal": ","},
            't.csv:2: x has numbers that are read as text, such as "1.5"\n'
            'hint: add `decimal: "."` under `data:` to read such numbers',
        ),
    ],
)
def test_numbers_in_another_dialect_are_refused(path: Path, text: str, settings: dict[str, Any], error: str) -> None:
    assert error_of(path, text, **settings) == error


def test_columns_of_another_dialect_may_be_categories_or_ignored(path: Path) -> None:
    text = 'size,share,y\n"1,5",12%,1\n"2,5",15%,2\n'
    table = Read(path, text, categories=("size",), ignore=("share",))
    assert table.described.columns == (Column("size", ("1,5", "2,5")),)


@pytest.mark.parametrize(
    ("values", "cells"),
    [
        ((-200,), ("-200", "-200.0", " -2e2 ")),
        (("-200",), ("-200", "-200.0", "-2E+2")),
        (("-",), ("-", " - ", "")),
        (("<NA>", "#N/A"), ("<na>", "#N/A", "na")),
        (("unknown",), ("Unknown", "unknown", "?")),
    ],
)
def test_declared_values_are_missing(path: Path, values: tuple[Any, ...], cells: tuple[str, ...]) -> None:
    rows = [*cells, "1", "2", "3", "4"]
    text = "x,y\n" + "".join(f"{cell},1\n" for cell in rows)
    table = Read(path, text, missing="median", missing_values=values)
    assert table.described.missing
    np.testing.assert_array_equal(table.samples.x[:, 0], [NAN, NAN, NAN, 1, 2, 3, 4])
    dropped = Read(path, text, missing="drop", missing_values=values)
    assert (dropped.x, dropped.described.samples) == ([[1], [2], [3], [4]], 4)
    assert dropped.data.reading_notes() == ("dropped 3 of 7 rows: x is missing in 3",)


def test_usual_missing_values_can_be_values(path: Path) -> None:
    """A class called None keeps its rows; an empty field is always missing."""
    text = "x,y\n1,None\n2,NA\n3,Detached\n4,None\n"
    table = Read(path, text, usual_missing_values=False)
    assert table.described.class_names == ("Detached", "NA", "None")
    assert table.t == [2, 1, 0, 2]
    assert error_of(path, text + "5,\n", usual_missing_values=False) == (
        "t.csv: has missing values: y in 1 row (line 6)\n"
        "hint: add `missing_target: drop` under `data:` to leave such rows out"
    )


@pytest.mark.parametrize(
    ("settings", "rows", "note"),
    [
        ({"missing": "mean", "missing_target": "drop"}, [0, 1, 3], ("dropped 1 of 4 rows: y is missing in 1",)),
        ({"missing": "drop"}, [0, 3], ("dropped 2 of 4 rows: x is missing in 1, y is missing in 1",)),
        (
            {"missing": "drop", "missing_target": "drop"},
            [0, 3],
            ("dropped 2 of 4 rows: x is missing in 1, y is missing in 1",),
        ),
    ],
)
def test_rows_without_a_target_are_dropped_apart_from_inputs(
    path: Path, settings: dict[str, Any], rows: list[int], note: tuple[str, ...]
) -> None:
    table = Read(path, "x,y\n1,10\n,11\n3,NA\n4,13\n", **settings)
    assert table.t == [[10 + row] for row in rows]
    np.testing.assert_array_equal(table.samples.x[:, 0], [[1, NAN, 3, 4][row] for row in rows])
    file_rows = table.data.file_rows()
    assert (file_rows.numbers.tolist(), file_rows.lines.tolist()) == (rows, [row + 2 for row in rows])
    assert table.data.reading_notes() == note
    assert table.described.missing == (settings["missing"] == "mean")


def test_inputs_are_refused_if_only_targets_are_dropped(path: Path) -> None:
    assert error_of(path, "x,y\n,1\n2,\n3,3\n", missing_target="drop") == (
        "t.csv: has missing values: x in 1 row (line 2)\n"
        "hint: add `missing: drop` under `data:` to leave such rows out, or `mean` or `median` to fill the value in"
    )


def test_a_table_without_any_target_is_an_error(path: Path) -> None:
    assert error_of(path, "x,y\n1,\n2,NA\n", missing_target="drop") == "t.csv: has a missing value in every row"


def test_a_first_column_without_a_name_is_ignored_with_a_note(path: Path) -> None:
    table = Read(path, ",x,y\n0,1,2\n1,3,4\n")
    assert (table.described.input_names, table.x, table.t) == (("x",), [[1], [3]], [[2], [4]])
    assert table.data.reading_notes() == ("the first column has no name and is ignored",)
    assert error_of(path, "x,,y\n1,2,3\n") == "t.csv:1: column 2 has no name"


def test_notes_name_the_separator_apart_from_what_is_left_out(path: Path) -> None:
    table = Read(path, ";x;y\n0;1;\n1;3;4\n", missing_target="drop")
    assert table.data.format_notes() == ("columns are separated by semicolons",)
    assert table.data.reading_notes() == (
        "the first column has no name and is ignored",
        "dropped 1 of 2 rows: y is missing in 1",
    )
    plain = Read(path, "x,y\n1,2\n")
    assert (plain.data.format_notes(), plain.data.reading_notes()) == ((), ())


def test_notes_list_the_first_of_many_columns(path: Path) -> None:
    names = "abcdefghij"
    table = Read(path, ",".join([*names, "y"]) + "\n" + ",".join("1" * 11) + "\n" + "," * 10 + "2\n", missing="drop")
    reasons = ", ".join(f"{name} is missing in 1" for name in names[:8])
    assert table.data.reading_notes() == (f"dropped 1 of 2 rows: {reasons}, 2 more columns",)


def test_codes_with_leading_zeros_are_categories(path: Path) -> None:
    table = Read(path, "x,y\n007,1\n7,2\n07,3\n007,4\n")
    assert table.described.columns == (Column("x", ("007", "07", "7")),)
    assert table.x == [[1, 0, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0]]


def test_codes_with_leading_zeros_are_classes(path: Path) -> None:
    table = Read(path, "x,y\n1,007\n2,7\n3,07\n", task="classes")
    assert (table.described.class_names, table.t) == (("007", "07", "7"), [0, 2, 1])


def test_mixed_spellings_of_true_and_false_are_one_boolean(path: Path) -> None:
    spellings = ["True", "TRUE", "true", "yes", "Yes", "1", "False", "false", "no", "NO", "0"]
    expected = [[0, 1]] * 6 + [[1, 0]] * 5
    inputs = Read(path, "x,y\n" + "".join(f"{text},1.5\n" for text in spellings))
    assert (inputs.described.columns, inputs.x) == ((Column("x", ("false", "true")),), expected)
    classes = Read(path, "x,y\n" + "".join(f"1.5,{text}\n" for text in spellings), task="classes")
    assert (classes.described.class_names, classes.t) == (("false", "true"), [one for _, one in expected])


def test_a_row_with_a_quote_after_a_space_is_explained(path: Path) -> None:
    assert error_of(path, 'job, x, y\nclerk, 1, 2\n"clerk, junior", 3, 4\n"a", 5, "b, c"\n') == (
        "t.csv:4: has 4 columns, but line 1 has 3\n"
        "hint: remove the spaces before quotes: only a quote right after a separator encloses a field"
    )


def batches(path: Path, described: Description, data: Csv, size: int) -> list[Batch]:
    return list(
        read_table(
            str(path),
            described,
            with_targets=True,
            batch=size,
            drop=data.rules.drop,
            dialect=data.dialect,
            format_="csv",
        )
    )


@pytest.mark.parametrize("drop", [DropMissing(inputs=True, targets=True), DropMissing(targets=True)])
@pytest.mark.parametrize("prompt", [False, True])
def test_batches_without_dropped_rows_end_at_multiples_of_their_size(
    path: Path, drop: DropMissing, prompt: bool
) -> None:
    path.write_text("x,y\n" + "".join(f"{row},{'' if row % 3 == 1 else row}\n" for row in range(16)))
    described = Description.of_numbers(0, ["x"], ["y"])
    table = list(read_table(str(path), described, with_targets=True, batch=4, drop=drop, prompt=prompt))
    assert [batch.x[:, 0].tolist() for batch in table] == [[0, 2, 3, 5], [6, 8, 9, 11], [12, 14, 15]]
    assert [batch.line for batch in table] == [2, 8, 14]
    assert [[row[0] for row in batch.rows] for batch in table][2] == ["12", "14", "15"]


def test_a_table_whose_rows_are_all_dropped_is_an_error(path: Path) -> None:
    path.write_text("x,y\n1,\n2,\n")
    described = Description.of_numbers(0, ["x"], ["y"])
    with pytest.raises(NncliError, match=r"t\.csv: has a missing value in every row$"):
        list(read_table(str(path), described, with_targets=True, drop=DropMissing(targets=True)))


@pytest.mark.parametrize(
    ("content", "suffix"),
    [("x\n-200\n1\n", ".csv"), ('{"x": -200}\n{"x": 1}\n', ".jsonl"), ("[-200.0]\n[1]\n", ".json")],
)
def test_declared_numbers_are_missing_in_every_format(tmp_path: Path, content: str, suffix: str) -> None:
    path = tmp_path / f"t{suffix}"
    path.write_text(content)
    dialect = Csv(path="t.csv", target="y", missing_values=(-200,)).dialect
    described = Description.of_numbers(0, ["x"], ["y"], missing=True)
    (batch,) = read_table(str(path), described, with_targets=False, dialect=dialect)
    np.testing.assert_array_equal(batch.x, [[NAN], [1]])
    with pytest.raises(NncliError) as raised:
        list(read_table(str(path), described._replace(missing=False), with_targets=False, dialect=dialect))
    line, value = (2, '"-200"') if suffix == ".csv" else (1, "-200.0" if suffix == ".json" else "-200")
    assert str(raised.value) == f"{path}:{line}: x is missing ({value})"


NUMBER = st.one_of(st.integers(-3, 3).map(str), st.floats(-1e30, 1e30).map(repr))
MISSING = st.sampled_from(["", "NA", " ? ", "-200", "-"])
CITY = st.sampled_from(["Rome", " Oslo ", "Zürich, CH", "007", "a;b"])
KIND = st.sampled_from(["cat", "dog", "emu"])
ROW = st.tuples(st.one_of(NUMBER, MISSING), st.one_of(CITY, MISSING), st.one_of(KIND, MISSING), NUMBER)


@given(
    rows=st.lists(ROW, min_size=2, max_size=40),
    missing=st.sampled_from(["drop", "median"]),
    target=st.sampled_from(["kind", "value"]),
    decimal=st.sampled_from([".", ","]),
    separator=st.sampled_from([",", ";", "tab"]),
    quoted=st.booleans(),
    size=st.integers(1, 40),
    block=st.integers(1, 200),
    max_texts=st.sampled_from([12, 1001]),
)
def test_whole_tables_and_batches_have_the_same_bits(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, ...]],
    missing: Any,
    target: str,
    decimal: Any,
    separator: Any,
    quoted: bool,
    size: int,
    block: int,
    max_texts: int,
) -> None:
    """The table is read in blocks of any size, and the columns of numbers are kept as codes or as numbers."""
    path = tmp_path_factory.getbasetemp() / f"files-{next(COUNTER)}.csv"
    cut = {"tab": "\t"}.get(separator, separator)
    lines = [cut.join(["number", "city", "kind", "value"])]
    for row in rows:
        cells = [cell.replace(".", decimal) for cell in row]
        lines.append(cut.join(f'"{cell}"' if quoted or cut in cell else cell for cell in cells))
    path.write_text("\n".join(lines), encoding="utf-8")
    data = Csv(
        path=str(path),
        target=target,
        missing=missing,
        missing_target="drop",
        missing_values=(-200, "-"),
        decimal=decimal,
        separator=separator,
        ignore=() if target == "kind" else ("kind",),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines_module, "CHUNK", block)
        patch.setattr(cells_builder, "MAX_TEXTS", max_texts)
        try:
            described = data.describe()
        except NncliError:
            return  # a column without values, for instance
    drawn = data.draw(np.random.RandomState(0), described)
    pieces = batches(path, described, data, size)
    x: Array = np.concatenate([piece.x for piece in pieces])
    t: Array = np.concatenate([piece.t for piece in pieces if piece.t is not None])
    assert (drawn.x.shape, drawn.t.shape) == (x.shape, t.shape)
    assert np.array_equal(drawn.x, x, equal_nan=True)
    assert np.array_equal(np.signbit(drawn.x), np.signbit(x)) or missing == "median"
    assert drawn.t.tobytes() == t.astype(drawn.t.dtype).tobytes()
    assert all(len(piece.x) == size for piece in pieces[:-1])
    assert len(x) == described.samples


def test_a_changed_file_is_read_with_the_description_of_the_old_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = Read(path, "x;city;y\n1,5;a;2\n;b;4\n-7;a;8\n", decimal=",", missing="median")
    first = table.samples
    monkeypatch.setattr(files, "digest", lambda path: "of another file")
    second = table.samples
    assert np.array_equal(first.x, second.x, equal_nan=True)
    assert first.t.tobytes() == second.t.tobytes()


def test_empty_columns_without_a_name_at_the_end_are_left_out(path: Path) -> None:
    table = Read(path, "x;y;;\n1;2;;\n3;4; ;\n")
    assert (table.described.input_names, table.x) == (("x",), [[1], [3]])
    assert table.data.reading_notes() == ("the last 2 columns have no name and no values, and are ignored",)
    assert Read(path, "x,y,\n1,2,\n").data.reading_notes() == (
        "the last column has no name and no values, and is ignored",
    )
    described = table.described
    path.write_text("x;y;;\n1;2;;\n3;4; ;\n")
    (batch,) = read_table(str(path), described, with_targets=True)
    assert batch.x.tolist() == [[1], [3]]


def test_rows_of_empty_fields_are_skipped_with_a_note(path: Path) -> None:
    text = "x;y\n1;2\n;\n3;4\n ; \n;;;\n"
    table = Read(path, text)
    assert (table.x, table.t) == ([[1], [3]], [[2], [4]])
    note = "skipped 3 rows whose fields are all empty"
    assert table.data.reading_notes() == (note,)
    assert table.data.file_rows().lines.tolist() == [2, 4]
    assert table.data.count(table.described) == 2
    notes = list[str]()
    (batch,) = read_table(str(path), table.described, with_targets=True, on_note=notes.append)
    assert (batch.x.tolist(), notes) == ([[1], [3]], [note])


def test_several_binary_targets_may_mix_spellings_of_true_and_false(path: Path) -> None:
    text = "x,a,b\n1,True,0\n2,false,yes\n3,1,no\n4,no,1\n"
    table = Read(path, text, target=("a", "b"), task="multilabel")
    assert table.described.label_names == (("false", "true"), ("false", "true"))
    assert table.t == [[1, 0], [0, 1], [1, 0], [0, 1]]
    (batch,) = read_table(str(path), table.described, with_targets=True)
    assert batch.t is not None
    assert batch.t.tolist() == table.t
