"""Thin long lines to the points that a figure can show."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

BUCKETS = 500  # pieces of a long line: about the width of a panel in pixels


def thin(x: Any, y: NDArray[np.float64]) -> tuple[Any, NDArray[np.float64]]:
    """Return the visible points of a long line: its ends, and the extremes and the first gap of each short piece."""
    if len(y) <= 4 * BUCKETS:
        return x, y
    starts, stops, pieces = _pieces(y)
    gaps = np.isnan(pieces)
    lowest, highest = np.where(gaps, np.inf, pieces).argmin(axis=1), np.where(gaps, -np.inf, pieces).argmax(axis=1)
    gap = np.where(gaps.any(axis=1), gaps.argmax(axis=1), lowest)
    inner = [np.minimum(starts + places, stops - 1) for places in (lowest, highest, gap)]
    visible = np.unique(np.concatenate([[0, len(y) - 1], *inner]))
    return x[visible], y[visible]


def thin_band(
    x: Any, low: NDArray[np.float64], high: NDArray[np.float64]
) -> tuple[Any, NDArray[np.float64], NDArray[np.float64]]:
    """Return the minimum and maximum of each short piece of a long band; infinite for a piece that is all NaN."""
    if len(x) <= 4 * BUCKETS:
        return x, low, high
    starts, stops, lows = _pieces(low)
    highs = _pieces(high)[2]
    low = np.min(lows, axis=1, where=~np.isnan(lows), initial=np.inf)
    high = np.max(highs, axis=1, where=~np.isnan(highs), initial=-np.inf)
    x = x[(starts + stops - 1) // 2]
    x[0], x[-1] = x[0] - (x[1] - x[0]) / 2, x[-1] + (x[-1] - x[-2]) / 2
    return x, low, high


def _pieces(y: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Return the starts and stops of the pieces of a line, and the pieces as rows; the last is padded with NaN."""
    length = -(-len(y) // BUCKETS)
    starts = np.arange(0, len(y), length)
    filled = np.full(len(starts) * length, np.nan)
    filled[: len(y)] = y
    return starts, np.minimum(starts + length, len(y)), filled.reshape(-1, length)
