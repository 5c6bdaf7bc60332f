"""Lines are read in blocks, and their faults are errors at the right line."""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nncli.data import lines as lines_module
from nncli.data.lines import Lines, open_lines
from nncli.errors import NncliError

SIZES = [1, 2, 3, 7, 64, 1 << 16]


@pytest.fixture(params=SIZES)
def chunk_size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return the size of a chunk, from a byte to that of the program."""
    monkeypatch.setattr(lines_module, "CHUNK", request.param)
    return cast(int, request.param)


def lines_of(content: bytes) -> Lines:
    """Return the lines of a file in memory."""
    return Lines(cast(Any, io.BufferedReader(cast(Any, io.BytesIO(content)))), "t.csv")


def read(content: bytes) -> tuple[list[str], str]:
    """Return the lines before the first fault, and the text of the fault."""
    texts = list[str]()
    try:
        texts.extend(iter(lines_of(content)))
    except NncliError as error:
        return texts, str(error)
    return texts, ""


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", []),
        (b"a", ["a"]),
        (b"a\nb\n", ["a\n", "b\n"]),
        (b"a\r\n\r\nb", ["a\r\n", "\r\n", "b"]),
        (b"a\rb\n", ["a\rb\n"]),
        ("\ufeffé\nü\ufeff\n".encode(), ["é\n", "ü\ufeff\n"]),
        ("a\u2028b\x0bc\x85d\n".encode(), ["a\u2028b\x0bc\x85d\n"]),
    ],
)
def test_lines_end_with_line_feeds_alone(chunk_size: int, content: bytes, expected: list[str]) -> None:
    assert read(content) == (expected, "")


@pytest.mark.parametrize(
    ("content", "before", "error"),
    [
        (b"a\nb\n\xe4c\nd\n", ["a\n", "b\n"], "t.csv:3: is not UTF-8 text (byte 0xe4)\nhint: save it as UTF-8"),
        (b"a\nb\xc3", ["a\n"], "t.csv:2: is not UTF-8 text (byte 0xc3)\nhint: save it as UTF-8"),
        (b"a\n\nb\0\n", ["a\n", "\n"], "t.csv:3: contains a NUL byte, so it is not text\nhint: save it as UTF-8 text"),
        (b"a\0\n\xe4\n", [], "t.csv:1: contains a NUL byte, so it is not text\nhint: save it as UTF-8 text"),
        (b"a\n\xe4\nb\0\n", ["a\n"], "t.csv:2: is not UTF-8 text (byte 0xe4)\nhint: save it as UTF-8"),
        ("a\n".encode("utf-16"), [], "t.csv:1: is encoded as UTF-16, not UTF-8\nhint: save it as UTF-8"),
        (
            gzip.compress(b"a\n", mtime=0),
            [],
            "t.csv:1: is compressed with gzip\nhint: unpack it, or give it a name that ends in .gz",
        ),
        (
            b"PK\x03\x04 workbook\n",
            [],
            "t.csv:1: is an Excel workbook or another zip archive, not a table of text\nhint: export it as CSV",
        ),
        (b"PAR1\n", [], "t.csv:1: is a Parquet file, not a table of text\nhint: export it as CSV"),
        (b"\xd0\xcf\x11\xe0\n", [], "t.csv:1: is an old Excel workbook, not a table of text\nhint: export it as CSV"),
        (b"ARROW1\0\0\n", [], "t.csv:1: is a Feather file, not a table of text\nhint: export it as CSV"),
    ],
)
def test_faults_are_errors_at_their_line(chunk_size: int, content: bytes, before: list[str], error: str) -> None:
    assert read(content) == (before, error)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"a\n" + b"b" * 101, "t.csv:2: is longer than 16 MB"),
        (b"a\n" * 51, r"t.csv:\d+: is part of a row longer than 16 MB; check for a quote that is not closed"),
    ],
)
def test_long_lines_and_rows_are_errors(monkeypatch: pytest.MonkeyPatch, content: bytes, error: str) -> None:
    monkeypatch.setattr(lines_module, "MAX_ROW_LENGTH", 100)
    monkeypatch.setattr(lines_module, "CHUNK", 8)
    with pytest.raises(NncliError, match=f"^{error}$"):
        list(lines_of(content))


def test_rows_may_be_long_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_module, "MAX_ROW_LENGTH", 100)
    monkeypatch.setattr(lines_module, "CHUNK", 8)
    lines = lines_of(b"abcdef\n" * 100)
    count = 0
    for count, _ in enumerate(lines, start=1):  # noqa: B007  the last number is the count
        lines.row_size = 0
    assert count == 100


def test_looking_ahead_consumes_nothing(chunk_size: int) -> None:
    lines = lines_of(b"\n \n x,y\n1,2\n")
    assert lines.first_byte() == b"x"
    assert lines.first_byte() == b"x"
    assert lines.first_lines()[:3] == ["\n", " \n", " x,y\n"]
    assert list(lines) == ["\n", " \n", " x,y\n", "1,2\n"]


def test_first_lines_are_those_of_the_first_block() -> None:
    lines = lines_of("\ufeffx;y\n1;2\n".encode())
    assert lines.first_lines() == ["x;y\n", "1;2\n"]
    assert lines.first_byte() == b"x"
    assert list(lines) == ["x;y\n", "1;2\n"]


def test_first_lines_are_at_most_a_hundred() -> None:
    lines = lines_of(b"a\n" * 1000)
    assert len(lines.first_lines()) == lines_module.LINES_PEEKED == 100
    assert len(list(lines)) == 1000


def test_first_lines_report_no_faults() -> None:
    lines = lines_of(b"x\n\xe4\n")
    assert lines.first_lines() == ["x\n", "\ufffd\n"]
    assert (lines_of(b"").first_lines(), lines_of(b"").first_byte(), lines_of(b" \n").first_byte()) == ([], b"", b"")


def test_lines_wait_at_the_end_of_what_has_arrived() -> None:
    class Pipe(io.RawIOBase):
        """A pipe in which pieces arrive one after another."""

        def __init__(self) -> None:
            self.pieces = [b"a\nb\nc", b"d\n", b"e\n"]

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            piece = self.pieces.pop(0) if self.pieces else b""
            buffer[: len(piece)] = piece
            return len(piece)

    lines = Lines(cast(Any, io.BufferedReader(Pipe())), "stdin")
    assert [(line, lines.waits) for line in lines] == [("a\n", False), ("b\n", True), ("cd\n", True), ("e\n", True)]


def test_no_line_waits_once_the_file_has_ended() -> None:
    lines = lines_of(b"a\nb")
    assert [(line, lines.waits) for line in lines] == [("a\n", True), ("b", False)]


@given(st.binary(max_size=60), st.integers(1, 70))
def test_the_size_of_chunks_changes_nothing(content: bytes, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        whole = read(content)
        patch.setattr(lines_module, "CHUNK", size)
        assert read(content) == whole


def test_damaged_gzip_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"a\n" * 1000, mtime=0)[:-9])
    with pytest.raises(NncliError, match=r"t\.csv\.gz: is truncated$"), open_lines(str(path)) as lines:
        list(lines)
