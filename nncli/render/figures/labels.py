"""Labels that distinguish runs: the settings in which they differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from nncli.settings import compact, differences

LAST_RESORT = ("seed", "name")  # used only if no other setting distinguishes the runs
MAX_SETTINGS = 4  # if more differ, use the names of the runs


def labels(names: Sequence[str], specs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a label for each run: the settings that differ, as in `init.scale=0.01`; else the seed; else its name.

    `names` are the names of the runs, `specs` the plain data of their experiments.
    """
    differing = {
        path: [f"{path}={compact(value)}" for value in values]
        for path, values in (differences(specs) if len(specs) > 1 else ())
    }
    settings = [values for path, values in differing.items() if path not in LAST_RESORT]
    if len(settings) > MAX_SETTINGS:
        return list(names)
    run_labels = [" ".join(values) for values in zip(*settings, strict=True)] or [""] * len(names)
    if len(set(run_labels)) < len(run_labels) and "seed" in differing:
        run_labels = [f"{label} {seed}".strip() for label, seed in zip(run_labels, differing["seed"], strict=True)]
    counts = Counter(run_labels)
    pairs = zip(run_labels, names, strict=True)
    return [label if label and counts[label] == 1 else f"{label} {name}".strip() for label, name in pairs]
