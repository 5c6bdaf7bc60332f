"""A table read by columns has the same cells and lines, however its file is cut into blocks."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nncli.data import lines as lines_module
from nncli.data.csv_records import csv_records
from nncli.data.dialect import Dialect
from nncli.data.lines import open_lines
from nncli.data.table import read_columns
from nncli.errors import NncliError

COUNTER = itertools.count()  # for names of files
CELL = st.tuples(st.text("a0.5 é;\t,\n\r", max_size=4), st.booleans())
ROW = st.tuples(CELL, CELL, CELL)


def to_text(rows: list[tuple[tuple[str, bool], ...]], separator: str, ends: list[str]) -> str:
    """Return a table of cells, each in quotes if it needs or has them; each line, with one of the ends."""
    lines = [separator.join(("x", "y", "z"))]
    for row in rows:
        cells = [f'"{text}"' if quoted or set(text) & {separator, "\n", "\r"} else text for text, quoted in row]
        lines.append(separator.join(cells))
    return "".join(line + end for line, end in zip(lines, itertools.cycle(ends), strict=False))


@given(
    rows=st.lists(ROW, min_size=1, max_size=30),
    separator=st.sampled_from([",", ";", "\t"]),
    ends=st.lists(st.sampled_from(["\n", "\n", "\r\n", "\n\n"]), min_size=1, max_size=5),
    size=st.integers(1, 80),
    cut=st.integers(0, 1),
)
def test_columns_have_the_fields_of_records(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[tuple[str, bool], ...]],
    separator: str,
    ends: list[str],
    size: int,
    cut: int,
) -> None:
    path = tmp_path_factory.getbasetemp() / f"table-{next(COUNTER)}.csv"
    text = to_text(rows, separator, ends)
    path.write_bytes(text[: len(text) - cut].encode())  # the last line may have no end
    with open_lines(str(path)) as lines:
        expected = list(csv_records(lines, separator))[1:]
    assume(expected)  # rows of empty fields are skipped
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines_module, "CHUNK", size)
        table = read_columns(str(path), Dialect(separator=separator))
    assert table.lines.tolist() == [line for line, _ in expected]
    for place, name in enumerate("xyz"):
        cells = table.columns[name]
        assert [cells.text(row) for row in range(len(cells))] == [fields[place].strip() for _, fields in expected]


@pytest.mark.parametrize("size", [1, 20, 1 << 16])
@pytest.mark.parametrize(
    ("end", "error"),
    [
        ("1,2\n3\n", "5: has 1 column, but line 1 has 2"),
        ("1\n2,3,4\n", "4: has 1 column, but line 1 has 2"),
        ("1,2\nx,y\n", "5: repeats the header; remove this line"),
        ('"a\nb",2\n"3\n', "6: is not valid CSV: a quote is not closed"),
        ("1,2\n3\r4,5\n", "5: is not valid CSV: a carriage return without a line feed; end lines with LF or CRLF"),
        (f"1,2\n{'3' * 200_000},4\n", "5: is not valid CSV: a field is longer than 131,072 characters"),
        ("1,2\n3,\xff\n", "5: is not UTF-8 text (byte 0xff)"),
        ("1,2\n3,\0\n", "5: contains a NUL byte, so it is not text"),
    ],
)
def test_errors_name_their_line_however_the_file_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, end: str, error: str
) -> None:
    monkeypatch.setattr(lines_module, "CHUNK", size)
    path = tmp_path / "t.csv"
    path.write_bytes(f"x,y\n5,6\n7,8\n{end}".encode("latin-1"))
    with pytest.raises(NncliError) as raised:
        read_columns(str(path), Dialect())
    assert str(raised.value).startswith(f"{path}:{error}")
