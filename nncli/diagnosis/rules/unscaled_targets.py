"""Targets far from the scale of 1."""

from __future__ import annotations

import math

from nncli.diagnosis import changes
from nncli.diagnosis.case import Case
from nncli.diagnosis.rule import Evidence, Rule, ramp, register
from nncli.diagnosis.setup import Setup


@register
class UnscaledTargets(Rule):
    """Fires for values far larger than 1."""

    name = "unscaled_targets"
    explanation = "The outputs start near 0 and the weights would have to grow a long way; the gradients are huge."
    reference = "the book, chapter 18: preprocessing; LeCun et al. 1998"
    fires = ("houses", "data.scale_target=none", "train.epochs=30")
    silent = ("houses", "train.epochs=30")
    large, surely_large = 20.0, 1500.0  # root mean square; 19 trains well
    warned = 1000.0  # of the warning before training

    def find(self, case: Case) -> Evidence | None:
        setup = case.setup
        if setup.has_classes or setup.target_scale < self.large:
            return None
        certain = ramp(math.log(setup.target_scale), math.log(self.large), math.log(self.surely_large))
        return self._evidence(setup, 0.25 + 0.67 * certain)

    def warn(self, setup: Setup) -> Evidence | None:
        if setup.has_classes or setup.target_scale < self.warned:
            return None
        return self._evidence(setup, 0.8)

    def _evidence(self, setup: Setup, confidence: float) -> Evidence:
        seen = f"the root mean square of the targets is {changes.number(setup.target_scale)}"
        return Evidence(confidence, seen, {"target_scale": setup.target_scale}, changes.scale(setup, "scale_target"))
