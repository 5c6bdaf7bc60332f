"""Read inputs, and optionally targets, from CSV or JSON lines in batches."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from nncli.arrays import Array
from nncli.data.description import Column, Description
from nncli.data.lines import Lines, open_lines
from nncli.data.rows import (
    Header,
    NoteHandler,
    Row,
    WantedColumns,
    csv_number,
    csv_numbers,
    csv_records,
    csv_rows,
    is_number,
    json_number,
    json_rows,
)
from nncli.data.values import category_of, is_missing, places_of
from nncli.errors import NncliError
from nncli.text import list_names, quote, shorten

Format: TypeAlias = Literal["csv", "json"]

TARGET_DTYPES = {"regression": np.float64, "classes": np.intp, "multilabel": np.uint8}
FORMATS: dict[str, Format] = {".csv": "csv", ".json": "json", ".jsonl": "json", ".ndjson": "json"}


class Batch(NamedTuple):
    """Consecutive rows of a table."""

    x: Array  # (n, inputs) float64
    t: Array | None  # with targets: (n, targets) float64, (n, labels) uint8 of 0 and 1, or class numbers (n,)
    rows: list[Any]  # rows as read: fields of CSV as a list of texts, JSON as a mapping by names
    columns: tuple[str, ...]  # for CSV the names in the header, or the expected names without one
    sources: tuple[str, ...]  # the table's names of inputs and targets, in the first row
    format: Format
    line: int  # line of the first row, from 1


def read_table(
    source: str,
    described: Description,
    *,
    with_targets: bool,
    batch: int = 1000,
    prompt: bool = False,
    drop: bool = False,
    format_: Format | None = None,
    header: Header = "required",
    on_note: NoteHandler = lambda note: None,
) -> Iterator[Batch]:
    """Read a file, or standard input for `-`, in batches that end at multiples of `batch` rows.

    With `prompt` a batch also ends if the next row has not arrived yet, so that no answer is delayed. Columns of CSV
    are found by the names in the header, or by position, inputs first, if the `header` is absent. A line of JSON is an
    object with names, an array by position, or a number. Names match exactly, or else ignoring case, with a note passed
    to `on_note`. A target is a number or, if the data has classes or labels, one of their values by its name or number.
    With `drop`, rows with a missing value are skipped. The default `format_` follows from the file's name, or else from
    its first character. Raises NncliError at the first problem, as `file:line: message`.
    """
    wanted = WantedColumns.of([column.name for column in described.columns], described.target_names, with_targets)
    with open_lines(source) as lines:
        format_ = format_ or FORMATS.get(_suffix(source)) or _guess_format(lines.peek())
        convert = _Converter(lines, wanted, described, format_)
        count, dropped, pending = 0, 0, list[Row]()
        for row in (json_rows if format_ == "json" else csv_rows)(lines, wanted, header, on_note):
            if drop and any(map(is_missing, (*row.inputs, *row.targets))):
                dropped += 1
                continue
            pending.append(row)
            count += 1
            if count % batch == 0 or (prompt and lines.waits):
                yield convert.batch(pending)
                pending = []
        if pending:
            yield convert.batch(pending)
        if not count:
            empty = "has a missing value in every row" if dropped else "is empty"
            raise NncliError(empty, place=lines.name)


def count_rows(path: str) -> int:
    """Return the number of rows that a CSV table has below its header."""
    with open_lines(path) as lines:
        return max(sum(1 for _ in csv_records(lines)) - 1, 0)


def _suffix(source: str) -> str:
    """Return the suffix that tells the format: `.csv` for both `houses.csv` and `houses.csv.gz`."""
    path = PurePath(source.lower())
    return (PurePath(path.stem) if path.suffix == ".gz" else path).suffix


def _guess_format(line: str) -> Format:
    return "json" if line.lstrip().startswith(("{", "[")) else "csv"


class _Classes:
    """The classes of a target, looked up by name or number."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self._by_name = places_of(names)
        named = {float(name): number for number, name in enumerate(names) if is_number(name)}
        # If class names are numbers, a number means the name, not the position.
        self._by_number = named or {float(number): number for number in range(len(names))}

    def number(self, value: Any, convert: Callable[[Any], float]) -> int | None:
        """Return the number of a class, or None if it is unknown."""
        text = category_of(value)
        if text in self._by_name:
            return self._by_name[text]
        try:
            return self._by_number.get(convert(value))
        except (ValueError, OverflowError):
            return None


