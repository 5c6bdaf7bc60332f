"""Tables for people: plain columns that fit the width of a terminal."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Sequence
from itertools import accumulate
from typing import TextIO

from nncli.escaping import printable
from nncli.render.console import console, format_value
from nncli.text import plural

# Rich's tables would do less, later: a list of 1,000 runs takes them 0.7 s instead of 0.01 s in a pipe and 0.03 s on a
# terminal, and in a narrow one they break names and squeeze columns to nothing instead of naming those that do not fit.
GAP = "  "
FOLDED = 24  # characters that a column of text keeps before it is left out: room for `val_loss 0.002048 at 1,000`
WIDER = "a wider terminal shows them"


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[object]], file: TextIO, *, keep: int = 2, hint: str = WIDER
) -> None:
    """Print rows under their column names, with numbers to the right.

    On a terminal, text is folded between words, and names and numbers are never broken. Columns that do not fit are
    left out from the right, except the first `keep`, and stderr names them with the hint.
    """
    right = [
        bool(rows) and all(isinstance(row[number], int | float) or row[number] is None for row in rows)
        for number in range(len(columns))
    ]
    lines = [list(map(printable, columns)), *([format_value(cell) for cell in row] for row in rows)]
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
    if not file.isatty():
        file.write("".join(_line(line, widths, right) for line in lines))
        return
    from rich.text import Text

    out = console(file)
    words = [
        max(_width(word) for cell in column for word in cell.split() or [""]) for column in zip(*lines, strict=True)
    ]
    count = _fitting(widths, words, keep, out.width)
    widths = _narrowed(widths[:count], words, out.width)
    head, *rest = [part for line in lines for part in _folded_line(line[:count], widths, right[:count])]
    out.print(Text(head, style="bold"), end="")
    file.write("".join(rest))
    if count < len(lines[0]):
        file.flush()
        _note(lines[0][count:], hint)


def _note(left_out: Sequence[str], hint: str) -> None:
    """Say on stderr which columns are left out."""
    named = ", ".join(filter(None, left_out))
    text = f"{len(left_out)} more {plural('column', len(left_out))}{': ' * bool(named)}{named}; {hint}"
    print(*_folded(text, console(sys.stderr).width), sep="\n", file=sys.stderr)


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    blanks = [" " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True)]
    padded = (blank + cell if to else cell + blank for cell, blank, to in zip(cells, blanks, right, strict=True))
    return GAP.join(padded).rstrip() + "\n"


def _fitting(widths: Sequence[int], words: Sequence[int], keep: int, room: int) -> int:
    """Return how many columns fit: the first `keep` whatever they need, others at a width that reads well."""
    readable = [max(word, min(width, FOLDED)) for word, width in zip(words, widths, strict=True)]
    needed = [*words[:keep], *readable[keep:]]
    return max(keep, sum(total <= room for total in accumulate(needed, lambda total, width: total + len(GAP) + width)))


def _narrowed(widths: Sequence[int], words: Sequence[int], room: int) -> list[int]:
    """Return widths that fit, taken from the widest column again and again, but none below its longest word."""
    narrowed = list(widths)
    while sum(narrowed) + len(GAP) * (len(narrowed) - 1) > room:
        wide = [(width, number) for number, width in enumerate(narrowed) if width > words[number]]
        if not wide:
            break
        narrowed[max(wide)[1]] -= 1
    return narrowed


def _folded_line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> list[str]:
    folded = [_folded(cell, width) for cell, width in zip(cells, widths, strict=True)]
    height = max(map(len, folded))
    return [_line([(each[n : n + 1] or [""])[0] for each in folded], widths, right) for n in range(height)]


def _folded(text: str, room: int) -> list[str]:
    """Return the text in lines that fit, broken between words; a longer word has a line to itself."""
    lines = [""]
    for piece in re.split(r"(?<=\s)", text):
        if lines[-1] and _width(lines[-1] + piece.rstrip()) > room:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines]


def _width(text: str) -> int:
    """The columns that a text takes on a screen: East Asian letters take two, and what stands on another none."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
