"""What a value of a table means: missing, a number, or the name of a category."""

from __future__ import annotations

from typing import Any

MISSING = frozenset({"", "?", "na", "n/a", "nan", "null", "none"})  # in any case


def is_missing(value: Any) -> bool:
    """Whether a value stands for none."""
    return value is None or (isinstance(value, str) and value.strip().lower() in MISSING)


def category_of(value: Any) -> str:
    """The name that a value is as a category or class: `yes`, `true`, and `3` for 3 and 3.0."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
