"""Judge a training while it runs, so that it takes no more epochs than show whether its network learns."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nncli.diagnosis.fit import Fit
from nncli.diagnosis.setup import Setup
from nncli.diagnosis.verdict import Verdict, verdict_of
from nncli.training import Training

CHECKS = 40  # per training; one takes about as long as predicting 1,000 samples
CONFIRMATIONS = 2  # good checks in a row; a single one may be a moment of an unstable training
MAX_GAP = {
    "values": 0.03,
    "classes": 0.1,
}  # of a good network, which leaves little to improve; healthy ones may have more


class Goal(NamedTuple):
    """The number of epochs after which a training ends; from `earliest` on it ends once its network is good."""

    epochs: int
    earliest: int = 0


class GoalCheck:
    """Checks whether a training has reached its goal."""

    def __init__(self, goal: Goal, training: Training) -> None:
        self._goal = goal
        self._training = training
        self._setup = Setup.of(training.plan)
        self._interval = max(min(goal.epochs, training.plan.experiment.train.epochs) // CHECKS, 1)
        self._good = 0  # checks in a row

    def reason_to_end(self, epochs: int) -> str:
        """Return why a training should end after a number of epochs, empty if it should continue."""
        if epochs >= self._goal.earliest and epochs % self._interval == 0:
            self._good = self._good + 1 if self._is_good() else 0
            if self._good == CONFIRMATIONS:
                return "the network is healthy"
        return f"the limit of {self._goal.epochs} epochs" if epochs >= self._goal.epochs else ""

    @np.errstate(all="ignore")
    def verdict(self, status: str) -> tuple[Verdict, float]:
        """Return the verdict on the current weights, and the fraction of the targets' variance left unexplained."""
        fit = self._fit(status)
        return verdict_of(fit), fit.unexplained

    @np.errstate(all="ignore")
    def _is_good(self) -> bool:
        fit = self._fit("stopped")
        return fit.gap < MAX_GAP["classes" if self._setup.has_classes else "values"] and verdict_of(fit) == "healthy"

    def _fit(self, status: str) -> Fit:
        return Fit(self._setup, self._training.plan, self._training.checkpoint.params, status)
