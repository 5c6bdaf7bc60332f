"""Tables for people: plain columns, folded to the width of a terminal.

Rich's own tables take half a millisecond a line, which a list of a thousand runs would have to wait for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import TextIO

from nncli.escaping import printable
from nncli.render.console import console, shown

GAP = "  "
NARROWEST = 3  # characters of a column
# Where a cell may go on in the next line: between words, in a path, a key or a run's name, but not within a number.
BREAKS = re.compile(r"(?<=[\s/_])|(?<=\.)(?=\D)|(?<=\d\d-)")


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], file: TextIO) -> None:
    """Prints rows under their column names; numbers stand to the right. On a terminal, what is too wide is folded."""
    right = [
        bool(rows) and all(isinstance(row[number], int | float) or row[number] is None for row in rows)
        for number in range(len(columns))
    ]
    lines = [list(map(printable, columns)), *([shown(cell) for cell in row] for row in rows)]
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
    if not file.isatty():
        file.write("".join(_line(line, widths, right) for line in lines))
        return
    from rich.text import Text

    out = console(file)
    least = [_least(column, whole) for column, whole in zip(zip(*lines, strict=True), right, strict=True)]
    _narrow(widths, least, out.width - len(GAP) * (len(widths) - 1))
    head, *rest = [part for line in lines for part in _folded_line(line, widths, right)]
    out.print(Text(head, style="bold"), end="")
    file.write("".join(rest))


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    blanks = [" " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True)]
    padded = (blank + cell if to else cell + blank for cell, blank, to in zip(cells, blanks, right, strict=True))
    return GAP.join(padded).rstrip() + "\n"


def _narrow(widths: list[int], least: Sequence[int], room: int) -> None:
    """Takes from the widest column, again and again, until all fit: first from those that need not break a word."""
    for lowest in (least, [NARROWEST] * len(widths)):
        while sum(widths) > room:
            wide = [(width, n) for n, width in enumerate(widths) if width > lowest[n]]
            if not wide:
                break
            widths[max(wide)[1]] -= 1


def _least(column: Sequence[str], whole: bool) -> int:
    """The width that a column needs for its longest piece, or, below its name, for its longest number."""
    head, *cells = column
    pieces = cells if whole else [piece for cell in cells for piece in BREAKS.split(cell)]
    return max(map(_width, [*BREAKS.split(head), *pieces]))


def _folded_line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> list[str]:
    folded = [_folded(cell, width) for cell, width in zip(cells, widths, strict=True)]
    height = max(map(len, folded))
    return [_line([(each[n : n + 1] or [""])[0] for each in folded], widths, right) for n in range(height)]


def _folded(text: str, room: int) -> list[str]:
    """The text in lines that fit, broken between words, or within one that does not fit alone."""
    if _width(text) <= room:
        return [text]
    lines = [""]
    for piece in BREAKS.split(text):
        if lines[-1] and _width(lines[-1] + piece.rstrip()) > room:
            lines.append("")
        lines[-1] += piece
        while _width(lines[-1].rstrip()) > room:
            fits = room
            while fits > 1 and _width(lines[-1][:fits]) > room:
                fits -= 1
            if fits >= len(lines[-1].rstrip()):
                break  # one letter that is wider than the column
            lines[-1:] = [lines[-1][:fits], lines[-1][fits:]]
    return [line.rstrip() for line in lines]


def _width(text: str) -> int:
    """The columns that a text takes on a screen: East Asian letters take two, and what stands on another none."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
