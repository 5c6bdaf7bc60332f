"""Records of CSV begin at their line, however the file is cut into blocks."""

from __future__ import annotations

import csv
import io
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nncli.data import lines as lines_module
from nncli.data.csv_records import complete_records, csv_records, separator_hint
from nncli.data.lines import Lines
from nncli.errors import NncliError


def lines_of(text: str) -> Lines:
    """Return the lines of a file in memory."""
    return Lines(cast(Any, io.BufferedReader(cast(Any, io.BytesIO(text.encode())))), "t.csv")


def records(text: str, separator: str = ",") -> list[tuple[int, list[str]]]:
    """Return the records of a text, with their lines."""
    return list(csv_records(lines_of(text), separator))


@pytest.mark.parametrize("size", [1, 2, 5, 1 << 16])
def test_records_have_the_number_of_their_first_line(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(lines_module, "CHUNK", size)
    text = '\n\nx,y\r\n"two\nlines",1\n \n\n"three\n\r\nlines","a ""b"""\n,\n"",2\nlast,3'
    assert records(text) == [
        (3, ["x", "y"]),
        (4, ["two\nlines", "1"]),
        (8, ["three\n\r\nlines", 'a "b"']),
        (12, ["", "2"]),
        (13, ["last", "3"]),
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_records_are_cut_at_their_separator(separator: str) -> None:
    others = "".join({",", ";", "\t", "|"} - {separator})
    text = f'x{separator}y\n"1{separator}2"{separator}{others}\n'
    assert records(text, separator) == [(1, ["x", "y"]), (2, [f"1{separator}2", others])]


@pytest.mark.parametrize("size", [1, 3, 1 << 16])
@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('x,y\n1,2\n"3\n,4\n', "t.csv:3: is not valid CSV: a quote is not closed"),
        ('x,y\n\n"a\nb",1\n"3"4,5\n', "t.csv:5: is not valid CSV: ',' expected after '\"'"),
        (
            "x,y\n1,2\r3,4\n",
            "t.csv:2: is not valid CSV: a carriage return without a line feed; end lines with LF or CRLF",
        ),
    ],
)
def test_invalid_csv_is_an_error_at_the_line_where_its_record_begins(
    monkeypatch: pytest.MonkeyPatch, size: int, text: str, error: str
) -> None:
    monkeypatch.setattr(lines_module, "CHUNK", size)
    with pytest.raises(NncliError) as raised:
        records(text)
    assert str(raised.value) == error


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ("1", "t.csv:7: has 1 column, but line 1 has 2"),
        ("1,2,3", "t.csv:7: has 3 columns, but line 1 has 2"),
        (
            '1, "clerk, senior"',
            "t.csv:7: has 3 columns, but line 1 has 2\n"
            "hint: remove the spaces before quotes: only a quote right after a separator encloses a field",
        ),
    ],
)
def test_records_of_another_length_are_errors_at_their_line(row: str, error: str) -> None:
    lines = lines_of(f'x,y\n1,2\n"a\nb",3\n\n\n{row}\n')
    found = csv_records(lines)
    start, columns = next(found)
    with pytest.raises(NncliError) as raised:
        list(complete_records(lines, found, start, columns))
    assert str(raised.value) == error


@pytest.mark.parametrize(
    ("fields", "hint"),
    [
        (["x;y"], 'add `separator: ";"` under `data:`'),
        (["x\ty"], "add `separator: tab` under `data:`"),
        (["x|y"], 'add `separator: "|"` under `data:`'),
        (["x,y"], 'add `separator: ","` under `data:`'),
        (["x"], ""),
        (["x;y", "z"], ""),
        ([], ""),
    ],
)
def test_a_single_column_that_holds_several_gets_a_hint(fields: list[str], hint: str) -> None:
    assert separator_hint(fields) == hint


FIELD = st.text(st.sampled_from('ab ,;"\n\t|é1'), max_size=6)


@given(st.lists(st.lists(FIELD, min_size=2, max_size=3), max_size=8), st.integers(1, 40), st.sampled_from(",;\t|"))
def test_written_records_are_read_back(rows: list[list[str]], size: int, separator: str) -> None:
    """The line of each record is one more than the line feeds before it."""
    starts, file = list[int](), io.StringIO()
    writer = csv.writer(file, delimiter=separator, lineterminator="\n")
    for row in rows:
        starts.append(file.getvalue().count("\n") + 1)
        writer.writerow(row)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines_module, "CHUNK", size)
        written = zip(starts, rows, strict=True)
        assert records(file.getvalue(), separator) == [
            (start, row) for start, row in written if any(map(str.strip, row))
        ]
