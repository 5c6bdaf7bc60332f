"""What the columns of a table are, found by reading all of it: numbers or categories, classes, and what is missing."""

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
from nncli.data.rows import csv_numbers, csv_records, is_number, ragged, separator_hint
from nncli.data.targets import Cells, binary_values
from nncli.data.values import is_missing
from nncli.errors import NncliError, UsageError
from nncli.text import MAX_NAMES, count_of, list_names, shorten

LINES_SHOWN = 3
NO_NAME = '""'
NAMES_COMPARED = 1000


class TableOptions(NamedTuple):
    """What the experiment says of a table."""

    targets: tuple[str, ...]
    ignore: tuple[str, ...]
    categories: tuple[str, ...]
    missing: str
    unseen: bool
    task: Task | None


class Table(NamedTuple):
    """A table column by column, and the line that each row begins at."""

    place: str
    lines: list[int]
    columns: dict[str, tuple[str, ...]]


class _Inferred(NamedTuple):
    """What reading a whole table says of it."""

    described: Description
    numbers: Array | None  # (n, inputs + targets), if that is all there is
    rows: FileRows


def describe_table(path: str, stamp: Stamp, asked: TableOptions) -> Description:
    """The description of a table of CSV with a header. Raises NncliError with the place of what is wrong in it."""
    return _inferred(path, stamp, asked).described


def rows_of_table(path: str, stamp: Stamp, asked: TableOptions) -> FileRows:
    """Return where in the file the samples of a table stand."""
    return _inferred(path, stamp, asked).rows


def numbers_of_table(path: str, stamp: Stamp, asked: TableOptions, described: Description) -> Array | None:
    """The numbers (n, inputs + targets) found when the table was described, so that it need not be read once more.

    None where the file is not the one that was described, or holds classes, categories or missing values.
    """
    if digest(path) != described.digest:
        return None
    found = _inferred(path, stamp, asked)
    return found.numbers if found.described == described else None


@lru_cache(maxsize=8)
def _inferred(path: str, stamp: Stamp, asked: TableOptions) -> _Inferred:
    table = read_columns(path)
    inputs = _inputs(table, asked)
    numbers = {name: csv_numbers(table.columns[name]) for name in (*inputs, *asked.targets)}
    gaps = {name: _gaps(table.columns[name]) if found is None else [] for name, found in numbers.items()}
    if asked.missing == "refuse" and any(gaps.values()):
        raise _missing(table, gaps)
    fills = asked.missing in ("mean", "median")
    if fills:
        _refuse_missing_targets(table, {name: gaps[name] for name in asked.targets})
    dropped = set() if fills else set[int]().union(*gaps.values())
    kept = np.delete(np.arange(len(table.lines)), sorted(dropped))
    if not len(kept):
        raise NncliError("has no row in which nothing is missing", place=table.place)
    cells = {name: _cells(table, name, set(gaps[name]) if fills else dropped, found) for name, found in numbers.items()}
    columns = [column_of(table.place, cells[name], name in asked.categories) for name in inputs]
    targets = [cells[name] for name in asked.targets]
    labels = binary_values(table.place, targets) if asked.task == "multilabel" else ()
    classes = () if labels else classes_of(table.place, targets, asked.task)
    found = Description(len(kept), tuple(columns), asked.targets, classes, labels, fills, asked.unseen, digest(path))
    arrays = [array for array in numbers.values() if array is not None]
    plain = len(arrays) == len(numbers) and found.task == "regression" and bool(found.numbers.all())
    rows = FileRows(table.place, kept, np.array(table.lines)[kept])
    return _Inferred(found, np.column_stack(arrays) if plain else None, rows)


