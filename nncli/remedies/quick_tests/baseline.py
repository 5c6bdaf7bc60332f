"""Compare the network with a straight line or a logistic regression."""

from __future__ import annotations

import math
from typing import ClassVar, final

from nncli.diagnosis.attainable import MAX_SAMPLES
from nncli.diagnosis.setup import Setup
from nncli.diagnosis.verdict import MIN_RATIO, MIN_SAMPLES, UNINFORMATIVE
from nncli.remedies.quick_tests.logistic import logistic_error
from nncli.remedies.quick_tests.quick_test import QuickResult, QuickTest, clearly_less, percent, so_far
from nncli.remedies.quick_tests.short_training import ShortTrainings


@final
class Baseline(QuickTest):
    """Passes if the network is as good as the simplest model, and better if the data are not linear.

    The model is a linear regression, for a cross-entropy a logistic one, and predicts samples that it was not fitted
    to: at most 400, evenly spaced. The network is measured on what it was trained on, at the end of the run if that is
    known. So a network that loses has a fault of its own. One that only equals the model, while curved methods do far
    better, has no hidden activation or does not use it. If no method explains anything, the data are at fault.

    Source: Zinkevich, "Rules of Machine Learning", rule 4: keep the first model simple.
    """

    name = "baseline"
    decides = (
        "decay_too_strong",
        "labels_shuffled",
        "lr_too_low",
        "no_hidden_activation",
        "over_regularized",
        "too_few_epochs",
        "too_few_layers",
        "too_few_units",
    )
    trainings: ClassVar[int] = 0

    def run(self, trainings: ShortTrainings) -> QuickResult:
        model, simple = _simplest(trainings)
        left, early = trainings.at_end, ""
        if left is None:
            left, early = trainings.reference.unexplained, so_far(trainings.reference)
        best = min(simple, trainings.setup.attainable.best)
        numbers = {"unexplained": left, "baseline": simple, "attainable": best}
        line = f"{model} leaves {percent(simple)} of the variance unexplained, the network "
        if math.isinf(left):
            return self.result(False, f"{line}diverges", **numbers)
        line += f"{percent(left)}{early}"
        if best > UNINFORMATIVE:
            line = f"{model} leaves {percent(simple)} of the variance of new samples unexplained, the network "
            line += f"{percent(left)} of those it has seen{early}; curved methods do no better"
            if len(trainings.samples.x) < MIN_SAMPLES:
                return self.result(None, f"{line}: too few samples to tell why", **numbers)
            return self.result(False, f"{line}: the inputs seem to say nothing about the targets", **numbers)
        if problem := _problem(trainings.setup, left, simple, best):
            passed, problem = (None, "too early to tell") if early else (False, problem)
            return self.result(passed, f"{line}: {problem}", **numbers)
        as_good = "it is at least as good" if left <= simple else "it is about as good"
        better = "it learns more than a simple model can" if clearly_less(left, simple) else as_good
        return self.result(True, f"{line}: {better}", **numbers)


def _simplest(trainings: ShortTrainings) -> tuple[str, float]:
    """Return the name of the simplest model for the data, and the fraction of the variance that it leaves."""
    setup = trainings.setup
    if not setup.has_classes:
        one = trainings.samples.x.shape[1] == 1
        return "a straight line" if one else "a linear regression", setup.attainable.linear
    samples = trainings.samples.evenly_spaced(MAX_SAMPLES)
    exclusive = samples.t.ndim == 1
    return "a logistic regression", logistic_error(samples.inputs, setup.targets_of(samples), exclusive=exclusive)


def _problem(setup: Setup, left: float, simple: float, best: float) -> str | None:
    """Return in words what is wrong with a network that leaves a fraction, beside the simplest model and the best."""
    if clearly_less(simple, left) and left > MIN_RATIO * simple:
        return "the fault is in the network or its training, not in the data"
    if not clearly_less(left, simple) and clearly_less(best, left) and left > MIN_RATIO * best:
        reason = "its hidden layers do not help"
        if len(setup.dense) == 1:
            reason = "it has no hidden layer"
        elif not setup.hidden_activations:
            reason = "its hidden layers have no activation"
        return f"it is no better, while curved methods leave {percent(best)}: {reason}"
    return None
