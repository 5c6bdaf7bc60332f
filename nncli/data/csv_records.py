"""The records of CSV, with the line at which each begins."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence

from nncli.data.lines import Lines
from nncli.text import count_of


def csv_records(lines: Lines) -> Iterator[tuple[int, list[str]]]:
    """Yield the records of CSV that are not blank, each with the number of its first line."""
    reader = csv.reader(lines, strict=True)
    last = 0  # the last line of the record before
    try:
        for fields in reader:
            line, last = last + 1, reader.line_num
            lines.row_size = 0
            if len(fields) > 1 or (fields and fields[0].strip()):
                yield line, fields
    except csv.Error as error:
        raise lines.fault(f"is not valid CSV: {_explain(str(error))}", last + 1) from None


def complete_records(
    lines: Lines, records: Iterator[tuple[int, list[str]]], start: int, columns: Sequence[str]
) -> Iterator[tuple[int, list[str]]]:
    """Yield records with one field for each of the columns, which line `start` has. Raises NncliError for another."""
    for line, fields in records:
        if len(fields) != len(columns):
            message = f"has {count_of(len(fields), 'column')}, but line {start} has {len(columns)}"
            raise lines.fault(message, line, separator_hint(columns))
        yield line, fields


def separator_hint(fields: Sequence[str]) -> str:
    """Return a hint if the columns seem to be separated by semicolons or tabs, or an empty string."""
    other_separator = len(fields) == 1 and any(separator in fields[0] for separator in ";\t")
    return "separate columns with commas" if other_separator else ""


def csv_number(text: str) -> float:
    """Return the number in a field. Raises ValueError if it is not a number."""
    if "_" in text:  # which Python allows between digits
        raise ValueError(text)
    return float(text)


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
