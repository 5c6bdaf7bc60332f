"""Infer the kind of a table column from its values: numbers, categories or classes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from nncli.data.cells import Cells
from nncli.data.description import Column, Task
from nncli.data.dialect import Dialect
from nncli.data.table import Table
from nncli.data.targets import SEVERAL_HINT, VALUES_HINT
from nncli.data.values import BOOLEAN_NAMES, LARGEST, is_mixed_boolean
from nncli.errors import NncliError, UsageError
from nncli.text import list_names, quote, shorten

MAX_CATEGORIES, MAX_CLASSES = 100, 1000


def column_of(table: Table, cells: Cells, as_category: bool) -> Column:
    """Return the column as numbers or categories, by the majority of its values. Raises NncliError for stray values."""
    if not cells.present:
        raise NncliError(f"column {shorten(cells.name)} is empty", place=table.place, hint=leave_out(cells.name))
    different = cells.different()
    if isinstance(different, set) and is_mixed_boolean(different):
        return Column(cells.name, BOOLEAN_NAMES)
    as_category = as_category or cells.has_leading_zeros
    if not as_category and cells.words * 2 <= cells.present:
        check_numbers(table, cells)
        return Column(cells.name)
    if not as_category:
        check_not_numeric(table, cells)
    if isinstance(different, int) or len(different) > MAX_CATEGORIES:
        values = f"{cells.different_count:,} different values, more than the {MAX_CATEGORIES} that categories may have"
        message = f"column {shorten(cells.name)} has {values}"
        raise NncliError(message, place=table.place, hint=leave_out(cells.name))
    return Column(cells.name, _sorted_names(different, cells.dialect))


def leave_out(name: str) -> str:
    """Return a hint to leave a column out."""
    return f"add `ignore: [{shorten(name)}]` under `data:` to leave it out"


def check_numbers(table: Table, cells: Cells) -> None:
    """Raises NncliError if a column of numbers contains text, or a number that is not finite or too large."""
    row = cells.first(lambda text: not _is_usual(text, cells.dialect))
    if row is None:
        return
    text, words = cells.text(row), cells.words
    most = ", as in most rows" if words * 2 <= cells.present else ""
    if not cells.dialect.is_number(text):
        expected = f"a number{most}"
    else:
        finite = math.isfinite(cells.dialect.number(text))
        expected = f"at most {LARGEST:g} in magnitude" if finite else "finite"
    rest = f" ({words:,} rows have text in this column)" if words > 1 else ""
    message = f"{shorten(cells.name)} must be {expected}, not {quote(text, 20)}{rest}"
    hint = cells.dialect.suggest([text])
    raise NncliError(message, place=f"{table.place}:{table.lines[row]}", hint=hint)


def check_not_numeric(table: Table, cells: Cells) -> None:
    """Raises NncliError if most texts of a column would be numbers in another dialect."""
    texts = cells.odd_texts()
    if hint := cells.dialect.suggest(texts):
        row = cells.first(lambda text: not cells.dialect.is_number(text)) or 0
        message = f"{shorten(cells.name)} has numbers that are read as text, such as {quote(cells.text(row), 20)}"
        raise NncliError(message, place=f"{table.place}:{table.lines[row]}", hint=hint)


def _is_usual(text: str, dialect: Dialect) -> bool:
    return dialect.is_number(text) and abs(dialect.number(text)) <= LARGEST


def classes_of(table: Table, targets: Sequence[Cells], task: Task | None) -> tuple[str, ...]:
    """Return the names of the classes of the targets, or () for numbers to predict. Raises NncliError."""
    are_texts = any(2 * cells.words > len(cells) for cells in targets)
    if task == "regression" or (task is None and not are_texts):
        for cells in targets:
            check_numbers(table, cells)
        return ()
    if len(targets) > 1:
        several = f"{len(targets)} ({list_names([each.name for each in targets])})"
        message = f"`target` must name one column with the classes, not {several}"
        raise UsageError(message, place=table.place, hint=SEVERAL_HINT)
    (cells,) = targets
    if are_texts:
        check_not_numeric(table, cells)
    names = cells.different()
    if isinstance(names, set) and is_mixed_boolean(names):
        return BOOLEAN_NAMES
    if not cells.words:
        _check_whole_numbers(table, cells)
    count = names if isinstance(names, int) else len(names)
    if isinstance(names, set) and not cells.has_leading_zeros and all(map(cells.dialect.is_number, names)):
        names = {_whole_number_name(name, cells.dialect) for name in names}
        count = len(names)
    if isinstance(names, int) or count > MAX_CLASSES:
        message = f"has {count:,} different classes; at most {MAX_CLASSES:,} are allowed"
        raise NncliError(f"column {shorten(cells.name)} {message}", place=table.place)
    if count < 2:
        message = f"has only one class, {shorten(min(names))}; at least two are needed"
        raise NncliError(f"column {shorten(cells.name)} {message}", place=table.place)
    return _sorted_names(names, cells.dialect)


def _check_whole_numbers(table: Table, cells: Cells) -> None:
    """Raises NncliError at the first number that is not whole."""
    numbers = cells.numbers()
    rows = np.flatnonzero(numbers != np.round(numbers))
    if len(rows):
        row = int(rows[0])
        expected = "a class (a name or a whole number)"
        message = f"{shorten(cells.name)} must be {expected}, not {quote(cells.text(row), 20)}"
        raise NncliError(message, place=f"{table.place}:{table.lines[row]}", hint=VALUES_HINT)


def _whole_number_name(text: str, dialect: Dialect) -> str:
    """Return the class name of a whole number: `3` for `3`, `03` and `3.0`."""
    try:
        return str(int(text))  # keeps every digit
    except ValueError:
        return str(int(dialect.number(text)))


def _sorted_names(names: set[str], dialect: Dialect) -> tuple[str, ...]:
    """Return names in order: numbers by size, other texts in alphabetical order."""
    if all(map(dialect.is_number, names)):
        return tuple(sorted(names, key=lambda text: (dialect.number(text), text)))
    return tuple(sorted(names))
