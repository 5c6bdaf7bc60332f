"""What tells runs apart: the settings that differ between their experiments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

LAST_RESORT = ("seed", "name")  # told only where nothing else tells the runs apart


def labels(names: Sequence[str], specs: Sequence[Mapping[str, Any]]) -> list[str]:
    """A label for each run: what differs between the specs, as `init.scale=0.01`; else the seed, else the run's name.

    `names` are those of the runs, `specs` the plain data of their experiments.
    """
    differing = list(_differences("", specs)) if len(specs) > 1 else []
    found = [words for path, words in differing if path not in LAST_RESORT]
    told = [" ".join(words) for words in zip(*found, strict=True)] or [""] * len(names)
    if _ambiguous(told) and (seeds := [words for path, words in differing if path == "seed"]):
        told = [f"{label} {seed}".strip() for label, seed in zip(told, seeds[0], strict=True)]
    counts = Counter(told)
    return [f"{label} {name}".strip() if counts[label] > 1 or not label else label
            for label, name in zip(told, names, strict=True)]


def _ambiguous(told: Sequence[str]) -> bool:
    return len(set(told)) < len(told)


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
    """A value in few characters: of a component its type, of layers their units."""
    if isinstance(value, Mapping):
        return str(value.get("units", value.get("type", "…")))
    if isinstance(value, list):
        return ",".join(map(_shown, value))
    plain: dict[type, Callable[[Any], str]] = {bool: lambda flag: str(flag).lower(), type(None): lambda _: "null"}
    return plain.get(type(value), str)(value)
