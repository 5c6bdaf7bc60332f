"""What tells runs apart: the settings that differ between their experiments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from nncli.settings import differences, words

LAST_RESORT = ("seed", "name")  # told only where nothing else tells the runs apart
MAX_SETTINGS = 4  # where more differ, the experiments are others altogether, and have names


def labels(names: Sequence[str], specs: Sequence[Mapping[str, Any]]) -> list[str]:
    """A label for each run: what differs between the specs, as `init.scale=0.01`; else the seed, else the run's name.

    `names` are those of the runs, `specs` the plain data of their experiments.
    """
    differing = {
        path: [f"{path}={words(value)}" for value in values]
        for path, values in (differences(specs) if len(specs) > 1 else ())
    }
    settings = [told for path, told in differing.items() if path not in LAST_RESORT]
    if len(settings) > MAX_SETTINGS:
        return list(names)
    told = [" ".join(words) for words in zip(*settings, strict=True)] or [""] * len(names)
    if len(set(told)) < len(told) and "seed" in differing:
        told = [f"{label} {seed}".strip() for label, seed in zip(told, differing["seed"], strict=True)]
    counts = Counter(told)
    pairs = zip(told, names, strict=True)
    return [label if label and counts[label] == 1 else f"{label} {name}".strip() for label, name in pairs]
