"""Sigmoids and tanhs in their flat ends."""

from __future__ import annotations

from nncli.diagnosis import changes
from nncli.diagnosis.case import Case
from nncli.diagnosis.rule import Evidence, Rule, ramp, register
from nncli.number_format import format_percent


@register
class SaturatedUnits(Rule):
    """Fires if most outputs of a hidden layer are in the flat ends of a sigmoid or tanh from the start."""

    name = "saturated_units"
    explanation = "In its flat ends an activation passes no gradient on, so the layers before it do not learn."
    reference = "Glorot and Bengio 2010"
    fires = ("sine", "layers.0.activation=tanh", "layers.1.activation=tanh", "init.scale=30", "train.epochs=500")
    silent = ("sine", "layers.0.activation=tanh", "layers.1.activation=tanh", "train.epochs=500")
    some, most = 0.4, 0.8  # fraction of the outputs of a layer at the start
    large, of_large_init = 2.2, 0.07  # factor of a layer, beyond which its weights and not its inputs are the cause

    def find(self, case: Case) -> Evidence | None:
        saturated = [(layer.saturated or 0.0, layer.layer) for layer in case.hidden(case.first)]
        share, number = max(saturated, default=(0.0, 0))
        if share < self.some:
            return None
        seen = f"{format_percent(share)} of the outputs of layer {number} are in the flat ends of their activation "
        seen += "before the first step"
        rms = float(case.setup.input_scales.max(initial=0))
        change = changes.scale(case.setup, "scale") if rms > 10 else None
        numbers = {"saturated": share, "input_scale": rms}
        by_init = self.of_large_init if max(case.setup.gains.values(), default=0.0) > self.large else 0.0
        return Evidence(
            0.6 + 0.28 * ramp(share, self.some, self.most) + by_init, seen, numbers, change or changes.init(case.setup)
        )
