"""A table read by columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice, takewhile
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.data.cells import Cells
from nncli.data.cells_builder import CellsBuilder
from nncli.data.csv_records import complete_records, csv_records, empty_rows_note, plain_columns, records_of_block
from nncli.data.dialect import PLAIN, Dialect, detect_separator
from nncli.data.format import format_of
from nncli.data.json_columns import read_json_columns
from nncli.data.lines import Lines, open_lines
from nncli.errors import NncliError
from nncli.text import shorten


class Table(NamedTuple):
    """A table by columns, with the line where each row begins."""

    place: str
    names: tuple[str, ...]
    lines: Array  # (n,)
    columns: dict[str, Cells]
    separator: str = ","
    notes: tuple[str, ...] = ()  # on columns without a name and skipped rows
    nested: Mapping[str, tuple[int, str]] = MappingProxyType({})  # see JsonColumns


def read_columns(
    path: str,
    dialect: Dialect,
    skip: Collection[str] = (),
    rows: int | None = None,
    check: Callable[[str, Sequence[str]], object] | None = None,
) -> Table:
    """Return the columns of a CSV table with a header, or of JSON lines. Raises NncliError with the place of a problem.

    Two kinds of columns without a name are left out: the first one, such as the index that pandas writes, and empty
    columns at the end, which follow from separators at the end of each line. `rows` limits the number of rows.
    `check` is called with the place and the names of the columns as soon as these are known, and may raise an error.
    """
    with open_lines(path) as lines:
        if format_of(path) == "json":
            json = read_json_columns(lines, dialect, skip, rows)
            if check:
                check(lines.name, json.names)
            return Table(lines.name, json.names, json.lines, json.cells, nested=json.nested)
        separator = dialect.separator or detect_separator(lines.first_lines(), dialect.decimal)
        records = csv_records(lines, separator)
        start, header = next(records, (1, []))
        if not header:
            raise NncliError("is empty", place=lines.name)
        names = tuple(name.strip() for name in header)
        _check_header(lines, start, names)
        if check:
            check(lines.name, names)
        builders = {place: CellsBuilder(name, dialect) for place, name in enumerate(names) if name and name not in skip}
        starts = list[Array]()
        in_blocks = rows is None  # a block may have more rows
        for numbers, columns in _pieces(lines, islice(records, rows), separator, start, names, in_blocks=in_blocks):
            _check_nameless(lines, numbers, columns, start, names)
            starts.append(numbers)
            for place, builder in builders.items():
                builder.add(columns[place])
        if not starts:
            raise lines.fault("is a header without rows after it", start)
        cells = {builder.name: builder.build() for builder in builders.values()}
        return Table(lines.name, names, np.concatenate(starts), cells, separator, _notes(lines, names))


def _pieces(
    lines: Lines,
    records: Iterator[tuple[int, list[str]]],
    separator: str,
    start: int,
    names: Sequence[str],
    *,
    in_blocks: bool,
) -> Iterator[tuple[Array, Sequence[Sequence[str]]]]:
    """Yield rows column by column, with the line where each row begins (n,). Raises NncliError at the first bad row."""
    while True:
        line = lines.last_line + 1
        if in_blocks and (plain := plain_columns(lines, separator, names)):
            yield np.arange(line, line + len(plain[0])), plain
        elif pairs := records_of_block(lines, records):
            numbers, fields = zip(*pairs, strict=True)
            if {*map(len, fields)} != {len(names)} or names[0] in map(str.strip, next(zip(*fields, strict=False))):
                _check_rows(lines, pairs, start, names)
            yield np.array(numbers), list(zip(*fields, strict=True))
        else:
            return


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


def _check_nameless(
    lines: Lines, numbers: Array, columns: Sequence[Sequence[str]], start: int, names: Sequence[str]
) -> None:
    """Raises NncliError if a column without a name at the end has a value."""
    nameless = range(len(names) - _nameless_count(names), len(names))
    values = [(row, place) for place in nameless for row, field in enumerate(columns[place]) if field.strip()]
    if values:
        row, place = min(values)
        raise lines.fault(f"column {place + 1} has no name, but a value in line {numbers[row]}", start)


def _notes(lines: Lines, names: Sequence[str]) -> tuple[str, ...]:
    """Return notes on columns without a name and on skipped rows."""
    notes, count = [empty_rows_note(lines)], _nameless_count(names)
    if count:
        columns = "column has" if count == 1 else f"{count} columns have"
        notes.insert(0, f"the last {columns} no name and no values, and {'is' if count == 1 else 'are'} ignored")
    if not names[0]:
        notes.insert(0, "the first column has no name and is ignored")
    return tuple(filter(None, notes))
