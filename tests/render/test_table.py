"""Tables: aligned, escaped, and fitted to the width of a terminal."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nncli.render.table import print_table


class Screen(io.StringIO):
    """A file that claims to be a terminal."""

    def isatty(self):
        return True


def printed(columns, rows, file=None):
    file = file or io.StringIO()
    print_table(columns, rows, file)
    return file.getvalue()


def test_numbers_are_aligned_to_the_right():
    rows = [("é日本", 1000, None), ("b", 2, "two words")]
    assert printed(("run", "n", "t"), rows) == "run        n  t\né日本  1,000\nb          2  two words\n"
    assert printed(("run", "n"), []) == "run  n\n"


def test_nothing_is_cut_in_a_pipe():
    assert "x" * 5000 in printed(("a",), [("x" * 5000,)])


@pytest.mark.parametrize("file", [io.StringIO, Screen])
def test_control_characters_and_markup_are_escaped(file, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    text = printed(("[bold]a[/bold]", "\x1b[1m"), [("\x1b[2J\x07", "[link=x]:smile:[/link]\r\n")], file())
    assert "\x1b" not in text and "\r" not in text
    assert text.splitlines()[0].split() == ["[bold]a[/bold]", "\\x1b[1m"]
    assert text.splitlines()[1].split() == ["\\x1b[2J\\x07", "[link=x]:smile:[/link]\\r\\n"]


RUN = "sine/20260101-000000-00aa"
ROW = (RUN, 12345.5, "several words that go on")
HEAD = f"run{' ' * 24}a_long.name"
LINE = f"{RUN}    1.235e+04"
LEFT_OUT = "1 more column: note; use a wider terminal to see more\n"


@pytest.mark.parametrize(
    ("columns", "keep", "expected", "note"),
    [
        (64, 2, [f"{HEAD}  note", f"{LINE}  {ROW[2]}"], ""),
        (60, 3, [f"{HEAD}  note", f"{LINE}  several words that", f"{' ' * 40}go on"], ""),
        (63, 2, [HEAD, LINE], LEFT_OUT),  # a column that may be left out is not narrower than 24 characters
        (20, 2, [HEAD, LINE], LEFT_OUT),  # columns to keep are not broken, even if the line is too long
        (37, 1, ["run", RUN], "2 more columns: a_long.name, note; use a wider terminal to see more\n"),
        (38, 1, [HEAD, LINE], LEFT_OUT),
    ],
)
def test_terminal_wraps_text_and_leaves_out_columns(columns, keep, expected, note, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    file = Screen()
    print_table(("run", "a_long.name", "note"), [ROW], file, keep=keep)
    assert [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in file.getvalue().splitlines()] == expected
    assert capsys.readouterr().err == note


def test_wide_characters_and_a_column_without_name(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "11")
    monkeypatch.setenv("TERM", "xterm")
    file = Screen()
    print_table(("日本", "n", ""), [("é日本", 10000, "x")], file)
    assert re.sub(r"\x1b\[[0-9;]*m", "", file.getvalue()) == "日本        n\né日本  10,000\n"
    assert capsys.readouterr().err == "1 more column; use a wider terminal to see more\n"


@given(st.lists(st.text(alphabet="ab日 é", max_size=40), min_size=1, max_size=4), st.integers(1, 60))
def test_wrapping_loses_no_letter_and_breaks_no_word(cells, columns):
    file = Screen()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(columns))
        patch.setenv("TERM", "xterm")
        print_table(["x"] * len(cells), [cells], file, keep=len(cells))
    body = re.sub(r"\x1b\[[0-9;]*m", "", file.getvalue().partition("\n")[2])
    for letter in "ab日é":
        assert body.count(letter) == sum(cell.count(letter) for cell in cells)
    assert sorted(body.split()) == sorted(" ".join(cells).split())
