"""Penalties or dropout that leave no room to learn."""

from __future__ import annotations

import math

import numpy as np

from nncli.diagnosis import changes
from nncli.diagnosis.case import Case
from nncli.diagnosis.rule import Evidence, Rule, ramp, register
from nncli.nn.layers.dropout import Dropout
from nncli.number_format import format_percent


@register
class OverRegularized(Rule):
    """Fires if the penalty makes up much of the loss at the start or at the end, or the rate of dropout is high."""

    name = "over_regularized"
    explanation = "The penalty pulls the weights to zero, or dropout hides so much that little can be learned."
    reference = "the book, chapters 14 and 15"
    fires = ("spiral", "layers.0.weight_l2=0.5", "train.epochs=1000")
    silent = ("spiral", "train.epochs=1000")
    share, surely_share = 0.15, 0.5  # penalty over loss at the end, or over data loss at the start
    dropout, surely_dropout = changes.HIGH_DROPOUT, 0.8  # rate
    decay, surely_decay = 0.5, 10.0  # weight decay of the optimizer; usual is 0.01

    def find(self, case: Case) -> Evidence | None:
        experiment = case.setup.experiment
        rate = max((layer.rate for layer in experiment.layers if isinstance(layer, Dropout)), default=0.0)
        penalty = self._penalty(case)
        by_penalty = ramp(penalty, self.share, self.surely_share)
        by_dropout = ramp(rate, self.dropout, self.surely_dropout)
        decay = float(getattr(experiment.optimizer, "weight_decay", 0.0) or 0.0)
        by_decay = ramp(math.log(max(decay, 1e-9)), math.log(self.decay), math.log(self.surely_decay))
        certain = max(by_penalty, by_dropout, by_decay)
        if case.diverged or certain == 0:
            return None
        if by_decay == certain:
            seen = f"the weight decay is {decay:g}, which keeps weights below about {changes.number(1 / decay)}"
        elif by_penalty == certain:
            seen = f"the penalty is up to {format_percent(penalty)} of the loss"
        else:
            seen = f"dropout hides {format_percent(rate)} of a layer's inputs"
        numbers = {"penalty": penalty, "dropout": rate, "weight_decay": decay}
        return Evidence(0.45 + 0.48 * certain, seen, numbers, changes.less_regularized(case.setup))

    def _penalty(self, case: Case) -> float:
        """Return the largest fraction of the loss that the penalty makes up in an epoch."""
        metrics = case.model.run.metrics()
        with np.errstate(all="ignore"):
            parts = metrics["regularization_loss"] / metrics["loss"]
        finite = parts[np.isfinite(parts)]
        return float(max(finite[0], finite[-1])) if len(finite) else 0.0
