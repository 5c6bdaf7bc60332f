"""The book's clipping of probabilities."""

from __future__ import annotations

import numpy as np

from nncli.arrays import Array

SMALLEST = 1e-7


def clip(p: Array) -> Array:
    """Return p clipped to [1e-7, 1 - 1e-7], so that the logarithms of p and 1 - p are finite.

    Source: the book, chapter 5.
    """
    return np.minimum(np.maximum(p, SMALLEST), 1 - SMALLEST)
