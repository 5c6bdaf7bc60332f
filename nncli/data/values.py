"""Interpret values of a table: missing values and names of categories."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

LARGEST = 1e38  # the largest magnitude of values to train on, near the largest float32


class DropMissing(NamedTuple):
    """The missing values for which a row is dropped."""

    inputs: bool = False
    targets: bool = False


BOOLEAN_NAMES = ("false", "true")
BOOLEANS = {"false": 0, "no": 0, "0": 0, "true": 1, "yes": 1, "1": 1}  # in any case


def is_mixed_boolean(texts: Collection[str]) -> bool:
    """Return whether texts are more than two spellings of false and true, such as `yes`, `TRUE` and `0`."""
    spellings = places_of(BOOLEAN_NAMES)
    return len(texts) > 2 and {spellings.get(text) for text in texts} == {0, 1}


def places_of(names: Sequence[str]) -> dict[str, int]:
    """Return the number of each category or class by its name, adding `true` and `false` for True or FALSE."""
    if tuple(names) == BOOLEAN_NAMES:
        spellings = (str.lower, str.upper, str.capitalize)
        return {spell(word): number for word, number in BOOLEANS.items() for spell in spellings}
    truths = {name.lower(): number for number, name in enumerate(names) if name.lower() in ("true", "false")}
    return truths | {name: number for number, name in enumerate(names)}


def category_of(value: Any) -> str:
    """Return the category or class name of a value: `yes` for "yes", `true` for True, `3` for 3 and 3.0."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
