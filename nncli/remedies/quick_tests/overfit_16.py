"""Learn sixteen samples by heart."""

from __future__ import annotations

from typing import final

import numpy as np

from nncli.data.data import Samples
from nncli.diagnosis.attainable import FEW_SAMPLES
from nncli.remedies.quick_tests.quick_test import QuickResult, QuickTest, percent
from nncli.remedies.quick_tests.short_training import ShortTrainings
from nncli.text import count_of


@final
class Overfit16(QuickTest):
    """Passes if the network learns 16 training samples by heart.

    A network that cannot has a fault of its own: in its layers, weights, loss, regularization or optimizer. One that
    can lacks data, epochs, or a relation between inputs and targets. Training takes the steps of the experiment, at
    least 1,000, and ends once 99 % of the variance is explained; 90 % pass. Regularization is that of the experiment:
    if it is so strong that not even 16 samples can be learned, it is at fault.

    Source: Karpathy 2019, "A Recipe for Training Neural Networks", section 2: overfit one batch.
    """

    name = "overfit_16"
    decides = (
        "decay_too_strong",
        "init_too_small",
        "labels_shuffled",
        "lr_too_high",
        "lr_too_low",
        "over_regularized",
        "too_few_epochs",
        "too_few_layers",
        "too_few_units",
    )
    min_steps = 1000
    enough, passing, partly = 0.01, 0.1, 0.5  # unexplained fractions: training ends, passed, partly learned

    def run(self, trainings: ShortTrainings) -> QuickResult:
        samples = varied(trainings.setup.samples, FEW_SAMPLES)
        count, spec = len(samples.x), trainings.steps
        if not np.ptp(samples.t, axis=0).any():
            return self.result(None, "no samples differ both in their inputs and in their targets", samples=count)
        few = len(trainings.samples.x) <= FEW_SAMPLES
        noun = "sample" if count == min(len(trainings.samples.x), FEW_SAMPLES) else "different sample"
        them = f"{'its ' if few else ''}{count_of(count, noun)}"
        left, steps, planned = outcome = trainings.fit(samples, max(spec, self.min_steps), self.enough)
        numbers = {"unexplained": left, "samples": count, "steps": steps}
        rest = f"{percent(left)} of their variance is left after {steps:,}"
        even = "" if few else "even "
        if outcome.diverged:
            line = f"diverges {even}on {them}, at step {steps:,}: the learning rate, "
            return self.result(False, f"{line}the initial weights or the data are too large", **numbers)
        if left <= self.passing:
            line = f"fits {them} to {percent(left)} of their variance"
            return self.result(True, f"{line} {_ending(steps, spec)}", **numbers)
        if steps < planned:
            return self.result(None, f"took too long to fit {them}: {rest} of {planned:,} steps", **numbers)
        if left < self.partly:
            line = f"fits {them} only in part ({rest} steps): the network is too small or not trained enough"
            return self.result(False, line, **numbers)
        line = f"does not fit {even}{them} ({rest} steps): the fault is in the network or its training"
        return self.result(False, line if few else f"{line}, not in the amount of data", **numbers)


def varied(samples: Samples, most: int) -> Samples:
    """Return at most `most` samples with different inputs, evenly spaced.

    If their targets are equal, as those of a frequent class, they are evenly spaced in the order of the targets.
    """
    _, rows = np.unique(samples.inputs, axis=0, return_index=True)  # samples with equal inputs cannot all be learned
    different = samples.select(np.sort(rows))
    spaced = different.evenly_spaced(most)
    if np.ptp(spaced.t, axis=0).any():
        return spaced
    by_target = np.lexsort(different.t.reshape(len(rows), -1).T[::-1])
    return different.select(by_target).evenly_spaced(most)


def _ending(steps: int, spec: int) -> str:
    if steps > spec:
        return f"after {steps:,} steps, more than the {spec:,} of the experiment: its training may be too short"
    return f"in {steps:,} steps: network, loss and optimizer work"
