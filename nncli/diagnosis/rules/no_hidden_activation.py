"""Hidden layers without an activation."""

from __future__ import annotations

from nncli.diagnosis import changes
from nncli.diagnosis.case import Case
from nncli.diagnosis.rule import Evidence, Rule, ramp, register
from nncli.diagnosis.setup import Setup
from nncli.number_format import format_percent


@register
class NoHiddenActivation(Rule):
    """Fires if no hidden layer has an activation and the data are not linear."""

    name = "no_hidden_activation"
    explanation = "Layers without activation make one linear function together, and that does not fit these data."
    reference = "the book, chapter 4"
    fires = ("sine", "layers.0.activation=linear", "layers.1.activation=linear", "train.epochs=500")
    silent = ("sine", "train.epochs=500")
    min_curved, surely_curved = 0.05, 0.15  # of the variance, which other methods explain and a plane does not

    def find(self, case: Case) -> Evidence | None:
        return self.warn(case.setup)

    def warn(self, setup: Setup) -> Evidence | None:
        if len(setup.dense) < 2 or setup.hidden_activations:
            return None
        curved = setup.attainable.linear - setup.attainable.best
        if curved < self.min_curved:
            return None
        seen = f"no hidden layer has an activation; a linear function leaves {format_percent(setup.attainable.linear)} "
        seen += f"of the variance unexplained, other methods {format_percent(setup.attainable.best)}"
        change = [changes.activation(setup, index, "relu") for index in range(len(setup.dense) - 1)]
        numbers = {"linear": setup.attainable.linear, "best": setup.attainable.best}
        return Evidence(0.6 + 0.35 * ramp(curved, self.min_curved, self.surely_curved), seen, numbers, change)
