"""Steps that are too large."""

from __future__ import annotations

import math

from nncli.diagnosis import changes
from nncli.diagnosis.case import Case
from nncli.diagnosis.rule import Evidence, Rule, ramp, register
from nncli.diagnosis.step_size import relative_rate


@register
class LrTooHigh(Rule):
    """Fires if the loss rose far above its start, or units died or saturated in training, or it diverged."""

    name = "lr_too_high"
    explanation = "Steps overshoot: the loss jumps up, and weights end where nothing changes any more."
    reference = "the book, chapter 10; Smith 2017"
    fires = ("spiral", "optimizer.learning_rate=5.0", "train.epochs=300")
    silent = ("spiral", "train.epochs=300")
    worst, surely_worst = 1.8, 15.0  # highest loss over the first; healthy networks reach 2.6
    high, surely_high = 4.0, 30.0  # rate relative to the usual one of the optimizer
    diverged = 0.72  # confidence of a run that diverged, if nothing else explains it
    alive, gone = 0.9, 0.95  # fraction of a layer that is dead or saturated before and after training

    def find(self, case: Case) -> Evidence | None:
        rate, relative = case.setup.experiment.optimizer.learning_rate, relative_rate(case.setup)
        by_loss = ramp(math.log(max(case.worst, 1)), math.log(self.worst), math.log(self.surely_worst))
        by_rate = ramp(math.log(relative), math.log(self.high), math.log(self.surely_high))
        lost = self._lost(case)
        confidence = max(0.85 * by_loss, self.diverged if case.diverged else 0.0, 0.7 if lost > self.gone else 0.0)
        if confidence < 0.3 and by_rate < 0.3:
            return None
        confidence = max(confidence, 0.6 * by_rate) + 0.12 * by_rate
        seen = f"the learning rate is {rate:g}"
        if case.diverged:
            seen += ", and the loss became infinite or NaN"
        elif case.worst > self.worst:
            seen += f", and the loss rose to {changes.number(case.worst)} times its start"
        elif lost > self.gone:
            seen += f", and {lost:.0%} of a layer died or saturated in training"
        numbers = {"learning_rate": rate, "worst_loss": case.worst, "lost": lost, "relative_rate": relative}
        factor = 0.1 if relative < self.surely_high else 1 / relative
        return Evidence(confidence, seen, numbers, [changes.learning_rate(case.setup, factor)])

    def _lost(self, case: Case) -> float:
        """Return the fraction of a layer that is dead or saturated at the end, of layers that were alive at first."""
        lost = [0.0]
        for before, after in zip(case.hidden(case.first), case.hidden(case.last), strict=True):
            for at_first, at_end in ((before.dead, after.dead), (before.saturated, after.saturated)):
                if (at_end or 0.0) > self.gone and (at_first or 0.0) < self.alive:
                    lost.append(at_end or 0.0)
        return max(lost)
