"""A loss that does not fit the targets."""

from __future__ import annotations

import numpy as np

from nncli.diagnosis.case import Case
from nncli.diagnosis.rule import Evidence, Rule, ramp, register
from nncli.diagnosis.setup import Setup
from nncli.nn.losses.huber import Huber
from nncli.nn.losses.mean_absolute_error import MeanAbsoluteError
from nncli.number_format import format_percent
from nncli.registry import type_name


@register
class WrongLoss(Rule):
    """Fires for a loss of values on classes, and for mae if many targets are equal."""

    name = "wrong_loss"
    explanation = "This loss has flat regions or another optimum for such targets: its gradients say little."
    reference = "the book, chapters 5 and 16: cross-entropy for classes"
    fires = ("spiral", "loss=mae", "layers.1.activation=sigmoid", "train.epochs=100")
    silent = ("spiral", "train.epochs=100")
    many_equal = 0.35  # fraction of targets at the median, which mae then predicts everywhere
    classes = 0.75  # confidence for classes: networks often learn them with mse as well

    def find(self, case: Case) -> Evidence | None:
        setup, loss = case.setup, case.setup.experiment.loss
        name = type_name(type(loss))
        if not setup.has_classes and case.model.data.class_names:
            classes = len(case.model.data.class_names)
            better = "binary_crossentropy" if setup.network.outputs == 1 else "categorical_crossentropy"
            activation = "sigmoid" if setup.network.outputs == 1 else "softmax"
            last = setup.dense[-1][0]
            change = [f"loss={better}", f"layers.{last}.activation={activation}"]
            return Evidence(
                self.classes, f"the loss is {name}, the targets are {classes} classes", {"classes": classes}, change
            )
        equal = self._at_median(setup)
        if isinstance(loss, MeanAbsoluteError | Huber) and equal > self.many_equal:
            seen = f"{format_percent(equal)} of the targets are equal to their median, which {name} predicts everywhere"
            return Evidence(0.6 + 0.35 * ramp(equal, self.many_equal, 0.5), seen, {"at_median": equal}, ["loss=mse"])
        return None

    def _at_median(self, setup: Setup) -> float:
        t = setup.targets
        return float(np.mean(np.all(t == np.median(t, axis=0), axis=1)))
