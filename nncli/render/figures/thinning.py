"""Long lines, thinned to what a figure can show."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

BUCKETS = 500  # of a long line: about as many as a panel has pixels


def thin(x: Any, y: NDArray[np.float64]) -> tuple[Any, NDArray[np.float64]]:
    """What can be seen of a long line: its ends, and of each of many short pieces the extremes and the first gap."""
    if len(y) <= 4 * BUCKETS:
        return x, y
    starts, stops, pieces = _pieces(y)
    gaps = np.isnan(pieces)
    lowest, highest = np.where(gaps, np.inf, pieces).argmin(axis=1), np.where(gaps, -np.inf, pieces).argmax(axis=1)
    gap = np.where(gaps.any(axis=1), gaps.argmax(axis=1), lowest)
    kept = [np.minimum(starts + places, stops - 1) for places in (lowest, highest, gap)]
    seen = np.unique(np.concatenate([[0, len(y) - 1], *kept]))
    return x[seen], y[seen]


def thin_band(
    x: Any, low: NDArray[np.float64], high: NDArray[np.float64]
) -> tuple[Any, NDArray[np.float64], NDArray[np.float64]]:
    """Of a long band, the least and the greatest value of each of many short pieces; infinite for one of NaN alone."""
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
    """Where the pieces of a line begin and end, and the pieces as rows, the last filled up with NaN."""
    length = -(-len(y) // BUCKETS)
    starts = np.arange(0, len(y), length)
    filled = np.full(len(starts) * length, np.nan)
    filled[: len(y)] = y
    return starts, np.minimum(starts + length, len(y)), filled.reshape(-1, length)
