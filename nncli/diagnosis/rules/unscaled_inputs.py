"""Inputs far from the scale of 1."""

from __future__ import annotations

import math

import numpy as np

from nncli.diagnosis import changes
from nncli.diagnosis.case import Case
from nncli.diagnosis.rule import Evidence, Rule, ramp, register
from nncli.diagnosis.setup import Setup


@register
class UnscaledInputs(Rule):
    """Fires if a column is far larger than 1, or columns differ by orders of magnitude."""

    name = "unscaled_inputs"
    explanation = "Large inputs saturate units and dominate the gradients; small ones are ignored."
    reference = "the book, chapter 18: preprocessing; LeCun et al. 1998"
    fires = ("sine", "data={type: npz, path: unscaled.npz, task: regression, scale: none}", "train.epochs=1000")
    silent = ("sine", "data={type: npz, path: unscaled.npz, task: regression, scale: standard}", "train.epochs=1000")
    large, surely_large = 10.0, 300.0  # root mean square of a column; 13 trains well
    warned, differing = 1000.0, 1000.0  # of the warning before training: largest column, and largest over smallest

    def find(self, case: Case) -> Evidence | None:
        numbers = self._numbers(case.setup)
        if numbers is None or numbers["largest"] < self.large:
            return None
        certain = ramp(math.log(numbers["largest"]), math.log(self.large), math.log(self.surely_large))
        return self._evidence(case.setup, 0.3 + 0.64 * certain, numbers)

    def warn(self, setup: Setup) -> Evidence | None:
        numbers = self._numbers(setup)
        if numbers is None or numbers["largest"] < self.warned:
            return None
        return self._evidence(setup, 0.8, numbers)

    def _numbers(self, setup: Setup) -> dict[str, float] | None:
        scales = setup.input_scales
        return {"smallest": float(np.min(scales)), "largest": float(np.max(scales))} if len(scales) else None

    def _evidence(self, setup: Setup, confidence: float, numbers: dict[str, float]) -> Evidence:
        seen = f"the root mean square of the inputs is {changes.number(numbers['largest'])}"
        if numbers["largest"] > 10 * numbers["smallest"]:
            seen = f"the columns of the inputs range from {changes.number(numbers['smallest'])} to "
            seen += f"{changes.number(numbers['largest'])} (root mean squares)"
        return Evidence(confidence, seen, numbers, changes.scale(setup, "scale"))
