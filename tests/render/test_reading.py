"""The progress of reading: a live line on a terminal, a few plain lines elsewhere."""

from __future__ import annotations

import io

import pytest

from nncli.reading import Progress
from nncli.render.progress_count import CLEAR
from nncli.render.reading import ReadingLine


class Terminal(io.StringIO):
    """A file that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


def after(seconds: float, path: str = "/data/houses.csv") -> Progress:
    return Progress(path, rows=round(1000 * seconds), seconds=seconds, share=0.414)


@pytest.fixture(autouse=True)
def terminal_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")


def test_a_terminal_has_one_line_that_is_erased() -> None:
    line = ReadingLine(file := Terminal())
    line.update(after(0.2))
    assert file.getvalue() == "", "short reading shows nothing"
    line.update(after(0.4))
    line.update(after(2))
    line.end()
    line.end()
    assert file.getvalue() == (
        f"{CLEAR}reading houses.csv: 400 rows, 1,000 rows/s, 41%"
        f"{CLEAR}reading houses.csv: 2,000 rows, 1,000 rows/s, 41%{CLEAR}"
    )


def test_a_narrow_terminal_truncates_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    ReadingLine(file := Terminal()).update(after(1))
    assert file.getvalue() == f"{CLEAR}reading houses.csv:"


def test_control_characters_of_a_name_are_escaped() -> None:
    ReadingLine(file := Terminal()).update(after(1, "a\x1b[2Jb.csv"))
    assert "\x1b[2J" not in file.getvalue()


@pytest.mark.parametrize("file", [io.StringIO(), Terminal()])
def test_elsewhere_lines_follow_after_10_seconds_and_twice_that(
    monkeypatch: pytest.MonkeyPatch, file: io.StringIO
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    line = ReadingLine(file)
    for seconds in range(1, 61):
        line.update(after(seconds))
    line.end()
    for seconds in range(1, 12):
        line.update(after(seconds))
    assert [text.split()[2] for text in file.getvalue().splitlines()] == ["11,000", "21,000", "41,000", "11,000"]
