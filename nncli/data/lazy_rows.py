"""Rows that are read or computed when they are used, such as those of a big file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias, final

import numpy as np

from nncli.arrays import Array
from nncli.data.blocks import rows_at_once

RowNumbers: TypeAlias = range | Array
Columns: TypeAlias = slice | Array  # an index of columns: a slice, numbers or a mask


class RowSource(NamedTuple):
    """The rows (n, k) that lazy rows are read from."""

    read: Callable[[RowNumbers, Columns], Array]  # returns some columns of some rows as a new array
    shape: tuple[int, int]
    dtype: np.dtype[Any]
    in_memory: bool  # False for the rows of a file that may not fit into memory


@final
class LazyRows:
    """Rows (n, k) of a source, of which no whole copy is held in memory.

    Indexing reads rows as a new array and applies `prepare` to blocks of them. `prepare` must compute each row by
    itself, so that the bits do not depend on the blocks. `rows` are row numbers in the source, None for all.
    """

    def __init__(
        self, source: RowSource, rows: Array | None = None, prepare: Callable[[Array], Array] | None = None
    ) -> None:
        self._source = source
        self._rows = rows
        self._prepare = prepare
        self.shape = (source.shape[0] if rows is None else len(rows), source.shape[1])
        self.dtype = source.dtype if prepare is None else prepare(np.empty((0, source.shape[1]), source.dtype)).dtype

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> Array:
        """Return rows, given as a slice, numbers or a mask, or some columns of rows, as in `x[rows, 0]`."""
        rows, columns = index if isinstance(index, tuple) else (index, slice(None))
        numbers = self._numbers(rows)
        if isinstance(columns, int):
            return self._collect(numbers, slice(columns, columns + 1))[:, 0]
        return self._collect(numbers, columns)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.asarray(self[:], dtype)

    def take(self, rows: Array, axis: int, out: Array, mode: str) -> Array:
        """Write rows into `out`, like `ndarray.take` along axis 0."""
        return self._fill(out, self._numbers(rows), slice(None))

    def select(self, rows: Array) -> LazyRows:
        """Return some of the rows, which are not read yet."""
        return LazyRows(self._source, rows if self._rows is None else self._rows[rows], self._prepare)

    def map(self, function: Callable[[Array], Array]) -> LazyRows:
        """Return the rows with a function applied to every block that is read."""
        prepare = self._prepare
        both = function if prepare is None else lambda block: function(prepare(block))
        return LazyRows(self._source, self._rows, both)

    @property
    def in_memory(self) -> bool:
        """True if the source is in memory, so that prepared rows fit into memory, too."""
        return self._source.in_memory

    def _numbers(self, rows: Any) -> RowNumbers:
        """Return the numbers of rows in the source."""
        if self._rows is not None:
            return np.asarray(self._rows[rows])
        if isinstance(rows, slice):
            numbers = range(self._source.shape[0])[rows]
            return numbers if numbers.step > 0 else np.array(numbers)
        return np.flatnonzero(rows) if rows.dtype == bool else np.asarray(rows)

    def _collect(self, numbers: RowNumbers, columns: Columns) -> Array:
        if len(numbers) <= rows_at_once(self.shape[1]):
            return self._read(numbers, columns)
        count = np.empty((0, self.shape[1]))[:, columns].shape[1]
        return self._fill(np.empty((len(numbers), count), self.dtype), numbers, columns)

    def _fill(self, out: Array, numbers: RowNumbers, columns: Columns) -> Array:
        step = rows_at_once(self.shape[1])
        for start in range(0, len(numbers), step):
            out[start : start + step] = self._read(numbers[start : start + step], columns)
        return out

    @np.errstate(over="ignore")  # a number beyond the range of float32 becomes infinite, as in predictions
    def _read(self, numbers: RowNumbers, columns: Columns) -> Array:
        if self._prepare is None:
            return self._source.read(numbers, columns)
        return self._prepare(self._source.read(numbers, slice(None)))[:, columns]


Inputs: TypeAlias = Array | LazyRows  # inputs (n, k) of samples
