"""Judge a training while it runs, so that it takes no more epochs than show whether its network learns."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nncli.diagnosis.fit import Fit
from nncli.diagnosis.setup import Setup
from nncli.diagnosis.verdict import Verdict, verdict_of
from nncli.training import Training

CHECKS = 40  # per training; one takes about as long as predicting 1,000 samples
CONFIRMATIONS = 2  # healthy verdicts in a row; a single one may be a moment of an unstable training


class Goal(NamedTuple):
    """The number of epochs after which a training ends; after `earliest` it ends once its network is healthy."""

    epochs: int
    earliest: int = 0


class GoalCheck:
    """Checks whether a training has reached its goal."""

    def __init__(self, goal: Goal, training: Training) -> None:
        self._goal = goal
        self._training = training
        self._setup = Setup.of(training.plan)
        self._interval = max(min(goal.epochs, training.plan.experiment.train.epochs) // CHECKS, 1)
        self._healthy = 0  # verdicts in a row

    def reason_to_end(self, epochs: int) -> str:
        """Return why a training should end after a number of epochs, empty if it should continue."""
        if epochs >= self._goal.earliest and epochs % self._interval == 0:
            self._healthy = self._healthy + 1 if self.verdict("stopped")[0] == "healthy" else 0
            if self._healthy == CONFIRMATIONS:
                return "the network is healthy"
        return f"the limit of {self._goal.epochs} epochs" if epochs >= self._goal.epochs else ""

    @np.errstate(all="ignore")
    def verdict(self, status: str) -> tuple[Verdict, float]:
        """Return the verdict on the current weights, and the fraction of the targets' variance left unexplained."""
        training = self._training
        fit = Fit(self._setup, training.plan, training.checkpoint.params, status)
        return verdict_of(fit), fit.unexplained
