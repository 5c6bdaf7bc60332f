"""Split one set into training, validation and test samples."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.data.data import Split


class SplitRows(NamedTuple):
    """The row numbers (n,) of each part, in ascending order."""

    training: Array
    validation: Array
    test: Array


def cut(t: Array, split: Split, random: np.random.Generator) -> SplitRows:
    """Draw the rows of each part, stratified by class if the targets t (n,) are class numbers.

    A part has its fraction of all rows, rounded. Rows left over by rounding go to the classes with the largest
    remainders, as in scikit-learn's stratified splits.
    """
    n = len(t)
    order = random.permutation(n)
    test, rest = _take_share(t, order, round(split.test * n))
    validation, training = _take_share(t, rest, round(split.validation * n))
    return SplitRows(np.sort(training), np.sort(validation), np.sort(test))


def _take_share(t: Array, rows: Array, count: int) -> tuple[Array, Array]:
    """Return the first `count` rows, each class in proportion, and the other rows."""
    if t.ndim > 1 or not count:
        return rows[:count], rows[count:]
    classes, labels = np.unique(t[rows], return_inverse=True)
    share = np.bincount(labels) * (count / len(rows))
    each = np.floor(share).astype(int)
    owed = np.argsort(each - share, kind="stable")[: count - each.sum()]
    each[owed] += 1
    class_counts = np.zeros(len(rows), int)
    for label in range(len(classes)):
        of_label = labels == label
        class_counts[of_label] = np.arange(np.count_nonzero(of_label))
    chosen = class_counts < each[labels]
    return rows[chosen], rows[~chosen]
