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
    """Return the column as numbers or categories, by the majority of its values. Raises NncliError for stray values."""
    if not cells.texts:
        raise NncliError(f"column {shorten(cells.name)} is empty", place=place, hint=_leave_out(cells.name))
    if not as_category and cells.words * 2 <= len(cells.texts):
        _check_numbers(place, cells)
        return Column(cells.name)
    categories = _sorted_names(cells.texts)
    if len(categories) > MAX_CATEGORIES:
        count = f"{len(categories):,} different values, more than the {MAX_CATEGORIES} that categories may have"
        message = f"column {shorten(cells.name)} has {count}"
        raise NncliError(message, place=place, hint=_leave_out(cells.name))
    return Column(cells.name, categories)


def _leave_out(name: str) -> str:
    return f"add `ignore: [{shorten(name)}]` under `data:` to leave it out"


def _check_numbers(place: str, cells: Cells) -> None:
    """Raises NncliError if a column of numbers contains text, or a number that is not finite or too large."""
    if cells.numbers is not None and np.abs(cells.numbers).max() <= LARGEST:
        return
    words = cells.words
    most = ", as in most rows" if words * 2 <= len(cells.texts) else ""
    for line, text in zip(cells.lines, cells.texts, strict=True):
        if not is_number(text):
            expected = f"a number{most}"
        elif not is_finite(text):
            expected = "finite"
        elif abs(csv_number(text)) > LARGEST:
            expected = f"at most {LARGEST:g} in magnitude"
        else:
            continue
        rest = f" ({words:,} rows have text in this column)" if words > 1 else ""
        message = f"{shorten(cells.name)} must be {expected}, not {quote(text, 20)}{rest}"
        raise NncliError(message, place=f"{place}:{line}")


def classes_of(place: str, targets: Sequence[Cells], task: Task | None) -> tuple[str, ...]:
    """Return the names of the classes of the targets, or () for numbers to predict. Raises NncliError."""
    are_texts = any(2 * cells.words > len(cells.texts) for cells in targets)
    if task == "regression" or (task is None and not are_texts):
        for cells in targets:
            _check_numbers(place, cells)
        return ()
    if len(targets) > 1:
        several = f"{len(targets)} ({list_names([each.name for each in targets])})"
        message = f"`target` must name one column with the classes, not {several}"
        raise UsageError(message, place=place, hint=SEVERAL_HINT)
    (cells,) = targets
    names = _sorted_names(cells.texts)
    if all(map(is_number, names)):
        _check_whole_numbers(place, cells)
        names = tuple(dict.fromkeys(map(_whole_number_name, names)))
    if len(names) < 2:
        message = f"has only one class, {shorten(names[0])}; at least two are needed"
        raise NncliError(f"column {shorten(cells.name)} {message}", place=place)
    if len(names) > MAX_CLASSES:
        message = f"has {len(names):,} different classes; at most {MAX_CLASSES:,} are allowed"
        raise NncliError(f"column {shorten(cells.name)} {message}", place=place)
    return names


def _check_whole_numbers(place: str, cells: Cells) -> None:
    for line, text in zip(cells.lines, cells.texts, strict=True):
        if not float(text).is_integer():
            message = f"{shorten(cells.name)} must be a class (a name or a whole number), not {quote(text, 20)}"
            raise NncliError(message, place=f"{place}:{line}", hint=VALUES_HINT)


def _whole_number_name(text: str) -> str:
    """Return the class name of a whole number: `3` for `3`, `03` and `3.0`."""
    try:
        return str(int(text))  # keeps every digit
    except ValueError:
        return str(int(float(text)))


def _sorted_names(texts: Sequence[str]) -> tuple[str, ...]:
    """Return each text once: numbers by size, other texts in alphabetical order."""
    names = {text.strip() for text in texts}
    return tuple(sorted(names, key=lambda text: (float(text), text)) if all(map(is_number, names)) else sorted(names))
