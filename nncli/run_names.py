"""The rules for names of runs, which are also names of folders."""

from __future__ import annotations

import unicodedata

LONGEST = 255  # bytes of UTF-8, the limit of common file systems
UNNAMED = "unnamed"
MARKS = frozenset("._-")
LETTERS = ("L", "M", "Nd")  # Unicode categories: letters of any script, combining marks, and digits
# For the schema: its readers do not know Unicode categories, so beyond ASCII it allows more than `problem` does.
PATTERN = r"^(?:[A-Za-z0-9_]|[^\x00-\x7f])(?:[A-Za-z0-9._-]|[^\x00-\x7f])*$"


def problem(name: str) -> str | None:
    """Return the problem with a name, worded to follow the name or `it`; None if the name can be used."""
    if not name or not all(map(_is_allowed, name)) or name[0] in ".-":
        return "must consist of letters, digits, `.`, `_` and `-`, and must not begin with `.` or `-`"
    return f"must be at most {LONGEST} bytes long" if len(name.encode()) > LONGEST else None


def normalize(name: str) -> str:
    """Return a name with composed letters (NFC), as macOS decomposes them."""
    return unicodedata.normalize("NFC", name)


def from_stem(stem: str) -> str:
    """Return a name for the stem of a file, with `-` for each character that a name must not contain."""
    name = "".join(letter if _is_allowed(letter) else "-" for letter in normalize(stem)).lstrip(".-")
    return name.encode()[:LONGEST].decode(errors="ignore") or UNNAMED


def _is_allowed(letter: str) -> bool:
    return letter in MARKS or unicodedata.category(letter).startswith(LETTERS)
