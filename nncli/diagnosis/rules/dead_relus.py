"""A layer of relus that are all zero."""

from __future__ import annotations

import numpy as np

from nncli.diagnosis import changes
from nncli.diagnosis.case import Case
from nncli.diagnosis.rule import Evidence, Rule, register
from nncli.nn.activations.relu import Relu
from nncli.number_format import format_percent


@register
class DeadRelus(Rule):
    """Fires if almost no relu of a layer is alive at the end: nothing passes through it, no gradient comes back."""

    name = "dead_relus"
    explanation = "A relu that is zero for all samples has no gradient and never comes back."
    reference = "Maas et al. 2013; the book, chapter 4"
    fires = ("sine", "optimizer.learning_rate=0.1", "optimizer.decay=0.0", "train.epochs=300")
    silent = ("sine", "train.epochs=300")
    all_dead, nearly = 0.999, 0.9  # fraction of a layer; healthy networks reach 0.75
    rose = 3.0  # highest loss over the first, from which the learning rate is the likelier cause

    def find(self, case: Case) -> Evidence | None:
        dead = [(layer.dead or 0.0, layer.layer) for layer in case.last.layers]
        if case.setup.output_activation is Relu:  # a sample or two may keep the last unit alive
            dead.append((float(np.mean(case.predictions == 0)), case.last.layers[-1].layer))
        share, number = max(dead, default=(0.0, 0))
        if share < self.nearly or case.diverged:
            return None
        at_first = max((layer.dead or 0.0 for layer in case.first.layers if layer.layer == number), default=0.0)
        seen = f"{format_percent(share)} of the relus of layer {number} are zero for all samples"
        seen += f", {format_percent(at_first)} at the start"
        confidence = 0.83 if share > self.all_dead else 0.55
        if share > self.all_dead and at_first > self.all_dead:
            confidence = 0.92
        elif case.worst > self.rose:
            confidence *= 0.75
        index = next(i for i, (place, _, _) in enumerate(case.setup.dense) if place == number)
        change = [changes.activation(case.setup, index, "leaky_relu")]
        if at_first < self.nearly:
            change.insert(0, changes.learning_rate(case.setup, 0.1))
        return Evidence(confidence, seen, {"dead": share, "dead_at_first": at_first}, change)
