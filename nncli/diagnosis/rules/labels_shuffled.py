"""Targets that have nothing to do with the inputs."""

from __future__ import annotations

from nncli.diagnosis.case import Case
from nncli.diagnosis.rule import Evidence, Rule, register
from nncli.diagnosis.verdict import uninformative
from nncli.number_format import format_percent


@register
class LabelsShuffled(Rule):
    """Fires if no method predicts a sample from the others, nor the network its validation samples."""

    name = "labels_shuffled"
    explanation = "The inputs say nothing about the targets: rows may be mixed up, or the data lack what is needed."
    reference = "Zhang et al. 2017"
    fires = ("spiral", "data={type: moons, samples: 400, noise: 50.0}", "train.epochs=300")
    silent = ("spiral", "data={type: moons, samples: 400}", "train.epochs=300")

    def find(self, case: Case) -> Evidence | None:
        if not uninformative(case):
            return None
        best = case.setup.attainable.best
        seen = f"simple methods leave {format_percent(best)} of the variance of left-out samples unexplained, "
        seen += f"the network {format_percent(case.unexplained)} of what it was trained on"
        numbers = {"best": best, "unexplained": case.unexplained}
        if case.held_out is not None:
            numbers["held_out"] = case.held_out
        return Evidence(0.93, seen, numbers, None)
