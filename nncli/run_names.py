"""The rule for names of runs, which are names of folders too."""

from __future__ import annotations

import unicodedata

LONGEST = 255  # bytes of UTF-8, the limit of common file systems
UNNAMED = "unnamed"
MARKS = frozenset("._-")
LETTERS = ("L", "M", "Nd")  # letters of any script, the marks that belong to some, and digits
# For the schema: its readers know no classes of Unicode, so that beyond ASCII it allows more than `problem` does.
PATTERN = r"^(?:[A-Za-z0-9_]|[^\x00-\x7f])(?:[A-Za-z0-9._-]|[^\x00-\x7f])*$"


def problem(name: str) -> str | None:
    """Return what is wrong with a name, as it continues a sentence after `it`; None if it can be used."""
    if not name or not all(map(_is_allowed, name)) or name[0] in ".-":
        return "must be of letters, digits, `.`, `_` and `-`, and not begin with `.` or `-`"
    return f"must be at most {LONGEST} bytes long" if len(name.encode()) > LONGEST else None


def normalized(name: str) -> str:
    """Return a name with composed letters (NFC): macOS has them decomposed."""
    return unicodedata.normalize("NFC", name)


def from_stem(stem: str) -> str:
    """Return a name like the stem of a file: what no name holds becomes `-`."""
    name = "".join(letter if _is_allowed(letter) else "-" for letter in normalized(stem)).lstrip(".-")
    return name.encode()[:LONGEST].decode(errors="ignore") or UNNAMED


def _is_allowed(letter: str) -> bool:
    return letter in MARKS or unicodedata.category(letter).startswith(LETTERS)
