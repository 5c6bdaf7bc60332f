"""Making values ready for a network: filling what is missing, and scaling, as fitted on the training samples alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.data.data import Rules, Samples
from nncli.data.file_source import Scale

PREFIX = "data."


class Preprocessing(NamedTuple):
    """Numbers for each input (k,) and each target (m,): what a network is given is (value - shift) / scale.

    A category that no training sample has is 0 in every sample: its weights are those that training began with.
    """

    fill: Array  # what stands for a missing input
    unseen: Array  # which inputs are such a category
    shift: Array
    scale: Array
    target_shift: Array
    target_scale: Array

    @classmethod
    def fit(cls, training: Samples, numbers: Array, rules: Rules, *, classes: bool) -> Preprocessing:
        """Fitted on the training samples; of the inputs only those are scaled that are `numbers` (k,)."""
        x, targets = training.x, 1 if training.t.ndim == 1 else training.t.shape[1]
        fill, unseen = np.zeros(x.shape[1]), ~numbers & ~x.any(axis=0)
        if rules.missing in ("mean", "median"):
            middle = (np.nanmean if rules.missing == "mean" else np.nanmedian)(x, axis=0)
            # Of a column of one value the mean may differ from it in the last bit.
            fill = np.where(constant_columns(x), np.nanmin(x, axis=0), middle)
        shift, scale = _fitted(_filled(x, fill), rules.scale)
        plain = np.zeros(targets), np.ones(targets)
        target = plain if classes else _fitted(training.t, rules.scale_target)
        return cls(fill, unseen, np.where(numbers, shift, 0), np.where(numbers, scale, 1), *target)

    def inputs(self, x: Array) -> Array:
        """What the network is given for inputs x (n, k), where NaN is missing."""
        x = _filled(x, self.fill)
        if self.unseen.any():
            x = np.where(self.unseen, 0, x)
        return x if self._inputs_unscaled else (x - self.shift) / self.scale

    def original(self, x: Array) -> Array:
        """The inputs that `inputs` made x of, but for what was missing."""
        return x if self._inputs_unscaled else x * self.scale + self.shift

    def targets(self, t: Array) -> Array:
        """What the network is to say for targets t."""
        return t if self.targets_unscaled else (t - self.target_shift) / self.target_scale

    def outputs(self, y: Array) -> Array:
        """What the network's output y means, in the units of the targets."""
        return y if self.targets_unscaled else y * self.target_scale + self.target_shift

    @property
    def targets_unscaled(self) -> bool:
        """Whether targets are not scaled, so that their bits stay."""
        return bool(np.all(self.target_shift == 0) and np.all(self.target_scale == 1))

    @property
    def _inputs_unscaled(self) -> bool:
        return bool(np.all(self.shift == 0) and np.all(self.scale == 1))

    def arrays(self) -> dict[str, Array]:
        """Its arrays by the names that they have in checkpoints."""
        return {f"{PREFIX}{name}": array for name, array in self._asdict().items()}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, Array]) -> Preprocessing:
        """What `arrays` gave. Raises KeyError where one is not there."""
        seen = np.zeros(arrays[f"{PREFIX}fill"].shape, bool)  # a checkpoint of version 0.1.0 has no `unseen`
        known = {f"{PREFIX}unseen": seen, **arrays}
        return cls(*(known[f"{PREFIX}{name}"] for name in cls._fields))


def constant_columns(values: Array) -> Array:
    """Return which columns (k,) of values (n, k) hold one and the same number in every row; NaN is no number."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.nanmin(values, axis=0) == np.nanmax(values, axis=0))


def _fitted(values: Array, how: Scale) -> tuple[Array, Array]:
    """Shift and scale of each column; of a column of one value only the shift.

    standard    mean and standard deviation        minmax    least and greatest to 0 and 1

    The spread of a column may be as small beside its values as float64 can tell: 10 µs steps of times in nanoseconds.
    The sum of all rows is rounded more coarsely than that, so the mean is corrected by the mean of what is left of it.
    """
    if how == "none":
        return np.zeros(values.shape[1]), np.ones(values.shape[1])
    values = np.asarray(values, np.float64)
    least, greatest = np.min(values, axis=0), np.max(values, axis=0)
    constant = least == greatest
    if how == "standard":
        shift = np.mean(values, axis=0)
        shift = shift + np.mean(values - shift, axis=0)
        scale = np.sqrt(np.mean(np.square(values - shift), axis=0))
        scale = np.where(scale > 0, scale, greatest - least)  # squares below 1e-308 are 0
    else:
        shift, scale = least, greatest - least
    return np.where(constant, least, shift), np.where(constant, 1, scale)


def _filled(x: Array, fill: Array) -> Array:
    missing = np.isnan(x)
    return np.where(missing, fill, x) if missing.any() else x
