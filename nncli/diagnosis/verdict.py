"""The verdict on a network: its errors beside those of simple methods on the same samples."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from nncli.arrays import Array
from nncli.diagnosis.fit import Fit

Verdict: TypeAlias = Literal["healthy", "learns_badly", "does_not_learn", "diverged"]

# Fractions of the attainable that a network may miss. Measured on ours and on published cases, healthy networks miss at
# most 0.25 (classes) and 0.11 (values), most failing ones over 0.4.
MAX_GAP = {"values": 0.15, "classes": 0.3}
MIN_RATIO = 1.25  # of the unexplained fractions, so that noise alone is no gap
NOTHING = 0.9  # a network that misses this fraction has learned nothing
UNINFORMATIVE = 0.975  # inputs that leave this fraction unexplained say nothing about the targets
MIN_SAMPLES, MIN_SHARE = 40, 0.15  # to find that: samples in all, and fraction of the rarest class
DARK_GAP, DARK_ERROR = 0.03, 0.8  # a smaller gap counts if this fraction of the error falls on dark inputs
HELD_OUT = 0.35  # fraction of what the network explains in training that it may lose on validation samples
MIN_RARE, RARE = 0.02, 0.5  # fraction of a rare class: at least, and below this part of that of equal classes
RECALLED, RANKED = 0.5, 0.85  # recall below which, and area under the ROC curve from which a class is neglected


def verdict_of(fit: Fit) -> Verdict:
    """Return how training went."""
    if fit.diverged:
        return "diverged"
    if uninformative(fit):
        return "does_not_learn" if fit.unexplained > NOTHING else "learns_badly"
    if fit.unexplained >= NOTHING and fit.gap >= NOTHING:  # a gap is at most the unexplained fraction
        return "does_not_learn"
    bad = (misses_much, is_stuck_in_the_dark, overfits, neglected)
    return "learns_badly" if any(check(fit) for check in bad) else "healthy"


def misses_much(fit: Fit) -> bool:
    """Return whether the network explains far less than simple methods."""
    kind = "classes" if fit.setup.has_classes else "values"
    if fit.unexplained <= MAX_GAP[kind]:
        return False
    return fit.gap > MAX_GAP[kind] and fit.unexplained > MIN_RATIO * fit.setup.attainable.best


def uninformative(fit: Fit) -> bool:
    """Return whether no method finds a relation between inputs and targets, not even the network on other samples."""
    setup = fit.setup
    if len(setup.training.x) < MIN_SAMPLES or (fit.held_out or 1.0) <= UNINFORMATIVE:
        return False
    if setup.has_classes and setup.targets.mean(axis=0).min() < MIN_SHARE:
        return False
    return not setup.attainable.leaves_at_most(UNINFORMATIVE)


def is_stuck_in_the_dark(fit: Fit) -> bool:
    """Return whether the error comes from samples for which no unit of the first layer fires."""
    return fit.unexplained > DARK_GAP and fit.error_in_dark > DARK_ERROR and fit.gap > DARK_GAP


def overfits(fit: Fit) -> bool:
    """Return whether the network loses on validation samples a large part of what it has learned in training."""
    if fit.held_out_error is None or fit.error >= 1:
        return False
    lost = (fit.held_out_error - fit.error) / (1 - fit.error)
    return lost > HELD_OUT and fit.held_out_error > 2 * fit.error


def neglected(fit: Fit) -> list[int]:
    """Return the rare classes that the network tells apart and yet seldom predicts."""
    classes = fit.classes
    if classes is None:
        return []
    t, scores = classes
    predicted, shares = scores.argmax(axis=1), np.bincount(t, minlength=scores.shape[1]) / len(t)
    rare = [c for c, share in enumerate(shares) if MIN_RARE <= share < RARE / len(shares)]
    found = [c for c in rare if np.mean(predicted[t == c] == c) < RECALLED]
    return [c for c in found if area_under_roc(scores[:, c], t == c) > RANKED]


def area_under_roc(scores: Array, positive: Array) -> float:
    """Return how often a positive sample has a higher score than a negative one."""
    ranks = np.empty(len(scores))
    ranks[np.argsort(scores, kind="stable")] = np.arange(1, len(scores) + 1)
    n = int(positive.sum())
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * (len(scores) - n)))
