"""A hidden layer that is too narrow."""

from __future__ import annotations

from typing import ClassVar

from nncli.diagnosis import changes
from nncli.diagnosis.case import Case
from nncli.diagnosis.rule import Evidence, Rule, register
from nncli.text import count_of


@register
class TooFewUnits(Rule):
    """Fires if a hidden layer has at most four units, or a single relu is the whole network."""

    name = "too_few_units"
    explanation = "All information passes through the narrowest layer; a few units cannot bend enough."
    reference = "the book, chapters 3 and 17"
    fires = ("spiral", "layers.0.units=2", "train.epochs=1500")
    silent = ("spiral", "train.epochs=1500")
    confidences: ClassVar[dict[int, float]] = {1: 0.86, 2: 0.8, 3: 0.62, 4: 0.4}  # by the units of the narrowest layer
    wide = 32  # units to try

    def find(self, case: Case) -> Evidence | None:
        hidden = [layer.units for _, layer, _ in case.setup.dense[:-1]]
        if not hidden or case.diverged or min(hidden) not in self.confidences:
            return None
        units = min(hidden)
        seen = f"the narrowest hidden layer has {count_of(units, 'unit')}"
        return Evidence(self.confidences[units], seen, {"units": units}, changes.wider(case.setup, self.wide))
