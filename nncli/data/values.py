"""What a value of a table means: missing, a number, or the name of a category."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

MISSING = frozenset({"", "?", "na", "n/a", "nan", "null", "none"})  # in any case
LARGEST = 1e38  # in size, of what is trained on: near the largest number of float32


def is_missing(value: Any) -> bool:
    """Whether a value stands for none."""
    return value is None or (isinstance(value, str) and value.strip().lower() in MISSING)


def places_of(names: Sequence[str]) -> dict[str, int]:
    """The number of each category or class by its name; `true` and `false` also where a file has True or FALSE."""
    truths = {name.lower(): number for number, name in enumerate(names) if name.lower() in ("true", "false")}
    return truths | {name: number for number, name in enumerate(names)}


def category_of(value: Any) -> str:
    """The name that a value is as a category or class: `yes`, `true`, and `3` for 3 and 3.0."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
