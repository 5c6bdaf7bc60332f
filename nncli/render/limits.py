"""Limits of an axis that stay the same while a network learns."""

from __future__ import annotations

import numpy as np

from nncli.arrays import Array

LARGEST = 1e100  # what lies beyond has no place on an axis, and overflows where its limits are computed
FARTHEST = 1.0  # how far beyond the values others are followed, in extents of the values
ROOM = 0.05


def limits(values: Array, also: Array | None = None) -> tuple[float, float]:
    """Limits for values, and for others as far as they lie near them, with a little room."""
    finite = _finite(values)
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    if also is not None:
        reach = FARTHEST * (high - low)
        near = np.clip(_finite(also), low - reach, high + reach)
        low, high = float(np.min(near, initial=low)), float(np.max(near, initial=high))
    room = ROOM * (high - low) or max(0.5, ROOM * abs(high))
    return low - room, high + room


def _finite(values: Array) -> Array:
    numbers = np.asarray(values, np.float64)
    with np.errstate(invalid="ignore"):
        return numbers[np.abs(numbers) < LARGEST]
