"""Steps that are too small."""

from __future__ import annotations

import math

from nncli.diagnosis import changes
from nncli.diagnosis.case import Case
from nncli.diagnosis.rule import Evidence, Rule, ramp, register
from nncli.diagnosis.step_size import relative_rate, travel
from nncli.number_format import format_percent


@register
class LrTooLow(Rule):
    """Fires if the rate is far below the usual one and the weights have hardly moved, or the loss still falls."""

    name = "lr_too_low"
    explanation = "The steps are so small that the weights hardly leave their initial values."
    reference = "the book, chapter 10"
    fires = ("spiral", "optimizer.learning_rate=1e-6", "train.epochs=1000")
    silent = ("spiral", "train.epochs=1000")
    low, surely_low = 0.3, 0.05  # rate relative to the usual one of the optimizer
    short, long = 0.1, 2.0  # how far a weight could move; layers have weights of about 0.1 to 1
    falling = 0.005  # fall of the loss in the last tenth

    def find(self, case: Case) -> Evidence | None:
        setup = case.setup
        relative, way = relative_rate(setup), travel(setup, case.steps)
        if case.diverged or relative > self.low:
            return None
        is_low = ramp(-math.log(relative), -math.log(self.low), -math.log(self.surely_low))
        moves_little = 0.5 if way is None else ramp(-math.log(way), -math.log(self.long), -math.log(self.short))
        falls = 1.0 if case.still_falling > self.falling else 0.0
        rate = setup.experiment.optimizer.learning_rate
        seen = f"the learning rate is {rate:g}, {changes.number(relative)} of the usual for {setup.optimizer}"
        if falls:
            seen += f"; the loss still falls by {format_percent(case.still_falling, 1)} in the last tenth of the epochs"
        numbers = {"learning_rate": rate, "relative_rate": relative, "still_falling": case.still_falling}
        confidence = 0.25 + 0.35 * is_low * moves_little + 0.2 * moves_little + 0.12 * falls
        return Evidence(confidence, seen, numbers, [changes.learning_rate(setup, 1 / relative)])
