"""Describe a table by reading all of it: numbers, categories, classes, and missing values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.data.columns import classes_of, column_of
from nncli.data.description import Description, FileRows, Task
from nncli.data.lines import Lines, Stamp, digest, open_lines
from nncli.data.rows import csv_numbers, csv_records, is_number, ragged_row_error, separator_hint
from nncli.data.targets import Cells, binary_values
from nncli.data.values import is_missing
from nncli.errors import NncliError, UsageError
from nncli.text import MAX_NAMES, count_of, list_names, plural, shorten

MAX_LINES = 3
NO_NAME = '""'
MAX_NAMES_COMPARED = 1000


class TableOptions(NamedTuple):
    """The settings of an experiment for its table."""

    targets: tuple[str, ...]
    ignore: tuple[str, ...]
    categories: tuple[str, ...]
    missing: str
    unseen: bool
    task: Task | None


class Table(NamedTuple):
    """A table by columns, with the line where each row begins."""

    place: str
    lines: list[int]
    columns: dict[str, tuple[str, ...]]


class _Inferred(NamedTuple):
    """The facts found by reading a whole table."""

    described: Description
    numbers: Array | None  # (n, inputs + targets), if the table has only numbers
    rows: FileRows


def describe_table(path: str, stamp: Stamp, options: TableOptions) -> Description:
    """Return the description of a CSV table with a header. Raises NncliError with the place of the problem."""
    return _infer(path, stamp, options).described


def rows_of_table(path: str, stamp: Stamp, options: TableOptions) -> FileRows:
    """Return the rows of the samples of a table in its file."""
    return _infer(path, stamp, options).rows


def numbers_of_table(path: str, stamp: Stamp, options: TableOptions, described: Description) -> Array | None:
    """Return the numbers (n, inputs + targets) found when the table was described, to avoid reading it again.

    None if the file differs from the one described, or holds classes, categories or missing values.
    """
    if digest(path) != described.digest:
        return None
    inferred = _infer(path, stamp, options)
    return inferred.numbers if inferred.described == described else None


@lru_cache(maxsize=8)
def _infer(path: str, stamp: Stamp, options: TableOptions) -> _Inferred:
    table = read_columns(path)
    inputs = _input_names(table, options)
    numbers = {name: csv_numbers(table.columns[name]) for name in (*inputs, *options.targets)}
    gaps = {name: _gaps(table.columns[name]) if array is None else [] for name, array in numbers.items()}
    if options.missing == "refuse" and any(gaps.values()):
        raise _missing_error(table, gaps)
    fills = options.missing in ("mean", "median")
    if fills:
        _check_no_missing_targets(table, {name: gaps[name] for name in options.targets})
    dropped = set() if fills else set[int]().union(*gaps.values())
    kept = np.delete(np.arange(len(table.lines)), sorted(dropped))
    if not len(kept):
        raise NncliError("has a missing value in every row", place=table.place)
    cells = {name: _cells(table, name, set(gaps[name]) if fills else dropped, array) for name, array in numbers.items()}
    columns = [column_of(table.place, cells[name], name in options.categories) for name in inputs]
    targets = [cells[name] for name in options.targets]
    labels = binary_values(table.place, targets) if options.task == "multilabel" else ()
    classes = () if labels else classes_of(table.place, targets, options.task)
    described = Description(
        len(kept), tuple(columns), options.targets, classes, labels, fills, options.unseen, digest(path)
    )
    arrays = [array for array in numbers.values() if array is not None]
    numbers_only = len(arrays) == len(numbers) and described.task == "regression" and bool(described.numbers.all())
    rows = FileRows(table.place, kept, np.array(table.lines)[kept])
    return _Inferred(described, np.column_stack(arrays) if numbers_only else None, rows)


def read_columns(path: str) -> Table:
    """Return all columns of a CSV table with a header, as texts. Raises NncliError with the place of the problem."""
    with open_lines(path) as lines:
        records = csv_records(lines)
        start, header = next(records, (1, []))
        if not header:
            raise NncliError("is empty", place=lines.name)
        names = [name.strip() for name in header]
        _check_header(lines, start, names)
        line_numbers, rows = list[int](), list[list[str]]()
        for line, fields in records:
            if len(fields) != len(names):
                raise ragged_row_error(lines, line, fields, start, names)
            if fields[0].strip() == names[0] and [field.strip() for field in fields] == names:
                raise lines.fault("repeats the header; remove this line", line)
            line_numbers.append(line)
            rows.append(fields)
        if not rows:
            raise lines.fault("is a header without rows after it", start)
        return Table(lines.name, line_numbers, dict(zip(names, zip(*rows, strict=True), strict=True)))


def _check_header(lines: Lines, line: int, names: list[str]) -> None:
    if all(map(is_number, names)):
        raise lines.fault("has no header; add a first line with the names of the columns", line)
    counts = Counter(names)
    for place, name in enumerate(names, start=1):
        if not name:
            raise lines.fault(f"column {place} has no name", line)
        if counts[name] > 1:
            raise lines.fault(f"has {counts[name]} columns named {shorten(name)}; use different names", line)


def _input_names(table: Table, options: TableOptions) -> list[str]:
    """Return the columns that are inputs. Raises UsageError if the experiment names columns that do not exist."""
    names = tuple(table.columns)
    for field, named in (("target", options.targets), ("ignore", options.ignore), ("categories", options.categories)):
        for name in named:
            if name not in table.columns:
                message = (
                    f"has no column {shorten(name) or NO_NAME}, which `{field}` names;"
                    f" its columns are {list_names(names)}"
                )
                raise UsageError(message, place=table.place, hint=_suggestion(name, names))
            if named.count(name) > 1:
                message = f"`{field}` names {shorten(name)} {named.count(name)} times; name it once"
                raise UsageError(message, place=table.place)
            if field != "target" and name in options.targets:
                message = f"{shorten(name)} is in both `target` and `{field}`; remove it from one"
                raise UsageError(message, place=table.place)
    inputs = [name for name in names if name not in options.targets and name not in options.ignore]
    if not inputs:
        raise UsageError("has no input column, as every column is a target or ignored", place=table.place)
    return inputs


def _suggestion(name: str, names: Sequence[str]) -> str:
    """Return a hint for a column that does not exist, or an empty string."""
    if close := get_close_matches(name, names[:MAX_NAMES_COMPARED], 1):
        return f"did you mean {shorten(close[0])}?"
    add_header = "add a first line with the names of the columns"
    return separator_hint(names) or (add_header if any(map(is_number, names)) else "")


def _gaps(texts: Sequence[str]) -> list[int]:
    """Return the rows with a missing value."""
    return [row for row, text in enumerate(texts) if is_missing(text)]


def _cells(table: Table, name: str, without: set[int], numbers: Array | None) -> Cells:
    """Return the cells of a column without some rows; `numbers` is the column as numbers, if it has only numbers."""
    texts = table.columns[name]
    if not without:
        return Cells(name, table.lines, texts if numbers is not None else [text.strip() for text in texts], numbers)
    rows = [row for row in range(len(texts)) if row not in without]
    kept = [texts[row].strip() for row in rows]
    return Cells(name, [table.lines[row] for row in rows], kept, csv_numbers(kept))


def _missing_error(table: Table, gaps: dict[str, list[int]]) -> NncliError:
    """Return an error that names columns with missing values, and the first lines of these values."""
    columns = []
    for name, rows in gaps.items():
        if rows:
            first = ", ".join(str(table.lines[row]) for row in rows[:MAX_LINES])
            more = ", ..." if len(rows) > MAX_LINES else ""
            columns.append(
                f"{shorten(name)} in {count_of(len(rows), 'row')} ({plural('line', len(rows))} {first}{more})"
            )
    if len(columns) > MAX_NAMES:
        columns[MAX_NAMES:] = [f"and {len(columns) - MAX_NAMES:,} more columns"]
    hint = "add `missing: drop` under `data:` to leave such rows out, or `mean` or `median` to fill the value in"
    return NncliError(f"has missing values: {'; '.join(columns)}", place=table.place, hint=hint)


def _check_no_missing_targets(table: Table, gaps: dict[str, list[int]]) -> None:
    for name, rows in gaps.items():
        if rows:
            hint = "use `missing: drop` to leave such rows out"
            message = f"{shorten(name)} is missing, and a target cannot be filled in"
            raise NncliError(message, place=f"{table.place}:{table.lines[rows[0]]}", hint=hint)
