"""Colours and marks of series."""

from __future__ import annotations

import string
from collections.abc import Iterator

from nncli.render.terminal.canvas import COLOURS, Capabilities

LETTERS = string.ascii_uppercase + string.ascii_lowercase.replace("o", "").replace("x", "") + string.digits
MARKS = "*o+x#@%" + LETTERS
OVERFLOW = "."  # the mark of all series beyond the last of MARKS


def colours_and_marks(count: int, marks: str = MARKS) -> Iterator[tuple[str, str]]:
    """Yield a colour and a mark for each of that many series."""
    for number in range(count):
        yield COLOURS[number % len(COLOURS)], marks[number] if number < len(marks) else OVERFLOW


def needs_marks(count: int, terminal: Capabilities) -> bool:
    """Return whether series need marks because the terminal has too few colours to distinguish them."""
    return count > (len(COLOURS) if terminal.colour else 1)
