"""Infer the kind of a table column from its values: numbers, categories or classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nncli.data.description import Column, Task
from nncli.data.rows import csv_number, is_finite, is_number
from nncli.data.targets import SEVERAL_HINT, VALUES_HINT, Cells
from nncli.data.values import LARGEST
from nncli.errors import NncliError, UsageError
from nncli.text import list_names, quote, shorten

MAX_CATEGORIES, MAX_CLASSES = 100, 1000


def column_of(place: str, cells: Cells, as_category: bool) -> Column:
    """Return the column as numbers or categories: what most of its values are. Raises NncliError for a stray value."""
    if not cells.texts:
        raise NncliError(f"column {shorten(cells.name)} is empty", place=place, hint=_leave_out(cells.name))
    if not as_category and cells.words * 2 <= len(cells.texts):
        _refuse_others(place, cells)
        return Column(cells.name)
    categories = _sorted(cells.texts)
    if len(categories) > MAX_CATEGORIES:
        message = f"column {shorten(cells.name)} has {len(categories):,} different values, too many for categories"
        raise NncliError(message, place=place, hint=_leave_out(cells.name))
    return Column(cells.name, categories)


def _leave_out(name: str) -> str:
    return f"`ignore: [{shorten(name)}]` under `data:` leaves it out"


def _refuse_others(place: str, cells: Cells) -> None:
    """Refuses a column of numbers that holds a text, or a number that cannot be computed with."""
    if cells.numbers is not None and np.abs(cells.numbers).max() <= LARGEST:
        return
    words = cells.words
    most = ", as in most rows" if words * 2 <= len(cells.texts) else ""
    for line, text in zip(cells.lines, cells.texts, strict=True):
        if not is_number(text):
            what = f"a number{most}"
        elif not is_finite(text):
            what = "finite"
        elif abs(csv_number(text)) > LARGEST:
            what = f"at most {LARGEST:g} in size"
        else:
            continue
        rest = f" ({words:,} rows have a text there)" if words > 1 else ""
        message = f"{shorten(cells.name)} must be {what}, not {quote(text, 20)}{rest}"
        raise NncliError(message, place=f"{place}:{line}")


def classes_of(place: str, targets: Sequence[Cells], task: Task | None) -> tuple[str, ...]:
    """Return the names of the classes of the targets; none for numbers that are values. Raises NncliError."""
    are_texts = any(2 * cells.words > len(cells.texts) for cells in targets)
    if task == "regression" or (task is None and not are_texts):
        for cells in targets:
            _refuse_others(place, cells)
        return ()
    if len(targets) > 1:
        several = f"{len(targets)} ({list_names([each.name for each in targets])})"
        message = f"`target` must name one column with the classes, not {several}"
        raise UsageError(message, place=place, hint=SEVERAL_HINT)
    (cells,) = targets
    names = _sorted(cells.texts)
    if all(map(is_number, names)):
        _refuse_fractions(place, cells)
        names = tuple(dict.fromkeys(map(_whole, names)))
    if len(names) < 2:
        raise NncliError(f"column {shorten(cells.name)} has one class only: {shorten(names[0])}", place=place)
    if len(names) > MAX_CLASSES:
        message = f"has {len(names):,} different classes, and {MAX_CLASSES:,} are the most"
        raise NncliError(f"column {shorten(cells.name)} {message}", place=place)
    return names


def _refuse_fractions(place: str, cells: Cells) -> None:
    for line, text in zip(cells.lines, cells.texts, strict=True):
        if not float(text).is_integer():
            message = f"{shorten(cells.name)} must be a class, so a name or a whole number, not {quote(text, 20)}"
            raise NncliError(message, place=f"{place}:{line}", hint=VALUES_HINT)


def _whole(text: str) -> str:
    """A whole number as a class is called by it: `3` for `3`, `03` and `3.0`."""
    try:
        return str(int(text))  # of which no digit is lost
    except ValueError:
        return str(int(float(text)))


def _sorted(texts: Sequence[str]) -> tuple[str, ...]:
    """Each text once: numbers by size, else by the alphabet."""
    found = {text.strip() for text in texts}
    return tuple(sorted(found, key=lambda text: (float(text), text)) if all(map(is_number, found)) else sorted(found))
