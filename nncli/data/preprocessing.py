"""Preprocess values for a network: fill in missing ones and scale, as fitted on the training samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.data.column_blocks import ColumnBlocks, Limits, columns_where, constants, fill_missing
from nncli.data.data import Rules, Samples
from nncli.data.file_source import Scale
from nncli.data.lazy_rows import Inputs

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
        fill, fills = np.zeros(x.shape[1]), rules.missing in ("mean", "median")
        unseen = columns_where(x, ~numbers, lambda block: ~block.any(axis=0))
        if fills:
            # The mean of a constant column may differ from its value in the last bit.
            same = constants(x)
            fill = np.where(np.isnan(same), _means(x) if rules.missing == "mean" else _medians(x), same)
        # A single column is left among the others: alone, NumPy would sum it in another order.
        scaled = numbers if np.count_nonzero(numbers) > 1 else np.ones(x.shape[1], bool)
        shift, scale = np.zeros(x.shape[1]), np.ones(x.shape[1])
        shift[scaled], scale[scaled] = _fit_scale(ColumnBlocks(x, scaled, fill if fills else None), rules.scale)
        plain = np.zeros(targets), np.ones(targets)
        target = plain if classes else _fit_scale(ColumnBlocks(training.t), rules.scale_target)
        return cls(fill, unseen, np.where(numbers, shift, 0), np.where(numbers, scale, 1), *target)

    def inputs(self, x: Array) -> Array:
        """Return the network's inputs for x (n, k), in which missing values are NaN."""
        x = fill_missing(x, self.fill)
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


def _fit_scale(values: ColumnBlocks, how: Scale) -> tuple[Array, Array]:
    """Return shift and scale of each column; the scale of a constant column is 1.

    standard    mean and standard deviation        minmax    least and greatest to 0 and 1

    The spread of a column may be tiny compared with its values, such as steps of 10 µs in times in nanoseconds. The sum
    of all rows is rounded more coarsely than that, so the mean is corrected by the mean of the remaining deviations.
    """
    if how == "none":
        return np.zeros(values.count), np.ones(values.count)
    if how == "standard":
        limits = Limits(values.count)

        def copy(block: Array, out: Array) -> None:
            limits.add(block)
            np.copyto(out, block)

        first = values.mean(copy)
        shift = first + values.mean(lambda block, out: np.subtract(block, first, out))
        scale = np.sqrt(values.mean(lambda block, out: np.square(np.subtract(block, shift, out), out)))
        scale = np.where(scale > 0, scale, limits.greatest - limits.least)  # squares below 1e-308 are 0
    else:
        limits = values.limits()
        shift, scale = limits.least, limits.greatest - limits.least
    constant = limits.least == limits.greatest
    return np.where(constant, limits.least, shift), np.where(constant, 1, scale)


def _means(x: Inputs) -> Array:
    """Return the mean of each column (k,), ignoring NaN."""
    columns = ColumnBlocks(x)
    counts = columns.sum(lambda block, out: np.logical_not(np.isnan(block), out))
    return columns.sum(lambda block, out: np.copyto(out, fill_missing(block, np.zeros(1)))) / counts


def _medians(x: Inputs) -> Array:
    """Return the median of each column (k,), ignoring NaN; one column at a time is in memory."""
    return np.concatenate([np.nanmedian(x[:, place : place + 1], axis=0) for place in range(x.shape[1])])
