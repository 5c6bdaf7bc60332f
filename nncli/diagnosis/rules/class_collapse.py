"""Rare classes that are never predicted, or seldom."""

from __future__ import annotations

import numpy as np

from nncli.diagnosis.case import Case
from nncli.diagnosis.rule import Evidence, Rule, register
from nncli.diagnosis.verdict import neglected
from nncli.number_format import format_percent
from nncli.text import count_of


@register
class ClassCollapse(Rule):
    """Fires if the network tells rare classes apart and yet seldom predicts them."""

    name = "class_collapse"
    explanation = "Predicting the frequent classes alone already gives a low loss; the rare ones count too little."
    reference = "King and Zeng 2001"
    fires = (
        "iris",
        "data={type: npz, path: rare.npz, task: classes}",
        "layers.1.units=2",
        "train.epochs=300",
        "optimizer={type: sgd, learning_rate: 0.02}",
    )
    silent = ("iris", "data={type: npz, path: rare.npz, task: classes}", "layers.1.units=2", "train.epochs=1000")

    def find(self, case: Case) -> Evidence | None:
        classes, missing = case.classes, neglected(case)
        if classes is None or not missing:
            return None
        t, scores = classes
        predicted = scores.argmax(axis=1)
        share = float(np.mean(np.isin(t, missing)))
        recall = float(np.mean(predicted[np.isin(t, missing)] == t[np.isin(t, missing)]))
        seen = f"{count_of(len(missing), 'class')} with {format_percent(share)} of the samples: "
        seen += f"{format_percent(recall)} of them are predicted"
        numbers = {"missing_classes": len(missing), "share": share, "recall": recall}
        return Evidence(0.9, seen, numbers, ["loss.class_weights=balanced"])
