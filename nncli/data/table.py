"""A table read by columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import islice, takewhile
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.data.cells import Cells
from nncli.data.cells_builder import CellsBuilder
from nncli.data.csv_records import complete_records, csv_records, empty_rows_note
from nncli.data.dialect import PLAIN, Dialect, detect_separator
from nncli.data.format import format_of
from nncli.data.json_columns import read_json_columns
from nncli.data.lines import Lines, open_lines
from nncli.errors import NncliError
from nncli.text import shorten

ROWS_AT_ONCE = 1000  # larger pieces leave the cache: 20,000 rows take twice the time


class Table(NamedTuple):
    """A table by columns, with the line where each row begins."""

    place: str
    names: tuple[str, ...]
    lines: Array  # (n,)
    columns: dict[str, Cells]
    separator: str = ","
    notes: tuple[str, ...] = ()  # on columns without a name and skipped rows
    nested: Mapping[str, tuple[int, str]] = MappingProxyType({})  # see JsonColumns


def read_columns(path: str, dialect: Dialect, skip: Collection[str] = (), rows: int | None = None) -> Table:
    """Return the columns of a CSV table with a header, or of JSON lines. Raises NncliError with the place of a problem.

    Two kinds of columns without a name are left out: the first one, such as the index that pandas writes, and empty
    columns at the end, which follow from separators at the end of each line. `rows` limits the number of rows.
    """
    with open_lines(path) as lines:
        if format_of(path) == "json":
            json = read_json_columns(lines, dialect, skip, rows)
            return Table(lines.name, json.names, json.lines, json.cells, nested=json.nested)
        separator = dialect.separator or detect_separator(lines.first_lines(), dialect.decimal)
        records = csv_records(lines, separator)
        start, header = next(records, (1, []))
        if not header:
            raise NncliError("is empty", place=lines.name)
        names = tuple(name.strip() for name in header)
        _check_header(lines, start, names)
        builders = {place: CellsBuilder(name, dialect) for place, name in enumerate(names) if name and name not in skip}
        starts, records = list[Array](), islice(records, rows)
        while pairs := list(islice(records, ROWS_AT_ONCE)):
            numbers, fields = zip(*pairs, strict=True)
            if {*map(len, fields)} != {len(names)} or names[0] in map(str.strip, next(zip(*fields, strict=False))):
                _check_rows(lines, pairs, start, names)
            starts.append(np.array(numbers))
            columns = list(zip(*fields, strict=True))
            _check_nameless(lines, pairs, start, names)
            for place, builder in builders.items():
                builder.add(columns[place])
        if not starts:
            raise lines.fault("is a header without rows after it", start)
        cells = {builder.name: builder.build() for builder in builders.values()}
        return Table(lines.name, names, np.concatenate(starts), cells, separator, _notes(lines, names))


def _check_rows(lines: Lines, pairs: list[tuple[int, list[str]]], start: int, names: Sequence[str]) -> None:
    """Raises NncliError at the first line that has another number of fields than names, or repeats the header."""
    for line, fields in complete_records(lines, iter(pairs), start, names):
        if tuple(field.strip() for field in fields) == names:
            raise lines.fault("repeats the header; remove this line", line)


def _check_header(lines: Lines, line: int, names: Sequence[str]) -> None:
    if all(map(PLAIN.is_number, names)):
        raise lines.fault("has no header; add a first line with the names of the columns", line)
    counts = Counter(names)
    for place, name in enumerate(names[: len(names) - _nameless_count(names)], start=1):
        if not name and place > 1:
            raise lines.fault(f"column {place} has no name", line)
        if name and counts[name] > 1:
            raise lines.fault(f"has {counts[name]} columns named {shorten(name)}; use different names", line)


def _nameless_count(names: Sequence[str]) -> int:
    """Return the number of columns without a name at the end."""
    return sum(1 for _ in takewhile(lambda name: not name, reversed(names)))


def _check_nameless(lines: Lines, pairs: Sequence[tuple[int, list[str]]], start: int, names: Sequence[str]) -> None:
    """Raises NncliError if a column without a name at the end has a value."""
    first = len(names) - _nameless_count(names)
    if first == len(names):
        return
    for line, fields in pairs:
        for place, field in enumerate(fields[first:], start=first + 1):
            if field.strip():
                raise lines.fault(f"column {place} has no name, but a value in line {line}", start)


def _notes(lines: Lines, names: Sequence[str]) -> tuple[str, ...]:
    """Return notes on columns without a name and on skipped rows."""
    notes, count = [empty_rows_note(lines)], _nameless_count(names)
    if count:
        columns = "column has" if count == 1 else f"{count} columns have"
        notes.insert(0, f"the last {columns} no name and no values, and {'is' if count == 1 else 'are'} ignored")
    if not names[0]:
        notes.insert(0, "the first column has no name and is ignored")
    return tuple(filter(None, notes))
