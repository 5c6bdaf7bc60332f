"""Rows of an array in a file, read and prepared only when they are used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, final

import numpy as np

from nncli.arrays import Array
from nncli.data.blocks import rows_at_once


def _unchanged(block: Array) -> Array:
    return block


@final
class MappedRows:
    """Rows (n, k) of an array in a file, of which no whole copy is held in memory.

    Indexing reads rows from the file as a new array and applies `prepare` to blocks of them. `prepare` must compute
    each row by itself, so that the bits do not depend on the blocks. `rows` are row numbers in the array, None for all.
    """

    def __init__(self, array: Array, rows: Array | None = None, prepare: Callable[[Array], Array] = _unchanged) -> None:
        self._array = array
        self._rows = rows
        self._prepare = prepare
        # As bytes, because NumPy copies a whole array before it takes rows if the numbers are not aligned in the file.
        row = np.dtype((np.void, array.shape[1] * array.itemsize))
        self._records = array.view(np.ndarray).view(row).reshape(-1)
        self.shape = (len(array) if rows is None else len(rows), array.shape[1])
        self.dtype = self._prepare(np.empty((0, array.shape[1]), array.dtype)).dtype

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> Array:
        """Return rows, given as a slice, numbers or a mask, or some columns of rows, as in `x[rows, 0]`."""
        rows, columns = index if isinstance(index, tuple) else (index, slice(None))
        numbers = self._numbers(rows)
        out = np.empty((len(numbers), *np.empty((0, self.shape[1]))[:, columns].shape[1:]), self.dtype)
        return self._read(numbers, columns, out)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.asarray(self[:], dtype)

    def take(self, rows: Array, axis: int, out: Array, mode: str) -> Array:
        """Write rows into `out`, like `ndarray.take` along axis 0."""
        return self._read(self._numbers(rows), slice(None), out)

    def select(self, rows: Array) -> MappedRows:
        """Return some of the rows, which are not read yet."""
        return MappedRows(self._array, rows if self._rows is None else self._rows[rows], self._prepare)

    def map(self, function: Callable[[Array], Array]) -> MappedRows:
        """Return the rows with a function applied to every block that is read."""
        prepare = self._prepare
        return MappedRows(self._array, self._rows, lambda block: function(prepare(block)))

    def _numbers(self, rows: Any) -> range | Array:
        """Return the numbers of rows in the array."""
        if self._rows is not None:
            return np.asarray(self._rows[rows])
        if isinstance(rows, slice):
            numbers = range(len(self._array))[rows]
            return numbers if numbers.step > 0 else np.array(numbers)
        return np.flatnonzero(rows) if rows.dtype == bool else np.asarray(rows)

    @np.errstate(over="ignore")  # a number beyond the range of float32 becomes infinite, as in predictions
    def _read(self, numbers: range | Array, columns: Any, out: Array) -> Array:
        stored, step = self._array.dtype, rows_at_once(self.shape[1])
        for start in range(0, len(numbers), step):
            some = numbers[start : start + step]
            if isinstance(some, range):  # read in the order of the file
                records = self._records[some.start : some.stop : some.step].copy()
            else:
                records = self._records.take(some)
            block = self._prepare(records.view(stored).reshape(len(records), self.shape[1]))
            out[start : start + len(records)] = block[:, columns]
        return out


Inputs: TypeAlias = Array | MappedRows  # inputs (n, k) of samples
