"""Text out of files, made such that a terminal shows it and does nothing else."""

from __future__ import annotations

import re

# What steers a terminal (U+009B alone begins as much as ESC and [ do), and what turns the direction of the text after
# it. Tabs and line ends are of tables; a return alone would have a line written over.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|\r(?!\n)")


def printable(text: str) -> str:
    """Text for people, in one line: whatever is no printable character (a line end too) is written as an escape."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def without_controls(text: str) -> str:
    r"""Text for programs, in CSV or JSON: each control character is written as `\u001b`, all else stays as it is."""
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
