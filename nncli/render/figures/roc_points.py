"""The points of a receiver operating characteristic: true and false positive rates at every threshold."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nncli.arrays import Array

FIGURE_SIZE = (4.6, 4.8)  # inches


class Points(NamedTuple):
    """The rates at every threshold, from above all scores to below them."""

    false_positive: Array
    true_positive: Array

    @property
    def area(self) -> float:
        """The area under the curve.

        This is the probability that a positive sample scores higher than a negative one; ties count half.
        """
        return float(np.trapezoid(self.true_positive, self.false_positive))


def points(scores: Array, positive: Array) -> Points:
    """Return the rates at every threshold: the share of each class whose score is at least as high.

    false positive rate = false positives / samples of the first class
    true positive rate = true positives / samples of the second class
    """
    order = np.argsort(-scores, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)  # the last of each group of equal scores
    hits = np.cumsum(positive[order])[ends]
    misses = ends + 1 - hits
    return Points(np.append(0, misses) / misses[-1], np.append(0, hits) / hits[-1])
