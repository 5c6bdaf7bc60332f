"""Preprocess values for a network: fill in missing ones and scale, as fitted on the training samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.data.blocks import row_blocks, rows_at_once
from nncli.data.data import Rules, Samples
from nncli.data.file_source import Scale
from nncli.data.mapped_rows import Inputs

PREFIX = "data."


class Preprocessing(NamedTuple):
    """Parameters for each input (k,) and each target (m,); the network works with (value - shift) / scale.

    A category that no training sample has is 0 in every sample, since its weights were never trained.
    """

    fill: Array  # replaces missing inputs
    unseen: Array  # mask of the inputs that are a category without training samples
    shift: Array
    scale: Array
    target_shift: Array
    target_scale: Array

    @classmethod
    def fit(cls, training: Samples, numbers: Array, rules: Rules, *, classes: bool) -> Preprocessing:
        """Fit the parameters on the training samples; only inputs in the mask `numbers` (k,) are scaled."""
        x, targets = training.x, 1 if training.t.ndim == 1 else training.t.shape[1]
        fill, unseen = np.zeros(x.shape[1]), ~numbers
        if unseen.any():
            unseen &= ~np.asarray(x).any(axis=0)
        if rules.missing in ("mean", "median"):
            middle = (np.nanmean if rules.missing == "mean" else np.nanmedian)(np.asarray(x), axis=0)
            # The mean of a constant column may differ from its value in the last bit.
            fill = np.where(constant_columns(x), np.nanmin(np.asarray(x), axis=0), middle)
        # A single column is left among the others: alone, NumPy would sum it in another order.
        scaled = numbers if np.count_nonzero(numbers) > 1 else np.ones(x.shape[1], bool)
        shift, scale = np.zeros(x.shape[1]), np.ones(x.shape[1])
        shift[scaled], scale[scaled] = _fit_scale(_Columns(x, scaled, fill), rules.scale)
        plain = np.zeros(targets), np.ones(targets)
        target = plain if classes else _fit_scale(_Columns(training.t), rules.scale_target)
        return cls(fill, unseen, np.where(numbers, shift, 0), np.where(numbers, scale, 1), *target)

    def inputs(self, x: Array) -> Array:
        """Return the network's inputs for x (n, k), in which missing values are NaN."""
        x = _fill_missing(x, self.fill)
        if self.unseen.any():
            x = np.where(self.unseen, 0, x)
        if self._inputs_unscaled:
            return x
        x = x - self.shift
        x /= self.scale
        return x

    def original(self, x: Array) -> Array:
        """Return the original inputs for the network's inputs x; filled values stay filled."""
        return x if self._inputs_unscaled else x * self.scale + self.shift

    def targets(self, t: Array) -> Array:
        """Return the network's targets for t."""
        return t if self.targets_unscaled else (t - self.target_shift) / self.target_scale

    def outputs(self, y: Array) -> Array:
        """Return the network's outputs y in the units of the targets."""
        return y if self.targets_unscaled else y * self.target_scale + self.target_shift

    @property
    def targets_unscaled(self) -> bool:
        """Return whether targets are not scaled, so that they keep every bit."""
        return bool(np.all(self.target_shift == 0) and np.all(self.target_scale == 1))

    @property
    def _inputs_unscaled(self) -> bool:
        return bool(np.all(self.shift == 0) and np.all(self.scale == 1))

    def arrays(self) -> dict[str, Array]:
        """Return the arrays by their names in checkpoints."""
        return {f"{PREFIX}{name}": array for name, array in self._asdict().items()}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, Array]) -> Preprocessing:
        """Return the preprocessing that `arrays` saved. Raises KeyError if an array is missing."""
        none_unseen = np.zeros(arrays[f"{PREFIX}fill"].shape, bool)  # checkpoints of version 0.1.0 lack `unseen`
        complete = {f"{PREFIX}unseen": none_unseen, **arrays}
        return cls(*(complete[f"{PREFIX}{name}"] for name in cls._fields))


