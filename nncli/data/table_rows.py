"""Inputs of a table as rows that are computed from its columns when they are used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from nncli.arrays import Array
from nncli.data.lazy_rows import Columns, LazyRows, RowNumbers, RowSource


class ConvertRows(Protocol):
    """A function that converts some rows of a table column to numbers (n, ...): all of its inputs, or some of them."""

    def __call__(self, rows: slice | Array, inputs: Array | None = None, /) -> Array: ...


class _Place(NamedTuple):
    """The inputs of a table column in a block of rows."""

    convert: ConvertRows
    inputs: Array | None  # which inputs of the column; None for all
    columns: Columns  # of the block


def table_rows(samples: int, converts: Sequence[ConvertRows], widths: Sequence[int]) -> LazyRows:
    """Return the rows (samples, inputs) of table columns, which have as many inputs as `widths` says, in float64."""
    ends = np.cumsum(widths).tolist()
    starts, inputs = [0, *ends[:-1]], np.arange(ends[-1])
    spans = map(slice, starts, ends)
    all_places = [_Place(convert, None, span) for convert, span in zip(converts, spans, strict=True)]

    def places(wanted: Array) -> list[_Place]:
        """Return the table columns that have a wanted input."""
        several = []
        for convert, start, end in zip(converts, starts, ends, strict=True):
            columns = np.flatnonzero((wanted >= start) & (wanted < end))
            if len(columns):
                several.append(_Place(convert, wanted[columns] - start, columns))
        return several

    def read(numbers: RowNumbers, columns: Columns) -> Array:
        rows = slice(numbers.start, numbers.stop, numbers.step) if isinstance(numbers, range) else numbers
        wanted = inputs[columns]
        block = np.empty((len(numbers), len(wanted)))
        for convert, some, where in all_places if np.array_equal(wanted, inputs) else places(wanted):
            block[:, where] = convert(rows, some)
        return block

    return LazyRows(RowSource(read, (samples, len(inputs)), np.dtype(np.float64), in_memory=True))
