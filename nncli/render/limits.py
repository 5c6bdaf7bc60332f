"""Axis limits that stay the same throughout training."""

from __future__ import annotations

import numpy as np

from nncli.arrays import Array

LARGEST = 1e100  # larger numbers are not drawn: they overflow when limits are computed
MAX_EXTENSION = 1.0  # by other values, as a multiple of the range of the values
MARGIN = 0.05


def limits(values: Array, others: Array | None = None) -> tuple[float, float]:
    """Return limits that contain all values, with a margin; other values extend them by at most the values' range."""
    finite = _finite(values)
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    if others is not None:
        reach = MAX_EXTENSION * (high - low)
        near = np.clip(_finite(others), low - reach, high + reach)
        low, high = float(np.min(near, initial=low)), float(np.max(near, initial=high))
    margin = MARGIN * (high - low) or max(0.5, MARGIN * abs(high))
    return low - margin, high + margin


def _finite(values: Array) -> Array:
    numbers = np.asarray(values, np.float64)
    with np.errstate(invalid="ignore"):
        return numbers[np.abs(numbers) < LARGEST]
