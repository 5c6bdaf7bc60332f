"""Making values ready for a network: filling what is missing, and scaling, as fitted on the training samples alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nncli.data.data import Rules, Samples

Array: TypeAlias = NDArray[Any]
Scale: TypeAlias = Literal["none", "standard", "minmax"]

PREFIX = "data."


class Preparation(NamedTuple):
    """Numbers for each input (k,) and each target (m,): what a network is given is (value - shift) / scale."""

    fill: Array  # what stands for a missing input
    shift: Array
    scale: Array
    target_shift: Array
    target_scale: Array

    @classmethod
    def fit(cls, training: Samples, numbers: Array, rules: Rules, *, classes: bool) -> Preparation:
        """Fitted on the training samples; of the inputs only those are scaled that are `numbers` (k,)."""
        x, targets = training.x, 1 if training.t.ndim == 1 else training.t.shape[1]
        fill = np.zeros(x.shape[1])
        if rules.missing in ("mean", "median"):
            fill = (np.nanmean if rules.missing == "mean" else np.nanmedian)(x, axis=0)
        shift, scale = _fitted(_filled(x, fill), rules.scale)
        plain = np.zeros(targets), np.ones(targets)
        target = plain if classes else _fitted(training.t, rules.scale_target)
        return cls(fill, np.where(numbers, shift, 0), np.where(numbers, scale, 1), *target)

    def inputs(self, x: Array) -> Array:
        """What the network is given for inputs x (n, k), where NaN is missing."""
        x = _filled(x, self.fill)
        return x if self._leaves_inputs else (x - self.shift) / self.scale

    def original(self, x: Array) -> Array:
        """The inputs that `inputs` made x of, but for what was missing."""
        return x if self._leaves_inputs else x * self.scale + self.shift

    def targets(self, t: Array) -> Array:
        """What the network is to say for targets t."""
        return t if self.leaves_targets else (t - self.target_shift) / self.target_scale

    def outputs(self, y: Array) -> Array:
        """What the network's output y means, in the units of the targets."""
        return y if self.leaves_targets else y * self.target_scale + self.target_shift

    @property
    def leaves_targets(self) -> bool:
        """Whether targets are not scaled, so that their bits stay."""
        return bool(np.all(self.target_shift == 0) and np.all(self.target_scale == 1))

    @property
    def _leaves_inputs(self) -> bool:
        return bool(np.all(self.shift == 0) and np.all(self.scale == 1))

    def arrays(self) -> dict[str, Array]:
        """Its arrays by the names that they have in checkpoints."""
        return {f"{PREFIX}{name}": array for name, array in self._asdict().items()}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, Array]) -> Preparation:
        """What `arrays` gave. Raises KeyError where one is not there."""
        return cls(*(arrays[f"{PREFIX}{name}"] for name in cls._fields))


def _fitted(values: Array, how: Scale) -> tuple[Array, Array]:
    """Shift and scale of each column; of a column of one value only the shift.

    standard    mean and standard deviation        minmax    least and greatest to 0 and 1
    """
    if how == "none":
        return np.zeros(values.shape[1]), np.ones(values.shape[1])
    if how == "standard":
        shift, scale = np.mean(values, axis=0, dtype=np.float64), np.std(values, axis=0, dtype=np.float64)
    else:
        shift = np.asarray(np.min(values, axis=0), np.float64)
        scale = np.asarray(np.max(values, axis=0) - shift)
    shift, scale = np.asarray(shift), np.asarray(scale)
    constant = scale <= 1e-12 * np.maximum(np.abs(shift), 1e-300)
    return shift, np.where(constant, 1, scale)


def _filled(x: Array, fill: Array) -> Array:
    missing = np.isnan(x)
    return np.where(missing, fill, x) if missing.any() else x
