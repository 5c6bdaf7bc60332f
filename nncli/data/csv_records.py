"""The records of CSV, with the line at which each begins."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence

from nncli.data.dialect import SEPARATORS
from nncli.data.lines import Lines
from nncli.text import count_of, quote


def csv_records(lines: Lines, separator: str = ",") -> Iterator[tuple[int, list[str]]]:
    """Yield the records of CSV that are not blank, each with the number of its first line.

    A record of empty fields is blank, too, and counted in `lines.empty_rows`.
    """
    reader = csv.reader(lines, delimiter=separator, strict=True)
    last = 0  # the last line of the record before
    try:
        for fields in reader:
            line, last = last + 1, reader.line_num
            lines.row_size = 0
            if any(map(str.strip, fields)):
                lines.rows += 1
                yield line, fields
            elif len(fields) > 1:
                lines.empty_rows += 1
    except csv.Error as error:
        raise lines.fault(f"is not valid CSV: {_explain(str(error))}", last + 1) from None


def empty_rows_note(lines: Lines) -> str:
    """Return a note about the rows of empty fields so far, or an empty string."""
    count = lines.empty_rows
    return f"skipped {count_of(count, 'row')} whose fields are all empty" if count else ""


def complete_records(
    lines: Lines, records: Iterator[tuple[int, list[str]]], start: int, columns: Sequence[str]
) -> Iterator[tuple[int, list[str]]]:
    """Yield records with one field for each of the columns, which line `start` has. Raises NncliError for another."""
    for line, fields in records:
        if len(fields) != len(columns):
            message = f"has {count_of(len(fields), 'column')}, but line {start} has {len(columns)}"
            quoted = any(field.lstrip() != field and field.lstrip().startswith('"') for field in fields)
            hint = "remove the spaces before quotes: only a quote right after a separator encloses a field"
            raise lines.fault(message, line, hint if quoted else separator_hint(columns))
        yield line, fields


def separator_hint(fields: Sequence[str]) -> str:
    """Return a hint if a single column seems to hold several, or an empty string."""
    others = [separator for separator in SEPARATORS if len(fields) == 1 and separator in fields[0]]
    if not others:
        return ""
    value = "tab" if others[0] == "\t" else quote(others[0])
    return f"add `separator: {value}` under `data:`"


def _explain(error: str) -> str:
    """Return an error of the csv module in plain words."""
    if "unexpected end" in error:
        return "a quote is not closed"
    if "field larger" in error:
        limit = csv.field_size_limit()
        return f"a field is longer than {limit:,} characters; check for a quote that is not closed"
    if "new-line" in error:
        return "a carriage return without a line feed; end lines with LF or CRLF"
    return error
