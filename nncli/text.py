"""Shorten, quote, count and join words for messages."""

from __future__ import annotations

from collections.abc import Sequence

from nncli.escaping import printable

MAX_NAMES = 8  # in a list of names


def shorten(text: str, limit: int = 60) -> str:
    """Return text as one printable line of at most `limit` characters, ending in `...` if it is cut."""
    text = printable(text[: limit + 1])  # before the cut, because an escape is longer than its character
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def quote(text: str, limit: int = 60) -> str:
    """Return text in double quotes, shortened."""
    return f'"{shorten(text, limit)}"'


def join_words(words: Sequence[str], last: str = "and") -> str:
    """Return words as in a sentence: `a`, `a and b`, `a, b and c`."""
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)


def list_names(names: Sequence[str]) -> str:
    """Return names separated by commas, each shortened; if there are many, only the first and their number."""
    first = ", ".join(shorten(name) for name in names[:MAX_NAMES])
    return first if len(names) <= MAX_NAMES else f"{first}, ... {len(names)} in all"


def plural(noun: str, count: int) -> str:
    """Return the form of a noun after a number: `epoch` after 1, else `epochs`."""
    return noun if count == 1 else f"{noun}s"


def count_of(count: int, noun: str) -> str:
    """Return a number of things in words: `1 epoch`, `10,001 epochs`."""
    return f"{count:,} {plural(noun, count)}"


def uncapitalize(text: str) -> str:
    """Return text with its first letter in lower case, to follow a colon."""
    return text[:1].lower() + text[1:]
