"""How large and how many the steps of a training are, on scales that optimizers share."""

from __future__ import annotations

import numpy as np

from nncli.diagnosis.setup import Setup

# Usual learning rates: the defaults of papers and libraries, and the middle of what healthy networks use.
USUAL = {"adam": 0.005, "adamw": 0.005, "nadam": 0.005, "rmsprop": 0.005, "adagrad": 0.1, "sgd": 0.1}
ADAPTIVE = ("adam", "adamw", "nadam", "rmsprop")


def relative_rate(setup: Setup) -> float:
    """Return the learning rate, divided by the usual one of the optimizer; momentum counts as 1 / (1 - momentum)."""
    optimizer = setup.experiment.optimizer
    momentum = getattr(optimizer, "momentum", 0.0) or 0.0
    return optimizer.learning_rate / (1 - momentum) / USUAL.get(setup.optimizer, 0.01)


def travel(setup: Setup, steps: int) -> float | None:
    """Return how far a weight can move in all steps: the sum of the learning rates; None if gradients decide that.

    Adam and its relatives move each weight by about the learning rate in a step, whatever the gradient.
    """
    if setup.optimizer not in ADAPTIVE:
        return None
    return float(np.mean(setup.rates)) * steps
