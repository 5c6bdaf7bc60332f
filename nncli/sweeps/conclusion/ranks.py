"""Ranks of trials and groups of parameter values, on which the shares of variance are computed."""

from __future__ import annotations

import math

import numpy as np

from nncli.arrays import Array
from nncli.sweeps.conclusion.table import Column

MAX_KNOTS, MAX_CELLS = 8, 4


def midranks(values: Array) -> Array:
    """Return the ranks of values (n,), from 1; equal values share the mean of their ranks."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts - 1) / 2)[inverse]


def knots(trials: int) -> int:
    """Return into how many values or bins a parameter is divided: √trials, from 2 to 8."""
    return min(max(math.isqrt(trials), 2), MAX_KNOTS)


def features(column: Column, rows: Array) -> Array:
    """Return a parameter as columns (n, k) whose span holds its effects, zero in trials without the parameter.

    One indicator for each value if they are few or have no order, else the hat functions of a piecewise linear curve
    over the ranks. Each is centred among the trials that have the parameter, so that having it has no effect here.
    """
    values = column.values[rows]
    present = ~np.isnan(values)
    count = knots(int(present.sum()))
    distinct = np.unique(values[present])
    if len(distinct) < 2:
        return np.zeros((len(rows), 0))
    if len(distinct) <= count or not column.numeric:
        return _indicators(values[present], present)
    ranks = midranks(values[present])
    position = (ranks - ranks.min()) / (ranks.max() - ranks.min()) * (count - 1)
    weights = np.maximum(1 - np.abs(position[:, None] - np.arange(count)), 0)
    result = np.zeros((len(rows), count))
    result[present] = weights - weights.mean(axis=0)
    return result


def cells(first: Column, second: Column, rows: Array) -> tuple[Array, Array]:
    """Return indicators (n, k) of the cells of a coarse table of two parameters, and of its lines and columns."""
    present = ~np.isnan(first.values[rows]) & ~np.isnan(second.values[rows])
    size = min(max(math.isqrt(int(present.sum())) // 2, 2), MAX_CELLS)
    bins = [_bins(column, rows[present], size) for column in (first, second)]
    both = np.unique(np.column_stack(bins), axis=0, return_inverse=True)[1].reshape(-1)
    together, *alone = (_indicators(numbers, present) for numbers in (both, *bins))
    return together, np.column_stack(alone)


def _indicators(numbers: Array, present: Array) -> Array:
    """Return an indicator for each number, centred among the trials that are present and zero in the others."""
    weights = numbers[:, None] == np.unique(numbers)
    result = np.zeros((len(present), weights.shape[1]))
    if len(numbers):
        result[present] = weights - weights.mean(axis=0)
    return result


def orthonormal(columns: Array, beside: Array) -> Array:
    """Return an orthonormal basis (n, d) of what columns span beyond an orthonormal basis `beside`."""
    if not columns.shape[1]:
        return columns
    rest = columns - beside @ (beside.T @ columns)
    rest -= beside @ (beside.T @ rest)  # once more, because the first time leaves rounding errors
    basis, sizes, _ = np.linalg.svd(rest, full_matrices=False)
    smallest = 1e-8 * float(np.linalg.norm(columns))
    return np.asarray(basis[:, sizes > smallest])


def _bins(column: Column, rows: Array, size: int) -> Array:
    """Return the number of the bin of each value: the values themselves if they are few or have no order."""
    values = column.values[rows]
    distinct = np.unique(values)
    if len(distinct) <= size or not column.numeric:
        return np.searchsorted(distinct, values)
    return np.searchsorted(np.quantile(values, np.linspace(0, 1, size + 1)[1:-1]), values, side="right")
