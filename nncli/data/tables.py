"""Read inputs, and targets if wanted, from CSV or JSON lines, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.data.convert import convert_chunk, converters
from nncli.data.description import Description
from nncli.data.dialect import PLAIN, Dialect
from nncli.data.format import Format, format_of
from nncli.data.lines import Lines, open_lines
from nncli.data.rows import Chunk, CsvRows, Header, JsonRows, NoteHandler, WantedColumns
from nncli.data.values import DropMissing
from nncli.errors import NncliError

KEEP_ALL = DropMissing()


class Batch(NamedTuple):
    """Consecutive rows of a table."""

    x: Array  # (n, inputs) float64
    t: Array | None  # with targets: (n, targets) float64, (n, labels) uint8 of 0 and 1, or class numbers (n,)
    rows: list[Any]  # rows as read: fields of CSV as a list of texts, JSON as a mapping by names
    columns: tuple[str, ...]  # for CSV the names in the header, or the expected names without one
    sources: tuple[str, ...]  # the table's names of inputs and targets, in the first row
    format: Format
    line: int  # line of the first row, from 1
    separator: str  # of CSV


def read_table(
    source: str,
    described: Description,
    *,
    with_targets: bool,
    batch: int = 1000,
    prompt: bool = False,
    drop: DropMissing = KEEP_ALL,
    dialect: Dialect = PLAIN,
    format_: Format | None = None,
    header: Header = "required",
    on_note: NoteHandler = lambda note: None,
) -> Iterator[Batch]:
    """Read a file, or standard input for `-`, in batches that end at multiples of `batch` rows.

    With `prompt` a batch also ends if the next row has not arrived yet, so that no answer is delayed. Columns of CSV
    are found by the names in the header, or by position, inputs first, if the `header` is absent. A line of JSON is an
    object with names, an array by position, or a number. Names match exactly, or else ignoring case, with a note passed
    to `on_note`. A target is a number or, if the data has classes or labels, one of their values by its name or number.
    Rows with a missing value are skipped if `drop` says so. The default `format_` follows from the file's name, or else
    from its first character. Raises NncliError at the first problem, as `file:line: message`.
    """
    wanted = WantedColumns.of([column.name for column in described.columns], described.target_names, with_targets)
    with open_lines(source) as lines:
        kind = format_ or format_of(source) or ("json" if lines.first_byte() in (b"{", b"[") else "csv")
        columns = converters(described, kind, dialect, with_targets=with_targets)
        rows: CsvRows | JsonRows = (
            JsonRows(lines, wanted, on_note) if kind == "json" else CsvRows(lines, dialect, wanted, header, on_note)
        )

        for batch_rows in _batches(rows, lines, batch, prompt=prompt, drop=_drop_test(drop, wanted, dialect)):
            chunk = rows.chunk(batch_rows)
            x, t = convert_chunk(chunk, columns, len(wanted.inputs), lines)
            yield Batch(x, t, chunk.rows, chunk.columns, chunk.sources, kind, chunk.lines[0], rows.separator)


def _batches(
    rows: CsvRows | JsonRows, lines: Lines, size: int, *, prompt: bool, drop: Callable[[Chunk], Array] | None
) -> Iterator[list[Any]]:
    """Yield rows in lists that end at multiples of `size` rows. Raises NncliError if there are none."""
    count, dropped, pending = 0, 0, list[Any]()
    # None follows the last row, to empty `pending`.
    for row in chain(rows, (None,)):
        if row is not None:
            pending.append(row)
        room = size - count % size
        ends = row is None or (prompt and lines.waits)
        if len(pending) == room or ends:
            complete = _complete_rows(rows, pending, drop) if drop and pending else pending
            dropped += len(pending) - len(complete)
            pending = complete
            if len(pending) == room or (pending and ends):
                yield pending
                count += len(pending)
                pending = []
    if not count:
        raise NncliError("has a missing value in every row" if dropped else "is empty", place=lines.name)


def _drop_test(drop: DropMissing, wanted: WantedColumns, dialect: Dialect) -> Callable[[Chunk], Array] | None:
    """Return a function that returns which rows (n,) of a chunk to drop; None if no row is ever dropped."""
    if not any(drop):
        return None
    inputs = len(wanted.inputs)

    def is_dropped(chunk: Chunk) -> Array:
        columns = (chunk.values[:inputs] if drop.inputs else []) + (chunk.values[inputs:] if drop.targets else [])
        missing = [list(map(dialect.is_missing, values)) for values in columns]
        return np.asarray(np.any(missing, axis=0))

    return is_dropped


def _complete_rows(rows: CsvRows | JsonRows, pending: list[Any], drop: Callable[[Chunk], Array]) -> list[Any]:
    """Return the rows that are not to be dropped."""
    dropped = drop(rows.chunk(pending)).tolist()
    return [row for row, is_dropped in zip(pending, dropped, strict=True) if not is_dropped]
