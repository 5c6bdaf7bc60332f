"""Infer the task from the loss and the targets, and the two values of each binary target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

from nncli.arrays import Array
from nncli.data.description import Task
from nncli.data.rows import csv_number, is_number
from nncli.errors import NncliError
from nncli.text import quote, shorten

Crossentropy: TypeAlias = Literal["binary", "categorical"] | None  # of the loss; None for losses on numbers

NUMBERS, TRUTHS = ("0", "1"), ("false", "true")
VALUES_HINT = "use the loss mse, mae or huber to predict numbers"
SEVERAL_HINT = "use binary_crossentropy for several binary targets; turn one-hot columns into one column of class names"


class Cells(NamedTuple):
    """A column: its name, and the line and text of each cell that is not missing."""

    name: str
    lines: Sequence[int]
    texts: Sequence[str]
    numbers: Array | None  # the texts as numbers, if all are finite

    @property
    def words(self) -> int:
        """The number of texts that are not numbers."""
        return 0 if self.numbers is not None else sum(not is_number(text) for text in self.texts)


def inferred_task(crossentropy: Crossentropy, targets: int) -> Task | None:
    """Return the task that the loss implies, or None if the values decide, as text means classes."""
    if crossentropy == "binary" and targets > 1:
        return "multilabel"
    return "classes" if crossentropy else None


def binary_values(place: str, targets: Sequence[Cells]) -> tuple[tuple[str, ...], ...]:
    """Return the two values of each target, the positive one last: 0 and 1, or two texts in sorted order.

    Raises NncliError at the line of the first other value, or if a target has only one value.
    """
    pairs = []
    for cells in targets:
        values = _texts(place, cells) if 2 * cells.words > len(cells.texts) else _numbers(place, cells)
        if len(values) == 1:
            name, value = shorten(cells.name), shorten(values[0])
            message = f"column {name} has only the value {value}, but a binary target needs two values"
            raise NncliError(message, place=place, hint="move it from `target` to `ignore`")
        pairs.append(tuple(sorted(values)))
    return tuple(pairs)


def _numbers(place: str, cells: Cells) -> list[str]:
    """Return the values of a column of 0 and 1, in any notation."""
    for line, text in zip(cells.lines, cells.texts, strict=True):
        if not is_number(text) or csv_number(text) not in (0, 1):
            message = f"{shorten(cells.name)} must be 0 or 1, not {quote(text.strip(), 20)}"
            hint = VALUES_HINT if is_number(text) else ""
            raise NncliError(message, place=f"{place}:{line}", hint=hint)
    return list({NUMBERS[int(csv_number(text))] for text in set(cells.texts)})


def _texts(place: str, cells: Cells) -> list[str]:
    """Return the values of a column of two texts."""
    values = list[str]()
    for line, text in zip(cells.lines, map(str.strip, cells.texts), strict=True):
        if text not in values:
            values.append(text)
        if len(values) > 2:
            first, second, third = (quote(value, 20) for value in values)
            message = f"{shorten(cells.name)} must have two values, but {third} is a third besides {first} and {second}"
            raise NncliError(message, place=f"{place}:{line}")
    return values
