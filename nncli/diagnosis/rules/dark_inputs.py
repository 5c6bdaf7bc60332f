"""Samples for which no unit of the first layer fires."""

from __future__ import annotations

from nncli.diagnosis import changes
from nncli.diagnosis.case import Case
from nncli.diagnosis.rule import Evidence, Rule, ramp, register
from nncli.number_format import format_percent


@register
class DarkInputs(Rule):
    """Fires if the error falls on samples that make all relus of the first layer zero."""

    name = "dark_inputs"
    explanation = "For these samples all units of the first layer give 0, so they all get the same output."
    reference = "the book, chapter 17: the half of the sine that stays flat"
    fires = ("book/ch17-sine-2x64", "train.epochs=3000")
    silent = ("book/ch17-sine-2x64-init0.1", "train.epochs=3000")
    min_dark = 0.02  # fraction of the samples
    min_error, surely = 0.4, 0.8  # fraction of the squared error that falls on them; by chance that of the samples

    def find(self, case: Case) -> Evidence | None:
        dark = float(case.dark.mean())
        if dark < self.min_dark or dark == 1 or case.error_in_dark < max(self.min_error, 1.5 * dark):
            return None
        seen = f"no unit of the first layer fires for {format_percent(dark)} of the samples, "
        seen += f"on which {format_percent(case.error_in_dark)} of the squared error falls"
        change = [changes.activation(case.setup, 0, "leaky_relu")]
        gains = case.setup.gains
        if len(case.setup.dense) > 2 and min(gains.values(), default=1) < 0.3:
            change = changes.init(case.setup)
        numbers = {"dark": dark, "error_in_dark": case.error_in_dark}
        return Evidence(0.7 + 0.25 * ramp(case.error_in_dark, self.min_error, self.surely), seen, numbers, change)
