"""A learning rate that vanishes before the network has learned."""

from __future__ import annotations

import math

import numpy as np

from nncli.diagnosis import changes
from nncli.diagnosis.case import Case
from nncli.diagnosis.rule import Evidence, Rule, ramp, register


@register
class DecayTooStrong(Rule):
    """Fires if the rate ends at a tiny fraction of its peak and all steps together are worth few full ones."""

    name = "decay_too_strong"
    explanation = "The learning rate is gone before the network has learned; the later epochs change nothing."
    reference = "the book, chapter 10: learning rate decay"
    fires = ("spiral", "optimizer.decay=10.0", "train.epochs=2000")
    silent = ("spiral", "train.epochs=2000")
    small_end = 0.02  # last rate over the largest; 0.03 is healthy
    share, surely = 0.15, 0.03  # mean rate over the largest

    def find(self, case: Case) -> Evidence | None:
        optimizer, rates = case.setup.experiment.optimizer, case.setup.rates
        peak = float(rates.max())
        end, mean = float(rates[-1]) / peak, float(np.mean(rates)) / peak
        if case.diverged or end > self.small_end or mean > self.share:
            return None
        full = mean * case.setup.steps
        seen = (
            f"the learning rate ends at {changes.number(end)} of its start; all {case.setup.steps:,} steps are worth "
        )
        seen += f"{changes.number(full)} at the full rate"
        certain = ramp(-math.log(mean), -math.log(self.share), -math.log(self.surely))
        change = ["optimizer.schedule=null"] if optimizer.schedule is not None else ["optimizer.decay=0.0"]
        return Evidence(0.7 + 0.25 * certain, seen, {"last_rate": end, "full_steps": full}, change)
