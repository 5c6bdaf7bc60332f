"""Text of files and arguments made fit to be shown."""

from __future__ import annotations


def printable(text: str) -> str:
    r"""The text with what is no visible character escaped, as `\x1b` or `\n`, so that it cannot command a terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
