"""Read raw rows of CSV and JSON lines, and match their columns with the names of inputs and targets."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nncli.data.lines import Lines
from nncli.data.matching import case_note, match
from nncli.errors import NncliError
from nncli.text import count_of, list_names, plural, uncapitalize

NoteHandler: TypeAlias = Callable[[str], None]
# The first line of CSV is a header, or the first row if it is `absent`. Only `present` suggests --no-header.
Header: TypeAlias = Literal["required", "present", "absent"]

NO_HEADER = "add --no-header to match columns by position"
MAX_CACHED_KEYS = 1000  # different sets of keys of JSON objects whose match is cached
ONE_PER_LINE = "write one sample per line: an object, an array or a number"


class WantedColumns(NamedTuple):
    """The names of the columns to read; without `targets` if only inputs are needed."""

    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    layouts: tuple[tuple[str, ...], ...]  # the possible names of values without a header

    @classmethod
    def of(cls, inputs: Sequence[str], targets: Sequence[str], with_targets: bool) -> WantedColumns:
        """Return the columns to read; a table read for its inputs only may contain the targets, too."""
        alone, both = tuple(inputs), (*inputs, *targets)
        layouts = (both,) if with_targets else tuple(dict.fromkeys((alone, both)))
        return cls(alone, tuple(targets) if with_targets else (), layouts)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of inputs and targets, in the order of each row."""
        return (*self.inputs, *self.targets)

    def places(self, columns: Sequence[str], noun: str = "column") -> list[int]:
        """Return the index of each name among the columns. Raises ValueError with a message if it is not unique."""
        return match(self.names, self.layouts[-1], columns, noun)

    def layout(self, count: int) -> tuple[str, ...] | None:
        """Return the names of `count` values without a header; None if the number does not fit."""
        return next((names for names in self.layouts if len(names) == count), None)

    def misfit(self, count: int, what: str) -> str:
        """Return the message for a number of values or columns that fits no layout."""
        expected = " or ".join(f"{len(names)} ({list_names(names)})" for names in self.layouts)
        return f"has {count} {plural(what, count)}, not {expected}"


class Row(NamedTuple):
    """A row: the raw values of inputs and targets, and the row as read."""

    line: int
    inputs: list[Any]
    targets: list[Any]
    original: Any  # fields of CSV as a list of texts, JSON as a mapping by names
    columns: tuple[str, ...]  # for CSV the names in the header, or the expected names without one
    sources: tuple[str, ...]  # the table's names of inputs and targets


def csv_rows(lines: Lines, wanted: WantedColumns, header: Header, on_note: NoteHandler) -> Iterator[Row]:
    """Yield rows of CSV, by the names in its header, or by position if the header is `absent`."""
    records = csv_records(lines)
    first = next(records, None)
    if first is None:
        return
    start, fields = first
    if header == "absent":
        columns, places = _by_position(lines, start, fields, wanted)
        records = chain([first], records)
    else:
        columns = tuple(field.strip() for field in fields)
        places = _by_name(lines, start, columns, wanted, header)
    sources = tuple(columns[place] for place in places)
    if note := case_note(wanted.names, sources):
        on_note(note)
    split, line = len(wanted.inputs), 0
    for line, fields in records:
        if len(fields) != len(columns):
            raise ragged_row_error(lines, line, fields, start, columns)
        values = [fields[place] for place in places]
        yield Row(line, values[:split], values[split:], fields, columns, sources)
    if not line:
        raise lines.fault("is a header without rows after it", start)


def json_rows(lines: Lines, wanted: WantedColumns, header: Header, on_note: NoteHandler) -> Iterator[Row]:
    """Yield rows of JSON lines: an object by names, an array by position, or a number. The header is ignored."""
    split, matches, notes = len(wanted.inputs), dict[tuple[str, ...], tuple[str, ...]](), set[str]()
    for text in lines:
        lines.row_size = 0
        if not text.strip():
            continue
        row = _parse_json(lines, text)
        if not isinstance(row, dict):
            values = row if isinstance(row, list) else [row]
            names = wanted.layout(len(values))
            if names is None:
                raise lines.fault(wanted.misfit(len(values), "value"), hint=ONE_PER_LINE)
            row = dict(zip(names, values, strict=True))
        keys = tuple(row)
        if keys not in matches:
            if len(matches) == MAX_CACHED_KEYS:
                matches.clear()
            matches[keys] = _sources(lines, keys, wanted)
            if (note := case_note(wanted.names, matches[keys])) and note not in notes and len(notes) < MAX_CACHED_KEYS:
                notes.add(note)
                on_note(note)
        values = [row[name] for name in matches[keys]]
        yield Row(lines.number, values[:split], values[split:], row, (), matches[keys])


