"""Rare classes that are never predicted."""

from __future__ import annotations

import numpy as np

from nncli.diagnosis.case import Case
from nncli.diagnosis.rule import Evidence, Rule, register
from nncli.diagnosis.verdict import RARE
from nncli.number_format import format_percent
from nncli.text import count_of


@register
class ClassCollapse(Rule):
    """Fires if the network never predicts classes that are rarer than the others."""

    name = "class_collapse"
    explanation = "Predicting the frequent classes alone already gives a low loss; the rare ones count too little."
    reference = "King and Zeng 2001"
    fires = ("spiral3", "train.epochs=1")
    silent = ("spiral3", "train.epochs=500")
    rare = 0.5  # frequency relative to that of equally frequent classes

    def find(self, case: Case) -> Evidence | None:
        t, y = case.setup.samples.t, case.predictions
        if t.ndim > 1 or y.shape[1] < 2 or not np.isfinite(y).all():
            return None
        classes = y.shape[1]
        shares = np.bincount(t, minlength=classes) / len(t)
        predicted = np.bincount(y.argmax(axis=1), minlength=classes)
        missing = [c for c in range(classes) if not predicted[c] and shares[c] > RARE]
        if not missing or shares[missing].max() > self.rare / classes:
            return None
        seen = f"{count_of(len(missing), 'class')} with {format_percent(float(shares[missing].sum()))} of the samples "
        seen += "is never predicted" if len(missing) == 1 else "are never predicted"
        numbers = {"missing_classes": len(missing), "share": float(shares[missing].sum())}
        return Evidence(0.9, seen, numbers, ["loss.class_weights=balanced"])
