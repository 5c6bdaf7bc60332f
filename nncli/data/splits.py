"""Cutting one set into training, validation and test samples."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.data.data import Split


class SplitRows(NamedTuple):
    """The rows (n,) of each part, in order."""

    training: Array
    validation: Array
    test: Array


def cut(t: Array, split: Split, random: np.random.Generator) -> SplitRows:
    """Draws the rows of each part; where the targets t (n,) are class numbers, from each class its share.

    A part has its fraction of all rows, rounded; of classes, what rounding leaves over goes to those that are owed
    most, as scikit-learn's stratified splits do.
    """
    n = len(t)
    order = random.permutation(n)
    test, rest = _taken(t, order, round(split.test * n))
    validation, training = _taken(t, rest, round(split.validation * n))
    return SplitRows(np.sort(training), np.sort(validation), np.sort(test))


def _taken(t: Array, rows: Array, count: int) -> tuple[Array, Array]:
    """The first `count` of the rows, of classes as many of each as its share; and the others."""
    if t.ndim > 1 or not count:
        return rows[:count], rows[count:]
    classes, labels = np.unique(t[rows], return_inverse=True)
    share = np.bincount(labels) * (count / len(rows))
    each = np.floor(share).astype(int)
    owed = np.argsort(each - share, kind="stable")[: count - each.sum()]
    each[owed] += 1
    seen = np.zeros(len(rows), int)
    for label in range(len(classes)):
        mine = labels == label
        seen[mine] = np.arange(np.count_nonzero(mine))
    taken = seen < each[labels]
    return rows[taken], rows[~taken]
