"""Infer the task from the loss and the targets, and the two values of each binary target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np

from nncli.data.cells import Cells
from nncli.data.description import Task
from nncli.data.table import Table
from nncli.data.values import BOOLEAN_NAMES, is_mixed_boolean
from nncli.errors import NncliError
from nncli.text import quote, shorten

Crossentropy: TypeAlias = Literal["binary", "categorical"] | None  # of the loss; None for losses on numbers

NUMBERS, TRUTHS = ("0", "1"), ("false", "true")
VALUES_HINT = "use the loss mse, mae or huber to predict numbers"
SEVERAL_HINT = "use binary_crossentropy for several binary targets; turn one-hot columns into one column of class names"


def inferred_task(crossentropy: Crossentropy, targets: int) -> Task | None:
    """Return the task that the loss implies, or None if the values decide, as text means classes."""
    if crossentropy == "binary" and targets > 1:
        return "multilabel"
    return "classes" if crossentropy else None


def binary_values(table: Table, targets: Sequence[Cells]) -> tuple[tuple[str, ...], ...]:
    """Return the two values of each target, the positive one last: 0 and 1, or two texts in sorted order.

    More than two spellings of false and true, such as `yes`, `TRUE` and `0`, are `false` and `true`.

    Raises NncliError at the line of the first other value, or if a target has only one value.
    """
    pairs = list[tuple[str, ...]]()
    for cells in targets:
        different = cells.different()
        if isinstance(different, set) and is_mixed_boolean(different):
            pairs.append(BOOLEAN_NAMES)
            continue
        values = _texts(table, cells) if 2 * cells.words > len(cells) else _numbers(table, cells)
        if len(values) == 1:
            name, value = shorten(cells.name), shorten(values[0])
            message = f"column {name} has only the value {value}, but a binary target needs two values"
            raise NncliError(message, place=table.place, hint="move it from `target` to `ignore`")
        pairs.append(tuple(sorted(values)))
    return tuple(pairs)


def _numbers(table: Table, cells: Cells) -> list[str]:
    """Return the values of a column of 0 and 1, in any notation."""
    numbers = cells.numbers()
    others = np.flatnonzero((numbers != 0) & (numbers != 1))
    if len(others):
        row = int(others[0])
        text = cells.text(row)
        hint = VALUES_HINT if cells.dialect.is_number(text) else ""
        message = f"{shorten(cells.name)} must be 0 or 1, not {quote(text, 20)}"
        raise NncliError(message, place=f"{table.place}:{table.lines[row]}", hint=hint)
    return [NUMBERS[int(number)] for number in np.unique(numbers)]


def _texts(table: Table, cells: Cells) -> list[str]:
    """Return the values of a column of two texts."""
    values = list[str]()
    for row in range(len(cells)):
        text = cells.text(row)
        if text not in values:
            values.append(text)
        if len(values) > 2:
            first, second, third = (quote(value, 20) for value in values)
            message = f"{shorten(cells.name)} must have two values, but {third} is a third besides {first} and {second}"
            raise NncliError(message, place=f"{table.place}:{table.lines[row]}")
    return values