class _Converter:
    """Convert raw values to numbers, and report the first that is not a number."""

    def __init__(self, lines: Lines, wanted: WantedColumns, described: Description, format_: Format) -> None:
        self._lines = lines
        self._wanted = wanted
        self._described = described
        self._format = format_
        self._number: Callable[[Any], float] = csv_number if format_ == "csv" else json_number
        self._plain = not described.missing and all(column.categories is None for column in described.columns)
        self._places = [places_of(column.categories or ()) for column in described.columns]
        names = described.label_names or ((described.class_names,) if described.class_names else ())
        self._classes = list(map(_Classes, names))  # one for each target; empty for numbers

    def batch(self, rows: list[Row]) -> Batch:
        """Return the batch of some rows. Raises NncliError at the first bad row."""
        x, t = self._all_numbers(rows) or self._one_by_one(rows)
        original = [row.original for row in rows]
        return Batch(x, t, original, rows[0].columns, rows[0].sources, self._format, rows[0].line)

    def _all_numbers(self, rows: list[Row]) -> tuple[Array, Array | None] | None:
        """Return inputs and targets of CSV rows with only finite numbers, ten times as fast; else None."""
        if self._format != "csv" or not self._plain or self._classes:
            return None
        numbers = csv_numbers([text for row in rows for text in (*row.inputs, *row.targets)])
        if numbers is None:
            return None
        x, t = np.split(numbers.reshape(len(rows), -1), [len(self._wanted.inputs)], axis=1)
        return x, t if self._wanted.targets else None

    def _one_by_one(self, rows: list[Row]) -> tuple[Array, Array | None]:
        x, t = list[list[float]](), list[Any]()
        for row in rows:
            x.append(self._inputs(row))
            if self._described.class_names and self._wanted.targets:
                t.append(self._class(row.line, row.targets[0]))
            elif self._described.label_names and self._wanted.targets:
                t.append(self._labels(row.line, row.targets))
            elif self._wanted.targets:
                t.append(self._numbers(row.line, self._wanted.targets, row.targets))
        return np.array(x, np.float64), np.array(t, TARGET_DTYPES[self._described.task]) if t else None

    def _inputs(self, row: Row) -> list[float]:
        """Return the inputs of a row, with NaN for a missing number and zeros for a missing category."""
        if self._plain:
            return self._numbers(row.line, self._wanted.inputs, row.inputs)
        values: list[float] = []
        for column, places, value in zip(self._described.columns, self._places, row.inputs, strict=True):
            missing = self._described.missing and is_missing(value)
            if column.categories is None:
                values += [math.nan] if missing else self._numbers(row.line, (column.name,), [value])
            elif missing:
                values += [0.0] * len(column.categories)
            else:
                values += self._one_hot(row.line, column, places, value)
        return values

    def _one_hot(self, line: int, column: Column, places: dict[str, int], value: Any) -> list[float]:
        """Return a 1 at the position of the category, or all zeros for an unknown one if that is allowed."""
        zeros = [0.0] * len(column.categories or ())
        place = places.get(category_of(value))
        if place is not None:
            zeros[place] = 1.0
        elif not self._described.unseen:
            known = f"the categories are {list_names(column.categories or ())}"
            message = f"{shorten(column.name)} has no category {self._quoted(value)}; {known}"
            hint = "train with `unseen: zeros` under `data:` to accept unknown categories"
            raise self._lines.fault(message, line, hint)
        return zeros

    def _numbers(self, line: int, names: tuple[str, ...], raw: list[Any]) -> list[float]:
        try:
            values = [self._number(value) for value in raw]
            if all(map(math.isfinite, values)):
                return values
        except (ValueError, OverflowError):
            pass
        raise next(fault for name, value in zip(names, raw, strict=True) if (fault := self._fault(line, name, value)))

    def _fault(self, line: int, name: str, value: Any) -> NncliError | None:
        """Return the error for a value, or None if it is a finite number."""
        name, text = shorten(name), self._quoted(value)
        if value == "" or (isinstance(value, str) and not value.strip()):
            return self._lines.fault(f"{name} is empty", line)
        try:
            finite = math.isfinite(self._number(value))
        except ValueError:
            return self._lines.fault(f"{name} must be a number, not {text}", line)
        except OverflowError:
            finite = False
        return None if finite else self._lines.fault(f"{name} must be finite, not {shorten(str(value), 20)}", line)

    def _class(self, line: int, value: Any) -> int:
        """Return the number of a class given by its name or number."""
        number = self._classes[0].number(value, self._number)
        if number is None:
            known = f"the classes are {list_names(self._described.class_names)}"
            raise self._lines.fault(f"unknown class {self._quoted(value)}; {known}", line)
        return number

    def _labels(self, line: int, values: list[Any]) -> list[int]:
        """Return 1 for each label that has its positive value, else 0."""
        numbers = list[int]()
        for name, value, classes in zip(self._described.target_names, values, self._classes, strict=True):
            number = classes.number(value, self._number)
            if number is None:
                expected = " or ".join(map(shorten, classes.names))
                raise self._lines.fault(f"{shorten(name)} must be {expected}, not {self._quoted(value)}", line)
            numbers.append(number)
        return numbers

    def _quoted(self, value: Any) -> str:
        if self._format == "csv":
            return quote(value.strip())
        words: dict[type, str] = {list: "an array", dict: "an object"}
        return words.get(type(value)) or shorten(json.dumps(value, ensure_ascii=False))
