"""Initial weights so large that the signal explodes or saturates."""

from __future__ import annotations

import math

from nncli.diagnosis import changes
from nncli.diagnosis.case import Case
from nncli.diagnosis.rule import Evidence, Rule, ramp, register


@register
class InitTooLarge(Rule):
    """Fires if a layer amplifies its signal by a large factor, σ √inputs for weights of deviation σ."""

    name = "init_too_large"
    explanation = "The signal grows from layer to layer: outputs far from the targets, gradients that are huge or zero."
    reference = "Glorot and Bengio 2010; He et al. 2015"
    fires = ("sine", "init.scale=3", "train.epochs=1000")
    silent = ("sine", "train.epochs=1000")
    large, surely_large = 2.2, 6.0  # factor of a layer; usual initializers have at most 1.5
    deep = 5  # from this many layers the product counts: see exploding_gradients

    def find(self, case: Case) -> Evidence | None:
        gain = max(case.setup.gains.values(), default=0.0)
        if gain < self.large:
            return None
        spread = case.first.output_spread or 0.0
        seen = f"a layer amplifies its signal {changes.number(gain)} times; the first outputs spread over "
        seen += f"{changes.number(spread)} times the targets' range"
        certain = ramp(math.log(gain), math.log(self.large), math.log(self.surely_large))
        return Evidence(0.6 + 0.33 * certain, seen, {"gain": gain, "output_spread": spread}, changes.init(case.setup))
