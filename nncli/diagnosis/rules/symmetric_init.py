"""Units that start equal and stay equal."""

from __future__ import annotations

from nncli.diagnosis.case import Case
from nncli.diagnosis.rule import Evidence, Rule, register
from nncli.text import count_of


@register
class SymmetricInit(Rule):
    """Fires if all weights of a hidden layer start equal."""

    name = "symmetric_init"
    explanation = "Units with equal weights get equal gradients: the layer stays a single unit."
    reference = "Goodfellow et al. 2016, section 8.4"
    fires = ("spiral", "init=zeros", "train.epochs=300")
    silent = ("spiral", "train.epochs=300")

    def find(self, case: Case) -> Evidence | None:
        setup = case.setup
        equal = [number for number, _, _ in setup.dense[:-1] if setup.gains.get(number) == 0]
        if not equal:
            return None
        units = next(layer.units for number, layer, _ in setup.dense if number == equal[0])
        seen = f"all weights of layer {equal[0]} start equal, so its {count_of(units, 'unit')} act as one"
        own = [f"layers.{number}.init=null" for number, layer, _ in setup.dense if layer.init is not None]
        return Evidence(0.98, seen, {"layers": len(equal), "units": units}, ["init=glorot_uniform", *own])
