"""Initial weights so small that the signal fades."""

from __future__ import annotations

import math

from nncli.diagnosis import changes
from nncli.diagnosis.case import Case
from nncli.diagnosis.rule import Evidence, Rule, ramp, register
from nncli.diagnosis.setup import Setup
from nncli.nn.activations.relu import Relu


@register
class InitTooSmall(Rule):
    """Fires if each hidden layer shrinks its signal by a large factor.

    The factor of a layer is σ √inputs for weights of deviation σ; usual initializers have 0.5 to 1.5.
    """

    name = "init_too_small"
    explanation = "The signal shrinks from layer to layer, and the gradients with it, so training stands still."
    reference = "the book, chapter 17: scale 0.01 against 0.1; Glorot and Bengio 2010"
    fires = ("digits", "init={type: normal, scale: 0.0001}", "train.epochs=5")
    silent = ("digits", "train.epochs=5")
    small, surely_small = 0.15, 0.04  # geometric mean of the factors of the layers
    too_small_spread = 0.05  # of the first outputs, relative to that of the targets

    def find(self, case: Case) -> Evidence | None:
        gains = [gain for gain in case.setup.gains.values() if gain > 0]
        if not gains or len(case.setup.dense) < 2 or case.diverged:
            return None
        mean = math.exp(sum(math.log(gain) for gain in gains) / len(gains))
        spread = case.first.output_spread or 0.0
        if mean > self.small or spread > self.too_small_spread:
            return None
        seen = f"each layer shrinks its signal to {changes.number(mean)} of its inputs; the first outputs spread over "
        seen += f"{changes.number(spread)} of the targets' range"
        certain = ramp(-math.log(mean), -math.log(self.small), -math.log(self.surely_small))
        numbers = {"gain": mean, "output_spread": spread}
        return Evidence(0.5 + 0.38 * certain, seen, numbers, self._change(case.setup))

    def _change(self, setup: Setup) -> list[str]:
        """Return larger weights, and leaky relus for a single layer whose relus all bend at the edge of the inputs."""
        one_sided = bool((setup.samples.inputs >= 0).all())
        if len(setup.dense) == 2 and setup.activations[0] is Relu and one_sided:
            return [changes.activation(setup, 0, "leaky_relu"), *changes.init(setup)]
        return changes.init(setup)
