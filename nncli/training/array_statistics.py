"""Statistics of arrays, computed in float64 with few calls; None stands for a number that is not finite."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from nncli.arrays import Array


class ZeroShares(NamedTuple):
    """Fractions of zeros in outputs (n, units)."""

    outputs: float
    units: float  # that are zero for all samples
    samples: float  # for which all units are zero


def zero_shares(y: Array) -> ZeroShares:
    """Return the fractions of zeros in outputs (n, units); all NaN if an output is not finite."""
    if not np.isfinite(y).all():
        return ZeroShares(math.nan, math.nan, math.nan)
    zero = y == 0
    return ZeroShares(fraction(zero), fraction(zero.all(axis=0)), fraction(zero.all(axis=1)))


def variances(y: Array) -> Array:
    """Return the variance (k,) of each column of y (n, k), in float64."""
    y = y - np.add.reduce(y, axis=0, dtype=np.float64) / len(y)
    return np.asarray(np.einsum("ij,ij->j", y, y) / len(y))


def root_mean_square(x: Array) -> float | None:
    """Return √(Σ x² / size) over all entries."""
    return finite(math.sqrt(sum_of_squares(x) / x.size))


def sum_of_squares(x: Array) -> float:
    """Return Σ x² over all entries."""
    x = x.reshape(-1).astype(np.float64, copy=False)
    return float(np.dot(x, x))


def total(x: Array) -> float:
    """Return the sum of x (k,)."""
    return float(np.add.reduce(x, dtype=np.float64))  # a fraction of the overhead of np.mean


def fraction(true: Array) -> float:
    """Return the fraction of true entries."""
    return float(np.count_nonzero(true) / true.size)


def ratio(a: Any, b: Any) -> float | None:
    """Return a / b; None if b is 0."""
    return finite(a / b) if b else None


def finite(number: Any) -> float | None:
    """Return a number as a float, None if it is NaN or infinite."""
    return float(number) if math.isfinite(number) else None
