"""Facts about columns of samples, computed in blocks of rows: a copy of all may not fit into memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nncli.arrays import Array
from nncli.data.blocks import row_blocks, rows_at_once
from nncli.data.lazy_rows import Inputs


def columns_where(values: Inputs, columns: Array, test: Callable[[Array], Any]) -> Array:
    """Return a mask (k,) of those of some columns that pass a test in every block of values (n, k)."""
    passing = columns.copy()
    for rows in row_blocks(values.shape):
        if not passing.any():
            break
        passing[passing] = test(values[rows, passing])
    return passing


def constants(values: Inputs) -> Array:
    """Return the number (k,) that each column of values (n, k) has in every row, ignoring NaN; NaN if they differ."""
    limits = Limits(values.shape[1])
    constant = np.ones(values.shape[1], bool)
    for rows in row_blocks(values.shape):
        limits.add(values[rows, constant], constant)
        constant = ~(limits.least < limits.greatest)
        if not constant.any():
            break
    return np.where(limits.least == limits.greatest, limits.least, np.nan)


def constant_columns(values: Inputs) -> Array:
    """Return a mask (k,) of the columns of values (n, k) that have the same number in every row, ignoring NaN."""
    return ~np.isnan(constants(values))


class Limits:
    """The least and the greatest number of each column, ignoring NaN."""

    def __init__(self, columns: int) -> None:
        self.least = np.full(columns, np.nan)
        self.greatest = np.full(columns, np.nan)

    def add(self, block: Array, columns: Array | slice = slice(None)) -> None:
        """Take a block of rows into account, which may have only some of the columns."""
        self.least[columns] = np.fmin(self.least[columns], np.fmin.reduce(block, axis=0))
        self.greatest[columns] = np.fmax(self.greatest[columns], np.fmax.reduce(block, axis=0))


class ColumnBlocks:
    """Some columns of values (n, k) as float64, in blocks of rows, with missing values filled in."""

    def __init__(self, values: Inputs, columns: Array | None = None, fill: Array | None = None) -> None:
        self._values = values
        self._columns: Array | slice = slice(None) if columns is None or columns.all() else columns
        self._fill = None if fill is None else fill[self._columns]
        self.count = values.shape[1] if columns is None else int(columns.sum())

    def limits(self) -> Limits:
        """Return the limits of each column."""
        limits = Limits(self.count)
        for rows in row_blocks(self._shape):
            limits.add(self._block(rows))
        return limits

    def mean(self, function: Callable[[Array, Array], object]) -> Array:
        """Return the mean of a function of each column, to the bits that `np.mean` of all rows has.

        The function writes its values of a block (n, k) into an array of float64.
        """
        return self.sum(function) / len(self._values)

    def sum(self, function: Callable[[Array, Array], object]) -> Array:
        """Return the sum of a function of each column, to the bits that `np.sum` of all rows has."""
        if self.count == 1:
            return np.array([self._pairwise_sum(function, 0, len(self._values))])
        total = np.zeros(self.count)
        numbers = np.empty((rows_at_once(self.count) + 1, self.count))
        for rows in row_blocks(self._shape):
            block = numbers[: rows.stop - rows.start + 1]
            block[0] = total
            function(self._block(rows), block[1:])
            total = np.add.reduce(block if rows.start else block[1:], axis=0)
        return total

    @property
    def _shape(self) -> tuple[int, int]:
        return len(self._values), self.count

    def _pairwise_sum(self, function: Callable[[Array, Array], object], start: int, stop: int) -> Any:
        """Return the sum of a single column, which NumPy halves down to a block of 128 rows."""
        count = stop - start
        if count <= rows_at_once(1):
            numbers = np.empty((count, 1))
            function(self._block(slice(start, stop)), numbers)
            return np.add.reduce(numbers[:, 0])
        half = start + count // 2 // 8 * 8
        return self._pairwise_sum(function, start, half) + self._pairwise_sum(function, half, stop)

    def _block(self, rows: slice) -> Array:
        block = self._values[rows, self._columns]
        return block if self._fill is None else fill_missing(block, self._fill)


def fill_missing(x: Array, fill: Array) -> Array:
    """Return x (n, k) with the numbers of `fill` (k,) in place of NaN."""
    missing = np.isnan(x)
    return np.where(missing, fill, x) if missing.any() else x
