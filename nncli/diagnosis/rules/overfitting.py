"""A network that learns its training samples by heart."""

from __future__ import annotations

from nncli.diagnosis.case import Case
from nncli.diagnosis.rule import Evidence, Rule, ramp, register
from nncli.diagnosis.verdict import overfits, uninformative
from nncli.number_format import format_percent


@register
class Overfitting(Rule):
    """Fires if much of what the network explains in training is lost on validation samples."""

    name = "overfitting"
    explanation = "The network fits the noise of the training samples; it needs more data, or less freedom."
    reference = "the book, chapters 11, 14 and 15"
    fires = (
        "spiral",
        "data={type: moons, samples: 24, noise: 0.8, validation: {samples: 300}}",
        "layers.0.weight_l2=0.0",
        "layers.0.bias_l2=0.0",
    )
    silent = (
        "spiral",
        "data={type: moons, samples: 200, validation: {samples: 300}}",
        "layers.0.weight_l2=0.0",
        "layers.0.bias_l2=0.0",
    )

    small, large = 0.1, 0.4  # error in training: one that is large is itself a problem

    def find(self, case: Case) -> Evidence | None:
        if not overfits(case) or uninformative(case) or case.held_out_error is None:
            return None
        what = "of the errors of the most frequent class" if case.classes is not None else "of the variance"
        seen = f"in training {format_percent(case.error)} {what} remains, on validation samples "
        seen += format_percent(case.held_out_error)
        change = [f"layers.{case.setup.dense[0][0]}.weight_l2=0.001"]
        if case.setup.experiment.train.early_stopping is None:
            change.append("train.early_stopping={patience: 20}")
        numbers = {"training": case.error, "validation": case.held_out_error}
        return Evidence(0.9 - 0.2 * ramp(case.error, self.small, self.large), seen, numbers, change)
