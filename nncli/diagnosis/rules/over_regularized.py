"""Penalties or dropout that leave no room to learn."""

from __future__ import annotations

import numpy as np

from nncli.diagnosis.case import Case
from nncli.diagnosis.rule import Evidence, Rule, ramp, register
from nncli.nn.layers.dense import Dense
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
    dropout, surely_dropout = 0.4, 0.8  # rate

    def find(self, case: Case) -> Evidence | None:
        experiment = case.setup.experiment
        rate = max((layer.rate for layer in experiment.layers if isinstance(layer, Dropout)), default=0.0)
        penalty = self._penalty(case)
        by_penalty = ramp(penalty, self.share, self.surely_share)
        by_dropout = ramp(rate, self.dropout, self.surely_dropout)
        if case.diverged or max(by_penalty, by_dropout) == 0:
            return None
        if by_penalty >= by_dropout:
            seen = f"the penalty is up to {format_percent(penalty)} of the loss"
        else:
            seen = f"dropout hides {format_percent(rate)} of a layer's inputs"
        numbers = {"penalty": penalty, "dropout": rate}
        return Evidence(0.45 + 0.48 * max(by_penalty, by_dropout), seen, numbers, self._change(case))

    def _penalty(self, case: Case) -> float:
        """Return the largest fraction of the loss that the penalty makes up in an epoch."""
        metrics = case.model.run.metrics()
        with np.errstate(all="ignore"):
            parts = metrics["regularization_loss"] / metrics["loss"]
        finite = parts[np.isfinite(parts)]
        return float(max(finite[0], finite[-1])) if len(finite) else 0.0

    def _change(self, case: Case) -> list[str]:
        change = []
        for number, layer in enumerate(case.setup.experiment.layers):
            if isinstance(layer, Dropout) and layer.rate >= self.dropout:
                change.append(f"layers.{number}.rate=0.1")
            if isinstance(layer, Dense):
                names = ("weight_l1", "weight_l2", "bias_l1", "bias_l2")
                change += [f"layers.{number}.{name}=0.0" for name in names if getattr(layer, name)]
        return change
