"""Judge a training while it runs, so that it takes no more epochs than show whether its network learns."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from nncli.diagnosis.fit import Fit
from nncli.diagnosis.setup import Setup
from nncli.diagnosis.verdict import MAX_GAP, verdict_of
from nncli.training import Training

CHECKS = 40  # per training; one takes about as long as predicting 1,000 samples
CONFIRMATIONS = 2  # good checks in a row; a single one may be a moment of an unstable training
GOOD_GAP = {"values": 0.03, "classes": 0.1}  # of a network that leaves little to improve, so that training may end


class Goal(NamedTuple):
    """The number of epochs after which a training ends; from `earliest` on it ends once its network is good.

    A `strict` goal is reached only with half the gap that a healthy network may have: a network on the border is no
    remedy. No goal is reached while the network leaves more than `error` of the variance of the training targets
    unexplained.
    """

    epochs: int
    earliest: int = 0
    strict: bool = False
    error: float = math.inf


class GoalCheck:
    """Checks whether a training has reached its goal."""

    def __init__(self, goal: Goal, training: Training) -> None:
        self._goal = goal
        self._training = training
        self._setup = Setup.of(training.plan)
        self._kind = "classes" if self._setup.has_classes else "values"
        self._interval = max(min(goal.epochs, training.plan.experiment.train.epochs) // CHECKS, 1)
        self._good = 0  # checks in a row

    def reason_to_end(self, epochs: int) -> str:
        """Return why a training should end after a number of epochs, empty if it should continue."""
        if epochs >= self._goal.earliest and epochs % self._interval == 0:
            self._good = self._good + 1 if self._is_healthy("stopped", GOOD_GAP[self._kind]) else 0
            if self._good == CONFIRMATIONS:
                return "the network is healthy"
        return f"the limit of {self._goal.epochs} epochs" if epochs >= self._goal.epochs else ""

    def is_reached(self, status: str) -> bool:
        """Return whether the network of a training that ended with a status is as good as the goal demands."""
        return self._is_healthy(status, MAX_GAP[self._kind] / 2 if self._goal.strict else np.inf)

    @property
    @np.errstate(all="ignore")
    def unexplained(self) -> float:
        """The fraction of the targets' variance left unexplained, on validation samples if there are any."""
        return self._fit("stopped").remaining

    @np.errstate(all="ignore")
    def _is_healthy(self, status: str, gap: float) -> bool:
        fit = self._fit(status)
        return fit.gap <= gap and fit.unexplained <= self._goal.error and verdict_of(fit) == "healthy"

    def _fit(self, status: str) -> Fit:
        return Fit(self._setup, self._training.plan, self._training.checkpoint.params, status)
