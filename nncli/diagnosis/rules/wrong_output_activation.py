"""Targets that the output activation cannot reach."""

from __future__ import annotations

from nncli.diagnosis import changes
from nncli.diagnosis.case import Case
from nncli.diagnosis.rule import Evidence, Rule, ramp, register
from nncli.diagnosis.setup import RANGES, Setup
from nncli.nn.activations.softmax import Softmax
from nncli.number_format import format_percent
from nncli.registry import type_name


@register
class WrongOutputActivation(Rule):
    """Fires if targets lie beyond the range of the output activation, or softmax has a single unit."""

    name = "wrong_output_activation"
    explanation = "The network cannot output these targets, whatever its weights."
    reference = "the book, chapter 17: regression takes a linear output"
    fires = ("sine", "layers.2.activation=sigmoid", "train.epochs=500")
    silent = ("sine", "train.epochs=500")
    min_outside, surely_outside = 0.01, 0.05  # fraction of targets; healthy networks have none

    def find(self, case: Case) -> Evidence | None:
        return self.warn(case.setup)

    def warn(self, setup: Setup) -> Evidence | None:
        activation = setup.output_activation
        if activation is None:
            return None
        name, last = type_name(activation), setup.dense[-1][1]
        change = [changes.activation(setup, len(setup.dense) - 1, "linear")]
        if activation is Softmax and last.units == 1:
            return Evidence(0.97, "softmax over a single unit always gives 1", {"units": 1}, change)
        if setup.outside <= self.min_outside:
            return None
        low, high = RANGES[activation]
        t = setup.targets
        numbers = {"outside": setup.outside, "lowest": float(t.min()), "highest": float(t.max())}
        span = f"{changes.number(numbers['lowest'])} to {changes.number(numbers['highest'])}"
        seen = f"{format_percent(setup.outside)} of the targets, which are {span}, lie outside the range of {name}"
        limits = f"{low:g} to {high:g}" if high < 1e9 else f"{low:g} and above"
        return Evidence(
            0.8 + 0.17 * ramp(setup.outside, self.min_outside, self.surely_outside),
            f"{seen} ({limits})",
            numbers,
            change,
        )
