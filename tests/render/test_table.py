"""Tables: aligned, safe, and folded on a terminal only."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nncli.render.table import print_table


class Screen(io.StringIO):
    """A terminal to write on."""

    def isatty(self):
        return True


def printed(columns, rows, file=None):
    file = file or io.StringIO()
    print_table(columns, rows, file)
    return file.getvalue()


def test_numbers_stand_to_the_right():
    rows = [("é日本", 1000, None), ("b", 2, "two words")]
    assert printed(("run", "n", "t"), rows) == "run        n  t\né日本  1,000\nb          2  two words\n"
    assert printed(("run", "n"), []) == "run  n\n"


def test_nothing_is_cut_in_a_pipe():
    assert "x" * 5000 in printed(("a",), [("x" * 5000,)])


@pytest.mark.parametrize("file", [io.StringIO, Screen])
def test_no_cell_commands_the_terminal_or_is_taken_for_markup(file, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    text = printed(("[bold]a[/bold]", "\x1b[1m"), [("\x1b[2J\x07", "[link=x]:smile:[/link]\r\n")], file())
    assert "\x1b" not in text and "\r" not in text
    assert text.splitlines()[0].split() == ["[bold]a[/bold]", "\\x1b[1m"]
    assert text.splitlines()[1].split() == ["\\x1b[2J\\x07", "[link=x]:smile:[/link]\\r\\n"]


RUN = "sine/20260101-000000-00aa"
FOLDED = ["run          a_long.  note", "                name", "sine/      1.235e+04  several"]
FOLDED += ["20260101-             words", "000000-               here", "00aa"]
NARROW = ["run   a_  not", "     lon  e", "      g.", "     nam", "       e", "日     1  x", "本"]


@pytest.mark.parametrize(
    ("columns", "row", "expected"),
    [
        (
            60,
            (RUN, 12345.5, "several words"),
            [f"run{' ' * 24}a_long.name  note", f"{RUN}    1.235e+04  several words"],
        ),
        (30, (RUN, 12345.5, "several words here"), FOLDED),  # between words, and not within a number
        (
            12,
            ("日本", 1, "x"),
            ["run   a_  not", "     lon  e", "      g.", "     nam", "       e", "日     1  x", "本"],
        ),
    ],
)
def test_a_terminal_folds_what_is_too_wide(columns, row, expected, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    lines = printed(("run", "a_long.name", "note"), [row], Screen()).splitlines()
    assert [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines] == expected


@given(st.lists(st.text(alphabet="ab日 é", max_size=40), min_size=1, max_size=4), st.integers(1, 60))
def test_folding_loses_no_letter(cells, columns):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(columns))
        patch.setenv("TERM", "xterm")
        body = printed(["x"] * len(cells), [cells], Screen()).partition("\n")[2]
    body = re.sub(r"\x1b\[[0-9;]*m", "", body)
    for letter in "ab日é":
        assert body.count(letter) == sum(cell.count(letter) for cell in cells)
