"""Tables for people: plain columns, folded to the width of a terminal.

Rich's own tables take half a millisecond a line, which a list of a thousand runs would have to wait for.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TextIO

from nncli.escaping import printable
from nncli.render.console import console, shown

GAP = "  "
NARROWEST = 3  # characters of a column


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
    _narrow(widths, out.width - len(GAP) * (len(widths) - 1))
    head, *rest = [part for line in lines for part in _folded_line(line, widths, right)]
    out.print(Text(head, style="bold"), end="")
    file.write("".join(rest))


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    blanks = [" " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True)]
    padded = (blank + cell if to else cell + blank for cell, blank, to in zip(cells, blanks, right, strict=True))
    return GAP.join(padded).rstrip() + "\n"


def _narrow(widths: list[int], room: int) -> None:
    """Takes from the widest column, again and again, until all fit or none can be narrower."""
    while sum(widths) > room and max(widths) > NARROWEST:
        widths[widths.index(max(widths))] -= 1


def _folded_line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> list[str]:
    folded = [_folded(cell, width) for cell, width in zip(cells, widths, strict=True)]
    height = max(map(len, folded))
    return [_line([(each[n : n + 1] or [""])[0] for each in folded], widths, right) for n in range(height)]


def _folded(text: str, room: int) -> list[str]:
    """The text in pieces that fit, between words where it can be."""
    pieces = []
    while _width(text) > room:
        fits = room
        while fits > 1 and _width(text[:fits]) > room:
            fits -= 1
        at = text.rfind(" ", 1, fits + 1)
        at = fits if at < 0 else at
        pieces.append(text[:at].rstrip())
        text = text[at:].lstrip()
    return [*pieces, text]


def _width(text: str) -> int:
    """The columns that a text takes on a screen: East Asian letters take two, and what stands on another none."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
