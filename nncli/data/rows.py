"""Rows of a table, and which of their values are inputs and targets: in CSV and in JSON lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any, Literal, NamedTuple, TypeAlias

from nncli.data.csv_records import complete_records, csv_records, empty_rows_note, separator_hint
from nncli.data.dialect import PLAIN, Dialect, detect_separator
from nncli.data.json_records import ONE_PER_LINE, json_records
from nncli.data.lines import Lines
from nncli.data.matching import case_note, match
from nncli.text import list_names, plural

NoteHandler: TypeAlias = Callable[[str], None]
# The first line of CSV is a header, or the first row if it is `absent`. Only `present` suggests --no-header.
Header: TypeAlias = Literal["required", "present", "absent"]

NO_HEADER = "add --no-header to match columns by position"
MAX_CACHED_KEYS = 1000  # different sets of keys of JSON objects whose match is cached


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


class Chunk(NamedTuple):
    """Consecutive rows of a table, as read."""

    lines: Sequence[int]  # the line at which each row begins, from 1
    values: list[Sequence[Any]]  # the values of each input and target, column by column
    rows: list[Any]  # fields of CSV as a list of texts, JSON as a mapping by names
    columns: tuple[str, ...]  # for CSV the names in the header, or the expected names without one
    sources: tuple[str, ...]  # the table's names of inputs and targets, in the first row


class CsvRows:
    """The rows of CSV, by the names in its header, or by position if the header is `absent`.

    Iterating yields the line and the fields of each row.
    """

    def __init__(
        self, lines: Lines, dialect: Dialect, wanted: WantedColumns, header: Header, on_note: NoteHandler
    ) -> None:
        self._lines = lines
        self.separator = dialect.separator or detect_separator(lines.first_lines(), dialect.decimal)
        self._records = csv_records(lines, self.separator)
        self._start, fields = next(self._records, (1, []))
        self._on_note = on_note
        self.columns: tuple[str, ...] = ()
        self._places: list[int] = []
        self._has_header = header != "absent"
        if not fields:
            return
        if self._has_header:
            self.columns = tuple(field.strip() for field in fields)
            self._places = _by_name(lines, self._start, self.columns, wanted, header)
        else:
            self.columns, self._places = _by_position(lines, self._start, fields, wanted)
            self._records = chain([(self._start, fields)], self._records)
        self.sources = tuple(self.columns[place] for place in self._places)
        if note := case_note(wanted.names, self.sources):
            on_note(note)

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        records = complete_records(self._lines, self._records, self._start, self.columns)
        first = next(records, None)
        if first is not None:
            yield first
            yield from records
            if note := empty_rows_note(self._lines):
                self._on_note(note)
        elif self.columns and self._has_header:
            raise self._lines.fault("is a header without rows after it", self._start)

    def chunk(self, rows: Sequence[tuple[int, list[str]]]) -> Chunk:
        """Return rows column by column."""
        lines, fields = zip(*rows, strict=True)
        columns = list(zip(*fields, strict=True))
        return Chunk(lines, [columns[place] for place in self._places], list(fields), self.columns, self.sources)


class JsonRow(NamedTuple):
    """A line of JSON."""

    values: list[Any]  # of the wanted columns
    row: dict[str, Any]
    sources: tuple[str, ...]


class JsonRows:
    """The rows of JSON lines: an object by names, an array by position, or a number; a header is never expected.

    Iterating yields the line and the content of each row.
    """

    separator = ","

    def __init__(self, lines: Lines, wanted: WantedColumns, on_note: NoteHandler) -> None:
        self._lines = lines
        self._wanted = wanted
        self._on_note = on_note
        self._sources = dict[tuple[str, ...], tuple[str, ...]]()
        self._notes = set[str]()

    def __iter__(self) -> Iterator[tuple[int, JsonRow]]:
        for line, row in json_records(self._lines):
            yield line, self._row(line, row)

    def chunk(self, rows: Sequence[tuple[int, JsonRow]]) -> Chunk:
        """Return rows column by column."""
        lines, contents = zip(*rows, strict=True)
        columns: list[Sequence[Any]] = list(zip(*(content.values for content in contents), strict=True))
        return Chunk(lines, columns, [content.row for content in contents], (), contents[0].sources)

    def _row(self, line: int, row: Any) -> JsonRow:
        if not isinstance(row, dict):
            values = row if isinstance(row, list) else [row]
            names = self._wanted.layout(len(values))
            if names is None:
                raise self._lines.fault(self._wanted.misfit(len(values), "value"), line, ONE_PER_LINE)
            row = dict(zip(names, values, strict=True))
        sources = self._sources_of(line, tuple(row))
        return JsonRow([row[name] for name in sources], row, sources)

    def _sources_of(self, line: int, keys: tuple[str, ...]) -> tuple[str, ...]:
        """Return the keys of an object that hold the inputs and targets."""
        if keys in self._sources:
            return self._sources[keys]
        if len(self._sources) == MAX_CACHED_KEYS:
            self._sources.clear()
        try:
            sources = tuple(keys[place] for place in self._wanted.places(keys, "name"))
        except ValueError as error:
            raise self._lines.fault(str(error), line) from None
        self._sources[keys] = sources
        note = case_note(self._wanted.names, sources)
        if note and note not in self._notes and len(self._notes) < MAX_CACHED_KEYS:
            self._notes.add(note)
            self._on_note(note)
        return sources


def _by_name(lines: Lines, line: int, columns: tuple[str, ...], wanted: WantedColumns, header: Header) -> list[int]:
    """Return the columns of inputs and targets by the names in the header."""
    try:
        return wanted.places(columns)
    except ValueError as error:
        message, hint = str(error), separator_hint(columns)
    if {name.casefold() for name in wanted.layouts[-1]}.isdisjoint(column.casefold() for column in columns):
        if any(map(PLAIN.is_number, columns)):
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