def _sources(lines: Lines, keys: tuple[str, ...], wanted: WantedColumns) -> tuple[str, ...]:
    """Return the keys of a JSON object that hold the inputs and targets."""
    try:
        return tuple(keys[place] for place in wanted.places(keys, "name"))
    except ValueError as error:
        raise lines.fault(str(error)) from None


def is_number(text: str) -> bool:
    """Return whether a field is a number, finite or not."""
    try:
        csv_number(text)
    except ValueError:
        return False
    return True


def is_finite(text: str) -> bool:
    """Return whether a field is a finite number."""
    return is_number(text) and math.isfinite(csv_number(text))


def csv_number(text: str) -> float:
    """Return the number in a field. Raises ValueError if it is not a number."""
    if "_" in text:  # Python allows it between digits
        raise ValueError(text)
    return float(text)


def csv_numbers(texts: Sequence[str]) -> NDArray[np.float64] | None:
    """Return the numbers in fields (n,), or None unless all are finite numbers."""
    try:
        numbers = np.array(list(map(float, texts)))
    except ValueError:
        return None
    return None if "_" in "".join(texts) or not np.isfinite(numbers).all() else numbers


def json_number(value: object) -> float:
    """Return a JSON value as a float. Raises ValueError if it is not a number, and OverflowError beyond 1.8e308."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(value)
    return float(value)


def csv_records(lines: Lines) -> Iterator[tuple[int, list[str]]]:
    """Yield records of CSV that are not blank, each with the number of its first line."""
    reader = csv.reader(lines, strict=True)
    while True:
        line = lines.number + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise lines.fault(f"is not valid CSV: {_csv_problem(str(error))}", line) from None
        lines.row_size = 0
        if len(fields) > 1 or (fields and fields[0].strip()):
            yield line, fields


def _csv_problem(error: str) -> str:
    """Return an error of the csv module in plain words."""
    if "unexpected end" in error:
        return "a quote is not closed"
    if "field larger" in error:
        limit = csv.field_size_limit()
        return f"a field is longer than {limit:,} characters; check for a quote that is not closed"
    if "new-line" in error:
        return "a carriage return without a line feed; end lines with LF or CRLF"
    return error


def _by_name(lines: Lines, line: int, columns: tuple[str, ...], wanted: WantedColumns, header: Header) -> list[int]:
    """Return the columns of inputs and targets by the names in the header."""
    try:
        return wanted.places(columns)
    except ValueError as error:
        message, hint = str(error), separator_hint(columns)
    if {name.casefold() for name in wanted.layouts[-1]}.isdisjoint(column.casefold() for column in columns):
        if any(map(is_number, columns)):
            message = f"looks like data, not a header: {list_names(columns)}; expected {list_names(wanted.names)}"
        if header == "present" and wanted.layout(len(columns)):
            hint = NO_HEADER
    raise lines.fault(message, line, hint)


def _by_position(
    lines: Lines, line: int, fields: Sequence[str], wanted: WantedColumns
) -> tuple[tuple[str, ...], list[int]]:
    """Return names for columns without a header, and the columns of inputs and targets: inputs first."""
    names = wanted.layout(len(fields))
    if names is None:
        raise lines.fault(wanted.misfit(len(fields), "column"), line, separator_hint(fields))
    if [field.strip().casefold() for field in fields] == [name.casefold() for name in names]:
        raise lines.fault("is a header; remove --no-header", line)
    return names, list(range(len(wanted.names)))


def ragged_row_error(lines: Lines, line: int, fields: Sequence[str], start: int, columns: Sequence[str]) -> NncliError:
    """Return the error for a row with more or fewer fields than the first one."""
    message = f"has {count_of(len(fields), 'column')}, but line {start} has {len(columns)}"
    return lines.fault(message, line, separator_hint(columns))


def separator_hint(fields: Sequence[str]) -> str:
    """Return a hint if the columns seem to be separated by semicolons or tabs, or an empty string."""
    other_separator = len(fields) == 1 and any(separator in fields[0] for separator in ";\t")
    return "separate columns with commas" if other_separator else ""


def _parse_json(lines: Lines, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        message = f"is not valid JSON: {uncapitalize(error.msg)} at column {error.colno}"
        raise lines.fault(message, hint=ONE_PER_LINE) from None
    except ValueError:
        raise lines.fault("contains a whole number with too many digits") from None
    except RecursionError:
        raise lines.fault("contains arrays or objects nested too deeply") from None
