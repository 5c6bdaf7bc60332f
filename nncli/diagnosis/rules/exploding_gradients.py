"""Gradients that grow from layer to layer of a deep network."""

from __future__ import annotations

import math

from nncli.diagnosis import changes
from nncli.diagnosis.case import Case
from nncli.diagnosis.rule import Evidence, Rule, ramp, register


@register
class ExplodingGradients(Rule):
    """Fires if many layers together amplify the signal, and the gradient with it."""

    name = "exploding_gradients"
    explanation = "Each layer multiplies the gradient, so the first steps throw the weights far away."
    reference = "Bengio et al. 1994; Pascanu et al. 2013"
    fires = (
        "sine",
        "layers=[{type: dense, units: 64, activation: relu}, {type: dense, units: 64, activation: relu}, "
        "{type: dense, units: 64, activation: relu}, {type: dense, units: 64, activation: relu}, "
        "{type: dense, units: 64, activation: relu}, {type: dense, units: 1}]",
        "init.scale=0.5",
        "optimizer={type: sgd, learning_rate: 0.1}",
        "train.epochs=50",
    )
    silent = ("sine", "train.epochs=500")
    usual = 1.45  # factor of a layer with he_normal
    deep, large = 5, 1.6  # layers, and mean factor of each
    surely = 30.0  # product of the factors beyond the usual ones

    def find(self, case: Case) -> Evidence | None:
        gains = [gain for gain in case.setup.gains.values() if gain > 0]
        if len(gains) < self.deep:
            return None
        excess = sum(math.log(gain / self.usual) for gain in gains)
        mean = math.exp(sum(math.log(gain) for gain in gains) / len(gains))
        if mean < self.large or excess <= 0:
            return None
        seen = f"{len(gains)} layers amplify the signal {changes.number(mean)} times each"
        gradient = case.first.layers[0].gradient_scale
        numbers = {"layers": len(gains), "gain": mean, **({} if gradient is None else {"gradient_scale": gradient})}
        certain = ramp(excess, 0, math.log(self.surely))
        return Evidence(0.7 + 0.25 * certain, seen, numbers, [*changes.init(case.setup), "optimizer.clip_norm=1.0"])
