"""What tells runs apart: the settings that differ between their experiments."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

LAST_RESORT = ("seed", "name")  # told only where nothing else tells the runs apart
MOST_SETTINGS = 4  # where more differ, the experiments are others altogether, and have names


def labels(names: Sequence[str], specs: Sequence[Mapping[str, Any]]) -> list[str]:
    """A label for each run: what differs between the specs, as `init.scale=0.01`; else the seed, else the run's name.

    `names` are those of the runs, `specs` the plain data of their experiments.
    """
    differing = dict(_differences("", specs)) if len(specs) > 1 else {}
    settings = [words for path, words in differing.items() if path not in LAST_RESORT]
    if len(settings) > MOST_SETTINGS:
        return list(names)
    told = [" ".join(words) for words in zip(*settings, strict=True)] or [""] * len(names)
    if len(set(told)) < len(told) and "seed" in differing:
        told = [f"{label} {seed}".strip() for label, seed in zip(told, differing["seed"], strict=True)]
    counts = Counter(told)
    pairs = zip(told, names, strict=True)
    return [label if label and counts[label] == 1 else f"{label} {name}".strip() for label, name in pairs]


def _differences(path: str, values: Sequence[Any]) -> Iterator[tuple[str, list[str]]]:
    """Each path at which the values differ, with the setting of each."""
    if all(value == values[0] for value in values):
        return
    if all(isinstance(value, Mapping) for value in values):
        yield from _in_mappings(path, values)
    elif all(isinstance(value, list) for value in values) and len({len(value) for value in values}) == 1:
        for index in range(len(values[0])):
            yield from _differences(f"{path}.{index}", [value[index] for value in values])
    else:
        yield path, [f"{path}={_shown(value)}" for value in values]


def _in_mappings(path: str, values: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[str]]]:
    """Where the types differ, what only some of them have is not told: the type says as much."""
    prefix = f"{path}." if path else ""
    types = {value.get("type") for value in values}
    if len(types) > 1:
        yield path, [f"{path}={_shown(value)}" for value in values]
    for key in dict.fromkeys(key for value in values for key in value):
        if key != "type" and (len(types) == 1 or all(key in value for value in values)):
            yield from _differences(f"{prefix}{key}", [value.get(key) for value in values])


def _shown(value: Any) -> str:
    """A value in few characters and without spaces: of a component its type, of layers their units."""
    if isinstance(value, Mapping):
        pairs = (f"{key}:{_shown(item)}" for key, item in value.items())
        return str(value["type"]) if "type" in value else f"{{{','.join(pairs)}}}"
    if isinstance(value, list):
        return ",".join(
            str(item["units"]) if isinstance(item, Mapping) and "units" in item else _shown(item) for item in value
        )
    if isinstance(value, bool) or value is None:
        return json.dumps(value)  # as a file has them
    return str(value)
