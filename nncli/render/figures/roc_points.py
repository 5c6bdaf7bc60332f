"""The points of a receiver operating characteristic: rates of right and false alarms at every threshold."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nncli.arrays import Array

FIGURE_SIZE = (4.6, 4.8)  # inches, of the figure


class Points(NamedTuple):
    """The rates at every threshold, from above all scores down to below them."""

    false_positive: Array
    true_positive: Array

    @property
    def area(self) -> float:
        """The area under the curve: how often a sample of the second class has the higher score of two, ties half."""
        return float(np.trapezoid(self.true_positive, self.false_positive))


def points(scores: Array, positive: Array) -> Points:
    """The rates at every threshold: the part of each class whose score is at least that high.

    false positive rate = positives among the first class / its samples        true positive rate = those of the second
    """
    order = np.argsort(-scores, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)  # of samples with equal scores
    hits = np.cumsum(positive[order])[ends]
    misses = ends + 1 - hits
    return Points(np.append(0, misses) / misses[-1], np.append(0, hits) / hits[-1])
