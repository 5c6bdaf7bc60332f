"""The JSON Schema of a sweep's space: choices or a range for each setting."""

from __future__ import annotations

from nncli.config.schema_unions import OBJECT, Schema
from nncli.config.sweep import POINTS, RANGES

NUMBER = {"type": "number"}
HELP = {
    "uniform": "numbers from low to high, spread evenly",
    "log_uniform": "numbers from low to high, equal factors being equally likely",
    "int_uniform": "whole numbers from low to high, both included",
    "log_int_uniform": "whole numbers from low to high, equal factors being equally likely",
    "linspace": "points from low to high at equal distances",
    "logspace": "points from low to high by equal factors",
}


def space() -> Schema:
    """Return the schema of the space; a mapping that is no range contains choices or ranges itself."""
    ranges = [_range(name, points=name in POINTS) for name in (*RANGES, *POINTS)]
    choices = {"type": "array", "minItems": 1, "description": "choices"}
    return {**OBJECT, "minProperties": 1, "additionalProperties": {"anyOf": [choices, *ranges, OBJECT]}}


def _range(name: str, *, points: bool) -> Schema:
    ends: Schema = {"type": "integer"} if name in ("int_uniform", "log_int_uniform") else NUMBER
    items = [ends, ends, *([{"type": "integer", "minimum": 2}] if points else [])]
    numbers = {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
    return {
        **OBJECT,
        "properties": {name: {**numbers, "description": HELP[name]}},
        "required": [name],
        "additionalProperties": False,
    }
