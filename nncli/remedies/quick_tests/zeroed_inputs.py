"""Train with all inputs zero."""

from __future__ import annotations

from typing import final

import numpy as np

from nncli.data.data import Samples
from nncli.data.lazy_rows import LazyRows
from nncli.diagnosis.verdict import UNINFORMATIVE
from nncli.remedies.quick_tests.quick_test import QuickResult, QuickTest, clearly_less, percent, so_far
from nncli.remedies.quick_tests.short_training import Outcome, ShortTrainings


@final
class ZeroedInputs(QuickTest):
    """Passes if the network learns more from the inputs than from zeros.

    From zeros it can only learn the mean of the targets. If the inputs help no more, either they say nothing about the
    targets, which simple methods then find as well, or no signal reaches the outputs: units are dead or saturated, or
    signals vanish.

    Source: Karpathy 2019, "A Recipe for Training Neural Networks", section 2: input-independent baseline.
    """

    name = "zeroed_inputs"
    decides = (
        "dead_relus",
        "init_too_small",
        "labels_shuffled",
        "lr_too_high",
        "lr_too_low",
        "saturated_units",
        "unscaled_inputs",
    )

    def run(self, trainings: ShortTrainings) -> QuickResult:
        x, t = trainings.samples
        reference = trainings.reference
        zeroed = trainings.repeat(Samples(x.map(np.zeros_like) if isinstance(x, LazyRows) else np.zeros_like(x), t))
        numbers = {"unexplained": reference.unexplained, "zeroed": zeroed.unexplained, "steps": reference.steps}
        if reference.diverged or zeroed.diverged:
            passed, line = self._diverged(reference, zeroed)
            return self.result(passed, line, **numbers)
        if zeroed.steps < reference.steps:
            return self.result(None, "took too long to train with zeroed inputs", **numbers)
        line = f"trained on its inputs, the network leaves {percent(reference.unexplained)} of the variance "
        line += f"unexplained, on zeros {percent(zeroed.unexplained)}{so_far(reference)}"
        if clearly_less(reference.unexplained, min(zeroed.unexplained, 1.0)):
            return self.result(True, f"{line}: it uses its inputs", **numbers)
        if reference.steps < reference.planned:
            return self.result(None, f"{line}: too early to tell", **numbers)
        numbers["attainable"] = best = trainings.setup.attainable.best
        if best > UNINFORMATIVE:
            return self.result(False, f"{line}; simple methods find nothing in the inputs either", **numbers)
        if not clearly_less(best, reference.unexplained):
            return self.result(None, f"{line}, simple methods {percent(best)}: the relation is weak", **numbers)
        line += f", while simple methods leave {percent(best)}: it makes little use of its inputs"
        return self.result(False, line, **numbers)

    def _diverged(self, reference: Outcome, zeroed: Outcome) -> tuple[bool | None, str]:
        if not reference.diverged:
            return None, f"diverges with zeroed inputs at step {zeroed.steps:,}, so nothing can be compared"
        causes = "the initial weights or the learning rate are too large"
        if zeroed.diverged:
            line = f"diverges even with zeroed inputs, at step {zeroed.steps:,}: the targets"
            return False, f"{line}, {causes}"
        return False, f"diverges with its inputs at step {reference.steps:,}, not with zeros: the inputs, {causes}"
