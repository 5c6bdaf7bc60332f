"""Rows of a table before their values are numbers: which column is which, in CSV and in JSON lines."""

from __future__ import annotations

import csv
import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.data.lines import Lines, shown
from nncli.errors import NncliError

NAMES_SHOWN = 8
ONE_A_LINE = "each line holds one sample: an object, an array or a number"


class Wanted(NamedTuple):
    """The names to look for; no `targets` where the table is read for its inputs alone."""

    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    layouts: tuple[tuple[str, ...], ...]  # the names that values without names may stand for
    texts: bool  # whether every input is a text, so that a row without numbers need not be a header

    @classmethod
    def of(cls, inputs: Sequence[str], targets: Sequence[str], with_targets: bool, texts: bool = False) -> Wanted:
        """What a table is read for; one that is read for its inputs alone may hold the targets too."""
        alone, both = tuple(inputs), (*inputs, *targets)
        layouts = (both,) if with_targets else tuple(dict.fromkeys((alone, both)))
        return cls(alone, tuple(targets) if with_targets else (), layouts, texts)

    def layout(self, count: int) -> tuple[str, ...] | None:
        """The names of `count` values that have none; None where so many do not fit."""
        return next((names for names in self.layouts if len(names) == count), None)

    def misfit(self, count: int, what: str) -> str:
        """What to say of `count` values or columns that have no layout."""
        right = " or ".join(f"{len(names)} ({listed(names)})" for names in self.layouts)
        return f"has {count} {what}{'s' * (count != 1)}, not {right}"


class Row(NamedTuple):
    """A row: the raw values of inputs and targets, and all of it as it was read."""

    line: int
    inputs: list[Any]
    targets: list[Any]
    whole: Any  # fields of CSV as a list of texts, JSON as a mapping by names
    columns: tuple[str, ...]  # of CSV: the names in the header, else those expected


def csv_rows(lines: Lines, wanted: Wanted) -> Iterator[Row]:
    """Rows of CSV; the first is a header where it names an input or holds text only."""
    records = csv_records(lines)
    first = next(records, None)
    if first is None:
        return
    start, fields = first
    header = _is_header(fields, wanted)
    columns = tuple(field.strip() for field in fields) if header else _by_position(lines, start, fields, wanted)
    places = _places(lines, start, columns, wanted)
    split, line = len(wanted.inputs), 0
    for line, fields in records if header else chain([first], records):
        if len(fields) != len(columns):
            raise ragged(lines, line, fields, start, columns)
        found = [fields[place] for place in places]
        yield Row(line, found[:split], found[split:], fields, columns)
    if not line:
        raise lines.fault("is a header, and no rows follow", start)


def json_rows(lines: Lines, wanted: Wanted) -> Iterator[Row]:
    """Rows of JSON: an object by names, an array by position, or a number."""
    needed, split = (*wanted.inputs, *wanted.targets), len(wanted.inputs)
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
        missing = [name for name in needed if name not in row]
        if missing:
            raise lines.fault(f"has no {shown(missing[0])}; its names are {listed(tuple(row))}")
        found = [row[name] for name in needed]
        yield Row(lines.number, found[:split], found[split:], row, ())


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


def listed(names: Sequence[str]) -> str:
    """Names for a message; of many the first."""
    few = ", ".join(shown(name) for name in names[:NAMES_SHOWN])
    return few if len(names) <= NAMES_SHOWN else f"{few}, ... {len(names)} in all"


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


def _is_header(fields: list[str], wanted: Wanted) -> bool:
    """Whether the first row is one: it names an input, or no field of it is a number where rows have numbers."""
    numbers = [is_number(field) for field in fields]
    if all(numbers):
        return False
    names = {field.strip() for field in fields}
    return not names.isdisjoint(wanted.inputs) or (any(names) and not any(numbers) and not wanted.texts)


def _by_position(lines: Lines, line: int, fields: list[str], wanted: Wanted) -> tuple[str, ...]:
    names = wanted.layout(len(fields))
    if names is None:
        raise lines.fault(wanted.misfit(len(fields), "column"), line, separator_hint(fields))
    return names


def _places(lines: Lines, line: int, columns: tuple[str, ...], wanted: Wanted) -> list[int]:
    """Where the inputs and targets stand among the columns, by name, else by position."""
    needed = (*wanted.inputs, *wanted.targets)
    names = wanted.layout(len(columns))
    if names and not any(name in columns for name in wanted.inputs):
        # A target that stands where it is expected is no sign that positions mislead.
        targets = [name for name in wanted.layouts[-1] if name in columns and name not in wanted.inputs]
        if all(name in names and names.index(name) == columns.index(name) for name in targets):
            return list(range(len(needed)))
    places, counts = {name: place for place, name in enumerate(columns)}, Counter(columns)
    for name in needed:
        if name not in places:
            message = f"has no column {shown(name)}; its columns are {listed(columns)}"
            raise lines.fault(message, line, separator_hint(columns))
        if counts[name] > 1:
            raise lines.fault(f"has {counts[name]} columns {shown(name)}", line)
    return [places[name] for name in needed]


def ragged(lines: Lines, line: int, fields: Sequence[str], start: int, columns: Sequence[str]) -> NncliError:
    """The error of a row that has not as many fields as the first one has columns."""
    message = f"has {len(fields)} column{'s' * (len(fields) != 1)}, and line {start} has {len(columns)}"
    return lines.fault(message, line, separator_hint(columns))


def separator_hint(fields: Sequence[str]) -> str:
    """What to say where the columns seem to be separated otherwise."""
    odd = len(fields) == 1 and any(separator in fields[0] for separator in ";\t")
    return "columns are separated by commas" if odd else ""


def _parsed(lines: Lines, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        message = f"is not valid JSON: {error.msg[:1].lower()}{error.msg[1:]} at column {error.colno}"
        raise lines.fault(message, hint=ONE_A_LINE) from None
    except ValueError:
        raise lines.fault("holds a whole number of more digits than Python reads") from None
    except RecursionError:
        raise lines.fault("holds arrays or objects nested too deep") from None
