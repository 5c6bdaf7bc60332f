"""JSON lines read by columns."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.data.cells import Cells
from nncli.data.cells_builder import CellsBuilder
from nncli.data.dialect import Dialect
from nncli.data.json_records import json_records
from nncli.data.lines import Lines
from nncli.data.values import category_of
from nncli.errors import NncliError
from nncli.text import list_names, plural, quote, shorten

ROWS_AT_ONCE = 20_000
NESTED: dict[type, str] = {list: "an array", dict: "an object"}
ONE_OBJECT = 'write one object per line, such as {"area": 70, "price": 1200}'


class JsonColumns(NamedTuple):
    """The columns of JSON lines."""

    names: tuple[str, ...]
    lines: Array  # (n,) line numbers from 1
    cells: dict[str, Cells]
    nested: dict[str, tuple[int, str]]  # columns with arrays or objects: the first line of one, and its kind


def read_json_columns(
    lines: Lines, dialect: Dialect, skip: Collection[str] = (), rows: int | None = None
) -> JsonColumns:
    """Return the columns of JSON lines, whose objects all have the names of the first one; `rows` limits their number.

    Numbers are numbers, strings are texts, even if they are written like numbers, and null is missing. Raises
    NncliError at the line of the problem.
    """
    records = islice(_objects(lines), rows)
    names, columns, starts = tuple[str, ...](), dict[str, _Column](), list[Array]()
    while pairs := list(islice(records, ROWS_AT_ONCE)):
        if not names:
            names = tuple(pairs[0][1])
            columns = {name: _Column(name, dialect, lines) for name in names if name not in skip}
        starts.append(np.array([line for line, _ in pairs]))
        for name, column in columns.items():
            column.add([row[name] for _, row in pairs], starts[-1])
    if not starts:
        raise NncliError("is empty", place=lines.name)
    nested = {name: column.nested for name, column in columns.items() if column.nested}
    cells = {name: column.builder.build() for name, column in columns.items()}
    return JsonColumns(names, np.concatenate(starts), cells, nested)


class _Column:
    """A column that is being read.

    In a column of strings no text is a number, so that predictions, which read the same JSON, agree with training.
    """

    def __init__(self, name: str, dialect: Dialect, lines: Lines) -> None:
        self.builder = CellsBuilder(name, dialect)
        self.nested: tuple[int, str] | None = None
        self._dialect = dialect
        self._lines = lines
        self._number_line = 0  # of the first number; 0 if there is none yet
        self._text_line = 0  # of the first string that is written like a number

    def add(self, values: Sequence[Any], lines: Array) -> None:
        """Append the values of some rows."""
        kinds = set(map(type, values))
        if kinds & {str, list, dict} or self._text_line:
            for line, value in zip(lines.tolist(), values, strict=True):
                self._note_kind(line, value)
        elif not self._number_line and kinds & {int, float}:
            self._number_line = next(
                line for line, value in zip(lines.tolist(), values, strict=True) if type(value) in (int, float)
            )
        self.builder.add(["" if value is None else category_of(value) for value in values])

    def _note_kind(self, line: int, value: Any) -> None:
        kind = type(value)
        if kind in NESTED and self.nested is None:
            self.nested = line, NESTED[kind]
        if kind in (int, float) and not self._number_line:
            self._number_line = line
            self._check_kinds(line, f"the number {value}", f"a text in line {self._text_line}")
        elif kind is str and not self._text_line and self._is_numeric(value):
            self._text_line = line
            self._check_kinds(line, f"the text {quote(value, 20)}", f"a number in line {self._number_line}")
            self.builder.dialect = replace(self._dialect, numbers=False)

    def _is_numeric(self, text: str) -> bool:
        return self._dialect.is_number(text) and not self._dialect.is_missing(text)

    def _check_kinds(self, line: int, here: str, there: str) -> None:
        if self._number_line and self._text_line:
            name = shorten(self.builder.name)
            hint = f"write all values of {name} with quotes, or all without"
            raise self._lines.fault(f"{name} is {here}, but {there}", line, hint)


def _objects(lines: Lines) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the objects with their lines. Raises NncliError for other values, and for names that differ."""
    start, first = 0, dict[str, Any]()
    for line, row in json_records(lines):
        if not isinstance(row, dict):
            kind = NESTED.get(type(row), "a single value")
            raise lines.fault(f"is {kind}, not an object with the names of the columns", line, ONE_OBJECT)
        if not first:
            if not all(row) or not row:
                raise lines.fault("has a value without a name" if row else "is an empty object", line, ONE_OBJECT)
            start, first = line, row
        if row.keys() != first.keys():
            raise _other_names(lines, line, row, start, first)
        yield line, row


def _other_names(lines: Lines, line: int, row: dict[str, Any], start: int, first: dict[str, Any]) -> NncliError:
    """Return the error for an object whose names are not those of the first one."""
    missing, extra = [name for name in first if name not in row], [name for name in row if name not in first]
    if missing:
        message = f"has no {plural('name', len(missing))} {list_names(missing)}, unlike line {start}"
    else:
        message = f"has the {plural('name', len(extra))} {list_names(extra)}, unlike line {start}"
    return lines.fault(message, line, "give every object the same names; write null for a missing value")