def constant_columns(values: Inputs) -> Array:
    """Return a mask (k,) of the columns of values (n, k) that have the same number in every row, ignoring NaN."""
    blocks = (values[rows] for rows in row_blocks(values.shape))
    pairs = [(np.fmin.reduce(block, axis=0), np.fmax.reduce(block, axis=0)) for block in blocks]
    with np.errstate(invalid="ignore"):
        return np.asarray(
            np.fmin.reduce([least for least, _ in pairs], axis=0)
            == np.fmax.reduce([greatest for _, greatest in pairs], axis=0)
        )


class _Columns:
    """Some columns of values (n, k) as float64, in blocks of rows: a copy of all may not fit into memory."""

    def __init__(self, values: Inputs, columns: Array | None = None, fill: Array | None = None) -> None:
        self._values = values
        self._columns = slice(None) if columns is None or columns.all() else columns
        self._fill = fill
        self.count = values.shape[1] if columns is None else int(columns.sum())

    def limits(self) -> tuple[Array, Array]:
        """Return the least and the greatest value of each column."""
        pairs = [(block.min(axis=0), block.max(axis=0)) for block in map(self._block, row_blocks(self._values.shape))]
        least, greatest = (np.array(values, np.float64) for values in zip(*pairs, strict=True))
        return least.min(axis=0), greatest.max(axis=0)

    def mean(self, function: Callable[[Array, Array], object]) -> Array:
        """Return the mean of a function of each column, to the bits that `np.mean` of all rows has.

        The function writes its values of a block (n, k) into an array of float64.
        """
        count = len(self._values)
        if self.count == 1:
            return np.array([self._pairwise_sum(function, 0, count) / count])
        total = np.zeros(self.count)
        numbers = np.empty((rows_at_once(self._values.shape[1]) + 1, self.count))
        for rows in row_blocks(self._values.shape):
            block = numbers[: rows.stop - rows.start + 1]
            block[0] = total
            function(self._block(rows), block[1:])
            total = np.add.reduce(block if rows.start else block[1:], axis=0)
        return np.asarray(total / count)

    def _pairwise_sum(self, function: Callable[[Array, Array], object], start: int, stop: int) -> Any:
        """Return the sum of a single column, which NumPy halves down to a block of 128 rows."""
        count = stop - start
        if count <= rows_at_once(self._values.shape[1]):
            numbers = np.empty((count, 1))
            function(self._block(slice(start, stop)), numbers)
            return np.add.reduce(numbers[:, 0])
        half = start + count // 2 // 8 * 8
        return self._pairwise_sum(function, start, half) + self._pairwise_sum(function, half, stop)

    def _block(self, rows: slice) -> Array:
        block = self._values[rows]
        filled = block if self._fill is None else _fill_missing(block, self._fill)
        return filled[:, self._columns]


def _fit_scale(values: _Columns, how: Scale) -> tuple[Array, Array]:
    """Return shift and scale of each column; the scale of a constant column is 1.

    standard    mean and standard deviation        minmax    least and greatest to 0 and 1

    The spread of a column may be tiny compared with its values, such as steps of 10 µs in times in nanoseconds. The sum
    of all rows is rounded more coarsely than that, so the mean is corrected by the mean of the remaining deviations.
    """
    if how == "none":
        return np.zeros(values.count), np.ones(values.count)
    least, greatest = values.limits()
    constant = least == greatest
    if how == "standard":
        first = values.mean(lambda block, out: np.copyto(out, block))
        shift = first + values.mean(lambda block, out: np.subtract(block, first, out))
        scale = np.sqrt(values.mean(lambda block, out: np.square(np.subtract(block, shift, out), out)))
        scale = np.where(scale > 0, scale, greatest - least)  # squares below 1e-308 are 0
    else:
        shift, scale = least, greatest - least
    return np.where(constant, least, shift), np.where(constant, 1, scale)


def _fill_missing(x: Array, fill: Array) -> Array:
    missing = np.isnan(x)
    return np.where(missing, fill, x) if missing.any() else x