def read_columns(path: str) -> Table:
    """All columns of a table of CSV with a header, as texts. Raises NncliError with the place of what is wrong."""
    with open_lines(path) as lines:
        records = csv_records(lines)
        start, header = next(records, (1, []))
        if not header:
            raise NncliError("is empty", place=lines.name)
        names = [name.strip() for name in header]
        _check_header(lines, start, names)
        at, rows = list[int](), list[list[str]]()
        for line, fields in records:
            if len(fields) != len(names):
                raise ragged(lines, line, fields, start, names)
            if fields[0].strip() == names[0] and [field.strip() for field in fields] == names:
                raise lines.fault("is the header again", line)
            at.append(line)
            rows.append(fields)
        if not rows:
            raise lines.fault("is a header, and no rows follow", start)
        return Table(lines.name, at, dict(zip(names, zip(*rows, strict=True), strict=True)))


def _check_header(lines: Lines, line: int, names: list[str]) -> None:
    if all(map(is_number, names)):
        raise lines.fault("has no header: the first line must name the columns", line)
    counts = Counter(names)
    for place, name in enumerate(names, start=1):
        if not name:
            raise lines.fault(f"column {place} has no name", line)
        if counts[name] > 1:
            raise lines.fault(f"has {counts[name]} columns {shorten(name)}", line)


def _inputs(table: Table, asked: TableOptions) -> list[str]:
    """The columns that are inputs, once it is sure that all that the experiment names is there."""
    names = tuple(table.columns)
    for field, given in (("target", asked.targets), ("ignore", asked.ignore), ("categories", asked.categories)):
        for name in given:
            if name not in table.columns:
                message = (
                    f"has no column {shorten(name) or NO_NAME}, which `{field}` names;"
                    f" its columns are {list_names(names)}"
                )
                raise UsageError(message, place=table.place, hint=_instead(name, names))
            if given.count(name) > 1:
                raise UsageError(f"`{field}` names {shorten(name)} {given.count(name)} times", place=table.place)
            if field != "target" and name in asked.targets:
                raise UsageError(f"{shorten(name)} is named by `target` and by `{field}`", place=table.place)
    inputs = [name for name in names if name not in asked.targets and name not in asked.ignore]
    if not inputs:
        raise UsageError("has no input: every column is a target or ignored", place=table.place)
    return inputs


def _instead(name: str, names: Sequence[str]) -> str:
    """What may be meant by a column that is not there."""
    if close := get_close_matches(name, names[:NAMES_COMPARED], 1):
        return f"did you mean {shorten(close[0])}?"
    return separator_hint(names) or ("the first line must name the columns" if any(map(is_number, names)) else "")


def _gaps(texts: Sequence[str]) -> list[int]:
    """The rows in which a value is missing."""
    return [row for row, text in enumerate(texts) if is_missing(text)]


def _cells(table: Table, name: str, without: set[int], numbers: Array | None) -> Cells:
    """A column without some rows; its `numbers`, where all of the column is some."""
    texts = table.columns[name]
    if not without:
        return Cells(name, table.lines, texts if numbers is not None else [text.strip() for text in texts], numbers)
    rows = [row for row in range(len(texts)) if row not in without]
    kept = [texts[row].strip() for row in rows]
    return Cells(name, [table.lines[row] for row in rows], kept, csv_numbers(kept))


def _missing(table: Table, gaps: dict[str, list[int]]) -> NncliError:
    """The error that names each column with missing values and their first rows; of many columns the first."""
    found = []
    for name, rows in gaps.items():
        if rows:
            first = ", ".join(str(table.lines[row]) for row in rows[:LINES_SHOWN])
            more = ", ..." if len(rows) > LINES_SHOWN else ""
            found.append(f"{shorten(name)} in {count_of(len(rows), 'row')} (line {first}{more})")
    if len(found) > MAX_NAMES:
        found[MAX_NAMES:] = [f"and {len(found) - MAX_NAMES:,} more columns"]
    hint = "`missing: drop` under `data:` leaves such rows out, `mean` and `median` fill the value in"
    return NncliError(f"has missing values: {'; '.join(found)}", place=table.place, hint=hint)


def _refuse_missing_targets(table: Table, gaps: dict[str, list[int]]) -> None:
    for name, rows in gaps.items():
        if rows:
            hint = "what is to be predicted cannot be filled in; `missing: drop` leaves such rows out"
            raise NncliError(f"{shorten(name)} is missing", place=f"{table.place}:{table.lines[rows[0]]}", hint=hint)
