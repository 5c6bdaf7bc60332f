"""Training that ended too early."""

from __future__ import annotations

import math

from nncli.diagnosis import changes
from nncli.diagnosis.case import Case
from nncli.diagnosis.rule import Evidence, Rule, ramp, register
from nncli.diagnosis.step_size import relative_rate, travel
from nncli.number_format import format_percent
from nncli.text import count_of


@register
class TooFewEpochs(Rule):
    """Fires if few steps were taken, or the loss still falls fast at the end, at a usual learning rate."""

    name = "too_few_epochs"
    explanation = "Training ended while the network was still learning."
    reference = "the book, chapter 10"
    fires = ("spiral", "train.epochs=5")
    silent = ("spiral", "train.epochs=3000")
    few, enough, proposed = 60, 1000, 3000  # steps
    slow, fast = 0.01, 0.05  # fall of the loss in the last tenth
    short, long = 0.1, 2.0  # how far a weight could move
    low = 0.1  # rate relative to the usual one, below which the rate is at fault

    def find(self, case: Case) -> Evidence | None:
        setup = case.setup
        if case.diverged:
            return None
        way, steps = travel(setup, case.steps), case.steps
        by_steps = ramp(-math.log(steps), -math.log(self.enough), -math.log(self.few))
        by_way = 0.0 if way is None else ramp(-math.log(way), -math.log(self.long), -math.log(self.short))
        by_fall = ramp(case.still_falling, self.slow, self.fast)
        confidence = max(0.9 * by_steps, 0.55 * by_fall + 0.35 * by_way * by_fall)
        if relative_rate(setup) < self.low:
            confidence *= 0.8
        if confidence < 0.2:
            return None
        seen = f"{count_of(steps, 'step')} in {count_of(case.epochs, 'epoch')}; in the last tenth the loss fell by "
        seen += format_percent(max(case.still_falling, 0), 1)
        numbers = {"steps": steps, "epochs": case.epochs, "still_falling": case.still_falling}
        factor = max(5.0, self.proposed / steps)
        return Evidence(confidence, seen, numbers, [changes.epochs(setup, factor)])
