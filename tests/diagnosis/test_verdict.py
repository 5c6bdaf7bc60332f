"""The verdict on numbers of a run, without any training."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from nncli.diagnosis.verdict import area_under_roc, neglected, overfits, uninformative, verdict_of


class Reference:
    """The fraction that simple methods leave unexplained."""

    def __init__(self, best: float) -> None:
        self.best = best

    def leaves_at_most(self, fraction: float) -> bool:
        return self.best <= fraction


@dataclass
class Facts:
    """The facts of a setup."""

    attainable: Reference
    has_classes: bool = False
    training: Any = None
    targets: Any = field(default_factory=lambda: np.full((100, 2), 0.5))


@dataclass
class Numbers:
    """The numbers of a case."""

    unexplained: float
    setup: Facts
    diverged: bool = False
    held_out: float | None = None
    error: float = 0.0
    held_out_error: float | None = None
    error_in_dark: float = 0.0
    classes: Any = None

    @property
    def gap(self) -> float:
        best = self.setup.attainable.best
        return (self.unexplained - best) / (1 - best) if best < 1 else 0.0


class Rows:
    x = np.zeros((100, 1))


def case(unexplained: float, best: float = 0.0, *, has_classes: bool = False, **numbers) -> Any:
    setup = Facts(Reference(best), has_classes, Rows)
    return Numbers(unexplained, setup, **{"error": unexplained, **numbers})


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        (case(0.01), "healthy"),
        (case(0.14), "healthy"),
        (case(0.2), "learns_badly"),
        (case(0.95), "does_not_learn"),
        (case(7.0), "does_not_learn"),
        (case(np.inf), "does_not_learn"),
        (case(0.5, best=0.45), "healthy"),  # noisy targets
        (case(0.62, best=0.5), "healthy"),  # a gap of 0.24, but a ratio that noise explains
        (case(0.25, has_classes=True), "healthy"),
        (case(0.4, has_classes=True), "learns_badly"),
        (case(0.06, error_in_dark=0.99), "learns_badly"),
        (case(0.06, error_in_dark=0.3), "healthy"),
        (case(0.01, error_in_dark=0.99), "healthy"),
        (case(0.1, best=1.0), "learns_badly"),  # learned by heart what nothing explains
        (case(0.99, best=1.0), "does_not_learn"),
        (case(0.05, held_out=0.9, held_out_error=0.9), "learns_badly"),
        (case(0.05, held_out=0.2, held_out_error=0.2), "healthy"),
        (case(0.01, diverged=True), "diverged"),
    ],
)
def test_verdict(numbers, expected):
    assert verdict_of(numbers) == expected


def test_inputs_are_informative_if_the_network_predicts_other_samples():
    assert uninformative(case(0.5, best=1.0))
    assert not uninformative(case(0.5, best=1.0, held_out=0.5))


def test_a_rare_class_leaves_open_if_the_inputs_are_informative():
    numbers = case(0.5, best=1.0, has_classes=True)
    numbers.setup.targets = np.tile([0.95, 0.05], (100, 1))
    assert not uninformative(numbers)


def test_errors_that_are_large_in_training_as_well_are_no_overfitting():
    assert overfits(case(0.1, held_out_error=0.6))
    assert not overfits(case(0.5, held_out_error=0.6))
    assert not overfits(case(0.1))


def scores(rare: float) -> tuple[np.ndarray, np.ndarray]:
    """Return 10 samples of a rare class with this score, and 90 of another class with the score 0.1."""
    t = np.array([1] * 10 + [0] * 90)
    positive = np.where(t == 1, rare, 0.1)
    return t, np.column_stack([1 - positive, positive])


@pytest.mark.parametrize(("rare", "expected"), [(0.4, [1]), (0.6, []), (0.05, [])])
def test_a_rare_class_is_neglected_if_told_apart_and_not_predicted(rare, expected):
    assert neglected(case(0.5, classes=scores(rare))) == expected


def test_area_under_roc_counts_pairs():
    values = np.array([0.1, 0.4, 0.35, 0.8])
    assert area_under_roc(values, np.array([False, False, True, True])) == 0.75
