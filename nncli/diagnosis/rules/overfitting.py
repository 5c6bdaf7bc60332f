"""A network that learns its training samples by heart."""

from __future__ import annotations

from nncli.diagnosis.case import Case
from nncli.diagnosis.rule import Evidence, Rule, register
from nncli.diagnosis.verdict import overfits, uninformative
from nncli.number_format import format_percent


@register
class Overfitting(Rule):
    """Fires if much of what the network explains in training is lost on validation samples."""

    name = "overfitting"
    explanation = "The network fits the noise of the training samples; it needs more data, or less freedom."
    reference = "the book, chapters 11, 14 and 15"
    fires = ("houses", "data.split.validation=0.8", "train.epochs=300")
    silent = ("houses", "train.epochs=30")

    def find(self, case: Case) -> Evidence | None:
        if not overfits(case) or uninformative(case) or case.held_out is None:
            return None
        seen = f"{format_percent(case.unexplained)} of the variance is unexplained in training, "
        seen += f"{format_percent(case.held_out)} on validation samples"
        change = [f"layers.{case.setup.dense[0][0]}.weight_l2=0.001"]
        if case.setup.experiment.train.early_stopping is None:
            change.append("train.early_stopping={patience: 20}")
        return Evidence(0.9, seen, {"training": case.unexplained, "validation": case.held_out}, change)
