"""Rows of a table before their values are numbers: which column is which, in CSV and in JSON lines."""

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
# The first line of CSV: a header with the names, which `required` knows no way around, or the first row.
Header: TypeAlias = Literal["required", "present", "absent"]

NO_HEADER = "add --no-header to match columns by position"
KEYS_KEPT = 1000  # different sets of keys of JSON objects whose match is remembered
ONE_A_LINE = "each line holds one sample: an object, an array or a number"


class WantedColumns(NamedTuple):
    """The names to look for; no `targets` where the table is read for its inputs alone."""

    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    layouts: tuple[tuple[str, ...], ...]  # the names that values without names may stand for

    @classmethod
    def of(cls, inputs: Sequence[str], targets: Sequence[str], with_targets: bool) -> WantedColumns:
        """What a table is read for; one that is read for its inputs alone may hold the targets too."""
        alone, both = tuple(inputs), (*inputs, *targets)
        layouts = (both,) if with_targets else tuple(dict.fromkeys((alone, both)))
        return cls(alone, tuple(targets) if with_targets else (), layouts)

    @property
    def names(self) -> tuple[str, ...]:
        """Inputs and targets, as each row has them."""
        return (*self.inputs, *self.targets)

    def places(self, columns: Sequence[str], noun: str = "column") -> list[int]:
        """Return where the names stand among the columns. Raises ValueError with a message if that is not clear."""
        return match(self.names, self.layouts[-1], columns, noun)

    def layout(self, count: int) -> tuple[str, ...] | None:
        """The names of `count` values that have none; None where so many do not fit."""
        return next((names for names in self.layouts if len(names) == count), None)

    def misfit(self, count: int, what: str) -> str:
        """What to say of `count` values or columns that have no layout."""
        right = " or ".join(f"{len(names)} ({list_names(names)})" for names in self.layouts)
        return f"has {count} {plural(what, count)}, not {right}"


class Row(NamedTuple):
    """A row: the raw values of inputs and targets, and all of it as it was read."""

    line: int
    inputs: list[Any]
    targets: list[Any]
    whole: Any  # fields of CSV as a list of texts, JSON as a mapping by names
    columns: tuple[str, ...]  # of CSV: the names in the header, else those expected
    sources: tuple[str, ...]  # of inputs and targets: what the table calls them


def csv_rows(lines: Lines, wanted: WantedColumns, header: Header, tell: NoteHandler) -> Iterator[Row]:
    """Yield rows of CSV, by the names in its header or, if that is `absent`, by position."""
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
        tell(note)
    split, line = len(wanted.inputs), 0
    for line, fields in records:
        if len(fields) != len(columns):
            raise ragged(lines, line, fields, start, columns)
        found = [fields[place] for place in places]
        yield Row(line, found[:split], found[split:], fields, columns, sources)
    if not line:
        raise lines.fault("is a header, and no rows follow", start)


def json_rows(lines: Lines, wanted: WantedColumns, header: Header, tell: NoteHandler) -> Iterator[Row]:
    """Yield rows of JSON: an object by names, an array by position, or a number. There is never a header."""
    split, known, notes = len(wanted.inputs), dict[tuple[str, ...], tuple[str, ...]](), set[str]()
    for text in lines:
        lines.row_size = 0
        if not text.strip():
            continue
        row = _parsed(lines, text)
        if not isinstance(row, dict):
            values = row if isinstance(row, list) else [row]
            names = wanted.layout(len(values))
            if names is None:
                raise lines.fault(wanted.misfit(len(values), "value"), hint=ONE_A_LINE)
            row = dict(zip(names, values, strict=True))
        keys = tuple(row)
        if keys not in known:
            if len(known) == KEYS_KEPT:
                known.clear()
            known[keys] = _sources(lines, keys, wanted)
            if (note := case_note(wanted.names, known[keys])) and note not in notes and len(notes) < KEYS_KEPT:
                notes.add(note)
                tell(note)
        found = [row[name] for name in known[keys]]
        yield Row(lines.number, found[:split], found[split:], row, (), known[keys])


