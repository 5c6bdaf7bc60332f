"""Access settings by dotted path, flatten them, and find those in which experiments differ."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

FILES = ("path", "target_path")  # settings of data that name a file
PARTS: tuple[Literal["validation", "test"], ...] = ("validation", "test")  # parts of data, which may name other files


def value_at(settings: Any, path: str) -> Any:
    """Return the value at a path such as `optimizer.type` or `layers.0.units`, or None if it does not exist."""
    for key in path.split("."):
        if isinstance(settings, Mapping):
            settings = settings.get(key)
        elif isinstance(settings, list) and key.isascii() and key.isdigit() and len(key) < 10:
            settings = settings[int(key)] if int(key) < len(settings) else None
        else:
            return None
    return settings


def join_path(path: str, key: str) -> str:
    """Return the path of a key below a path; if the path is empty, return the key."""
    return f"{path}.{key}" if path else key


def data_files(settings: Any) -> dict[str, str]:
    """Return every file that the data of an experiment names, parts included, by dotted path."""
    places = [f"{place}.{name}" for place in ("data", *(f"data.{part}" for part in PARTS)) for name in FILES]
    return {place: file for place in places if isinstance(file := value_at(settings, place), str)}


def flatten(settings: Any, path: str = "") -> dict[str, Any]:
    """Return every scalar, and every empty list or mapping, by path."""
    if not isinstance(settings, Mapping | list) or not settings:
        return {path: settings}
    items = settings.items() if isinstance(settings, Mapping) else enumerate(settings)
    values: dict[str, Any] = {}
    for key, item in items:
        values |= flatten(item, join_path(path, str(key)))
    return values


def differences(specs: Sequence[Any], path: str = "") -> Iterator[tuple[str, list[Any]]]:
    """Yield each path at which the specs differ, with the setting in each spec.

    If the types of a component differ, fields that only some specs have are left out unless they differ among these.
    """
    if all(spec == specs[0] for spec in specs):
        return
    if all(isinstance(spec, Mapping) for spec in specs):
        types = {compact(spec.get("type")) for spec in specs}
        if len(types) > 1:
            yield path, list(specs)
        for key in dict.fromkeys(key for spec in specs for key in spec):
            among = specs if len(types) == 1 else [spec for spec in specs if key in spec]
            if key != "type" and (len(among) == len(specs) or any(spec[key] != among[0][key] for spec in among)):
                yield from differences([spec.get(key) for spec in specs], join_path(path, key))
    elif all(isinstance(spec, list) for spec in specs) and len({len(spec) for spec in specs}) == 1:
        for index in range(len(specs[0])):
            yield from differences([spec[index] for spec in specs], f"{path}.{index}")
    else:
        yield path, list(specs)


def compact(value: Any) -> str:
    """Return a setting as short text without added spaces: a component as its type, layers as their units."""
    if isinstance(value, Mapping):
        pairs = (f"{key}:{compact(item)}" for key, item in value.items())
        return str(value["type"]) if "type" in value else f"{{{','.join(pairs)}}}"
    if isinstance(value, list):
        return ",".join(
            str(item["units"]) if isinstance(item, Mapping) and "units" in item else compact(item) for item in value
        )
    if isinstance(value, bool) or value is None:
        return json.dumps(value)  # as in a file
    return str(value)
