"""How much of the targets the inputs explain: the least that a well-trained network should reach.

Everything here is a fraction of the targets' variance that stays unexplained: 0 is perfect, 1 is no better than the
mean. Classes count as one-hot targets, for which it is the Brier score relative to that of the class frequencies.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from nncli.arrays import Array

MAX_SAMPLES = 400  # a fit inverts a dozen matrices of this size
FEW_SAMPLES = 16  # any network with enough units can learn this many by heart
BANDWIDTHS = (0.1, 0.3, 1.0)  # of the Gaussian kernel, relative to the median distance between samples
ADDITIVE_BANDWIDTHS = (1.0, 2.0)  # of the kernel for each input, relative to its deviation
MAX_ADDITIVE = 32  # inputs, each of which takes some milliseconds
DEGREES = (2, 3)  # of the polynomial kernels
RIDGES = (1e-3, 1e-1)  # penalties, relative to the mean of the kernel's diagonal


class Attainable:
    """The fraction of the variance of targets t (n, k) that methods leave unexplained by inputs x (n, m).

    Each sample is predicted from the others. The methods are ridge regression on the standardized inputs and on their
    powers and products, kernel ridge regression with a Gaussian kernel of several bandwidths and with a sum of such
    kernels, one for each input, and for a single input a line through the two neighbours. Up to 16 samples count as
    explained, except where equal inputs have different targets. Samples count with their `weights` (n,), by default
    equally: w_i e_i², with λ / w_i instead of λ.

    Source: the leave-one-out formula, e_i = α_i / (K + λ)⁻¹_ii with α = (K + λ)⁻¹ t, is in Rifkin and Lippert 2007.
    """

    def __init__(self, x: Array, t: Array, weights: Array | None = None) -> None:
        self._x = standardize(x)
        self._weights = np.ones(len(t)) if weights is None else weights
        self._t = t - np.average(t, axis=0, weights=self._weights)
        self._total = float(np.sum(self._weights[:, None] * self._t**2))

    @cached_property
    def linear(self) -> float:
        """The fraction that a straight line or plane leaves."""
        if self._total == 0 or not self._x.shape[1]:
            return 1.0
        return min(_left_out(self._products, self._t, self._weights) / self._total, 1.0)

    @cached_property
    def best(self) -> float:
        """The fraction that the best of all methods leaves."""
        return min(1.0, *self._errors())

    def leaves_at_most(self, fraction: float) -> bool:
        """Return whether a method leaves at most this fraction; it stops at the first that does."""
        return any(error <= fraction for error in self._errors())

    @cached_property
    def _products(self) -> Array:
        return np.asarray(self._x @ self._x.T / self._x.shape[1] + 1)

    def _errors(self) -> Iterator[float]:
        """Yield the fraction that each method leaves."""
        x, t, weights, total = self._x, self._t, self._weights, self._total
        yield self.linear
        if total == 0 or not x.shape[1]:
            return
        if len(x) <= FEW_SAMPLES:
            yield _contradictions(x, t, weights) / total
            return
        if x.shape[1] == 1:
            yield _between_neighbours(x[:, 0], t, weights) / total
        for degree in DEGREES:
            yield _left_out(self._products**degree, t, weights) / total
        squares = _squared_distances(x)
        median = np.median(squares[squares > 0]) if squares.any() else 1.0
        for bandwidth in BANDWIDTHS:
            yield _left_out(np.exp(-squares / (2 * bandwidth**2 * median)), t, weights) / total
        if 1 < x.shape[1] <= MAX_ADDITIVE:
            for bandwidth in ADDITIVE_BANDWIDTHS:
                yield _left_out(_additive_kernel(x, bandwidth), t, weights) / total


def one_hot(t: Array, classes: int) -> Array:
    """Return one-hot rows (n, classes) for class numbers t (n,)."""
    return np.asarray(np.eye(classes)[t])


def standardize(x: Array) -> Array:
    """Return the columns that are not constant, with mean 0 and deviation 1, in float64."""
    x = x.astype(np.float64)
    deviation = x.std(axis=0)
    varies = deviation > 1e-12 * np.abs(x).max(axis=0, initial=0)
    return np.asarray((x[:, varies] - x[:, varies].mean(axis=0)) / deviation[varies])


def _left_out(kernel: Array, t: Array, weights: Array) -> float:
    """Return the weighted sum of squared errors of kernel ridge regression on samples that are left out in turn."""
    errors, diagonal = [], float(np.mean(np.diag(kernel)))
    for ridge in RIDGES:
        inverse = np.linalg.inv(kernel + ridge * diagonal * np.diag(1 / weights))
        errors.append(float(np.sum(weights[:, None] * (inverse @ t / np.diag(inverse)[:, None]) ** 2)))
    return min(errors)


def _between_neighbours(x: Array, t: Array, weights: Array) -> float:
    """Return the weighted sum of squared errors of the line between the two neighbours of each sample."""
    order = np.argsort(x, kind="stable")
    x, t, weights = x[order], t[order], weights[order]
    gap = x[2:] - x[:-2]
    place = np.divide(x[1:-1] - x[:-2], gap, out=np.full_like(gap, 0.5), where=gap > 0)[:, None]
    inner = t[1:-1] - (t[:-2] + place * (t[2:] - t[:-2]))
    errors = np.vstack([t[0] - t[1], inner, t[-1] - t[-2]])
    return float(np.sum(weights[:, None] * errors**2))


def _contradictions(x: Array, t: Array, weights: Array) -> float:
    """Return the weighted sum of squared differences of targets from the mean over samples with equal inputs."""
    groups = np.unique(x, axis=0, return_inverse=True)[1].reshape(-1)
    totals = np.bincount(groups, weights)[:, None]
    sums = np.zeros((len(totals), t.shape[1]))
    np.add.at(sums, groups, weights[:, None] * t)
    return float(np.sum(weights[:, None] * (t - (sums / totals)[groups]) ** 2))


def _additive_kernel(x: Array, bandwidth: float) -> Array:
    """Return the mean over inputs of their Gaussian kernels (n, n): its functions are sums of one of each input."""
    kernel = np.zeros((len(x), len(x)))
    for column in x.T:
        kernel += np.exp(-((column[:, None] - column) ** 2) / (2 * bandwidth**2))
    return np.asarray(kernel / x.shape[1])


def _squared_distances(x: Array) -> Array:
    norms = np.einsum("ij,ij->i", x, x)
    squares = np.maximum(norms[:, None] + norms - 2 * x @ x.T, 0)
    np.fill_diagonal(squares, 0)  # rounding leaves something there, which would count in the median
    return np.asarray(squares)
