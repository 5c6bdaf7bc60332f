"""The colour and the mark of each of several series."""

from __future__ import annotations

import string
from collections.abc import Iterator

from nncli.render.terminal.canvas import COLOURS, Capabilities

LETTERS = string.ascii_uppercase + string.ascii_lowercase.replace("o", "").replace("x", "") + string.digits
MARKS = "*o+x#@%" + LETTERS
REST = "."  # shared by all beyond the last mark


def colours_and_marks(count: int, marks: str = MARKS) -> Iterator[tuple[str, str]]:
    """Yield a colour and a mark for each of some series."""
    for number in range(count):
        yield COLOURS[number % len(COLOURS)], marks[number] if number < len(marks) else REST


def needs_marks(count: int, terminal: Capabilities) -> bool:
    """Return whether series need marks: dots are told apart by colours only, as far as these go."""
    return count > (len(COLOURS) if terminal.colour else 1)