def _sources(lines: Lines, keys: tuple[str, ...], wanted: WantedColumns) -> tuple[str, ...]:
    """Return which keys of a JSON object hold the inputs and targets."""
    try:
        return tuple(keys[place] for place in wanted.places(keys, "name"))
    except ValueError as error:
        raise lines.fault(str(error)) from None


def is_number(text: str) -> bool:
    """Whether a field is a number, finite or not."""
    try:
        csv_number(text)
    except ValueError:
        return False
    return True


def is_finite(text: str) -> bool:
    """Whether a field is a finite number."""
    return is_number(text) and math.isfinite(csv_number(text))


def csv_number(text: str) -> float:
    """The number that a field holds. Raises ValueError where it is none."""
    if "_" in text:  # which Python allows between digits
        raise ValueError(text)
    return float(text)


def csv_numbers(texts: Sequence[str]) -> NDArray[np.float64] | None:
    """The numbers that fields hold (n,), all at once; None unless each is a finite number."""
    try:
        numbers = np.array(list(map(float, texts)))
    except ValueError:
        return None
    return None if "_" in "".join(texts) or not np.isfinite(numbers).all() else numbers


def json_number(value: object) -> float:
    """A number of JSON. Raises ValueError for text, true, null, a list or an object, OverflowError beyond 1.8e308."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(value)
    return float(value)


def csv_records(lines: Lines) -> Iterator[tuple[int, list[str]]]:
    """Records of CSV that are not blank, with the number of the line that each begins at."""
    reader = csv.reader(lines, strict=True)
    while True:
        line = lines.number + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise lines.fault(f"is not valid CSV: {_plain(str(error))}", line) from None
        lines.row_size = 0
        if len(fields) > 1 or (fields and fields[0].strip()):
            yield line, fields


def _plain(error: str) -> str:
    """What the csv module says, for people."""
    if "unexpected end" in error:
        return "a quoted field does not end"
    if "field larger" in error:
        return f"a field is longer than {csv.field_size_limit():,} characters; is a quote not closed?"
    if "new-line" in error:
        return "a bare carriage return; lines end in LF or CRLF"
    return error


def _by_name(lines: Lines, line: int, columns: tuple[str, ...], wanted: WantedColumns, header: Header) -> list[int]:
    """Return where inputs and targets stand by the names in the header."""
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
    """Return the names of columns that have none, and where inputs and targets stand: inputs first."""
    names = wanted.layout(len(fields))
    if names is None:
        raise lines.fault(wanted.misfit(len(fields), "column"), line, separator_hint(fields))
    if [field.strip().casefold() for field in fields] == [name.casefold() for name in names]:
        raise lines.fault("is a header; leave out --no-header", line)
    return names, list(range(len(wanted.names)))


def ragged(lines: Lines, line: int, fields: Sequence[str], start: int, columns: Sequence[str]) -> NncliError:
    """The error of a row that has not as many fields as the first one has columns."""
    message = f"has {count_of(len(fields), 'column')}, and line {start} has {len(columns)}"
    return lines.fault(message, line, separator_hint(columns))


def separator_hint(fields: Sequence[str]) -> str:
    """What to say where the columns seem to be separated otherwise."""
    odd = len(fields) == 1 and any(separator in fields[0] for separator in ";\t")
    return "columns are separated by commas" if odd else ""


def _parsed(lines: Lines, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        message = f"is not valid JSON: {uncapitalize(error.msg)} at column {error.colno}"
        raise lines.fault(message, hint=ONE_A_LINE) from None
    except ValueError:
        raise lines.fault("holds a whole number of more digits than Python reads") from None
    except RecursionError:
        raise lines.fault("holds arrays or objects nested too deep") from None
