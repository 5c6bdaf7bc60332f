"""Interpret values of a table: missing values and names of categories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

MISSING = frozenset({"", "?", "na", "n/a", "nan", "null", "none"})  # in any case
LARGEST = 1e38  # the largest magnitude of values to train on, near the largest float32


def is_missing(value: Any) -> bool:
    """Return whether a value stands for a missing one."""
    return value is None or (isinstance(value, str) and value.strip().lower() in MISSING)


def places_of(names: Sequence[str]) -> dict[str, int]:
    """Return the number of each category or class by its name, adding `true` and `false` for True or FALSE."""
    truths = {name.lower(): number for number, name in enumerate(names) if name.lower() in ("true", "false")}
    return truths | {name: number for number, name in enumerate(names)}


def category_of(value: Any) -> str:
    """Return the category or class name of a value: `yes` for "yes", `true` for True, `3` for 3 and 3.0."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
