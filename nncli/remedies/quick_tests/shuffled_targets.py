"""Train on shuffled targets."""

from __future__ import annotations

from typing import final

import numpy as np

from nncli.data.data import Samples
from nncli.diagnosis.verdict import MIN_SAMPLES, UNINFORMATIVE
from nncli.remedies.quick_tests.quick_test import QuickResult, QuickTest, clearly_less, percent, so_far
from nncli.remedies.quick_tests.short_training import ShortTrainings
from nncli.text import count_of


@final
class ShuffledTargets(QuickTest):
    """Passes if the network learns the targets better than the same targets in random order.

    Shuffled targets have no relation to the inputs: they can only be learned by heart. If that works as well, a low
    training error proves nothing. The order is drawn from the seed of the experiment.

    Source: Zhang et al. 2017, "Understanding deep learning requires rethinking generalization", section 2.
    """

    name = "shuffled_targets"
    decides = ("labels_shuffled", "overfitting")
    by_heart = 0.5  # unexplained fraction of shuffled targets, up to which the network learns by heart

    def run(self, trainings: ShortTrainings) -> QuickResult:
        x, t = trainings.samples
        if len(t) < MIN_SAMPLES:
            line = f"{count_of(len(t), 'sample')} are too few to tell shuffled targets from the true ones"
            return self.result(None, line, samples=len(t))
        reference = trainings.reference
        if reference.diverged:
            line = f"diverges with its targets at step {reference.steps:,}, so nothing can be compared"
            return self.result(None, line, steps=reference.steps)
        order = np.random.default_rng(trainings.setup.experiment.seed).permutation(len(t))
        shuffled = trainings.repeat(Samples(x, t[order]))
        numbers = {"unexplained": reference.unexplained, "shuffled": shuffled.unexplained, "steps": reference.steps}
        if shuffled.diverged:
            line = f"diverges with shuffled targets at step {shuffled.steps:,}, so nothing can be compared"
            return self.result(None, line, **numbers)
        if shuffled.steps < reference.steps:
            return self.result(None, "took too long to train on shuffled targets", **numbers)
        line = f"trained on its targets, the network leaves {percent(reference.unexplained)} of their variance "
        line += f"unexplained, on shuffled ones {percent(shuffled.unexplained)}{so_far(reference)}"
        if clearly_less(reference.unexplained, min(shuffled.unexplained, 1.0)):
            return self.result(True, f"{line}: it learns a relation", **numbers)
        if shuffled.unexplained <= self.by_heart:
            line += ": it learns by heart, so only validation samples can tell whether it learns a relation"
            return self.result(False, line, **numbers)
        if reference.steps < reference.planned:
            return self.result(None, f"{line}: too early to tell", **numbers)
        numbers["attainable"] = best = trainings.setup.attainable.best
        if best > UNINFORMATIVE:
            line += "; simple methods find no relation either: rows may be mixed up"
            return self.result(False, line, **numbers)
        if not clearly_less(best, reference.unexplained):
            return self.result(None, f"{line}, simple methods {percent(best)}: the relation is weak", **numbers)
        line += f", while simple methods leave {percent(best)}: the data can be learned, but not in this way"
        return self.result(False, line, **numbers)
