"""The keys that overrides can name, and the words that they can set, according to the bundled JSON Schema.

Completion reads the schema file instead of the classes, since importing NumPy and pydantic would be too slow.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

from nncli import bundled_configs
from nncli.errors import NncliError

Schema: TypeAlias = dict[str, Any]

SCALARS = {"string", "number", "integer", "boolean"}


class Key(NamedTuple):
    """A setting that `path=value` can change: its path, its help, and the words that it takes, if they are known."""

    path: str
    help: str
    words: list[str]


class Component(NamedTuple):
    """A component, by its kind and name, or a mapping of an experiment, by its path."""

    kind: str
    name: str


def read_schema() -> Schema:
    """Return the bundled schema. Raises NncliError if it is missing or damaged."""
    path = bundled_configs.schema()
    try:
        return dict(json.loads(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise NncliError(f"cannot be read: {error}", place=str(path)) from error


def keys(schema: Schema, spec: Any) -> Iterator[Key]:
    """Yield every key of a spec (mappings, lists and scalars) that can be overridden, in the order of the schema.

    The fields of a component are those of the type set in the spec, or else those of the default type, if any.
    """
    values = spec if isinstance(spec, dict) else {}
    for name, field in schema["$defs"]["Experiment"]["properties"].items():
        if name != "extends":  # it cannot be overridden
            yield from _Fields(schema).below(field, values.get(name), name)


def components(schema: Schema) -> list[Component]:
    """Return every component and mapping, in the order of the schema."""
    titles = (each.get("title", "").split() for each in schema["$defs"].values())
    return list(dict.fromkeys(Component(*title) for title in titles if len(title) == 2))


def metrics(schema: Schema) -> list[str]:
    """Return the names of all metrics."""
    return [each.name for each in components(schema) if each.kind == "metric"]


class _Fields:
    """Walk over fields of the schema together with their values in a spec."""

    def __init__(self, schema: Schema) -> None:
        self.definitions = schema["$defs"]

    def below(self, field: Schema, value: Any, path: str) -> Iterator[Key]:
        """Yield the keys of a field: the field itself if it can be one word or number, and those within it."""
        choices, help = list(self.choices(field)), field.get("description", "")
        if any(_is_scalar(choice) for choice in choices):
            yield Key(path, help, [word for choice in choices for word in _words(choice)])
        typed = {name: choice for choice in choices if (name := _type_of(choice))}
        if any(len(choice["properties"]) > 1 for choice in typed.values()):
            yield Key(f"{path}.type", help, list(typed))
        name = value.get("type") if isinstance(value, dict) else value if isinstance(value, str) else None
        mapping = next((choice for choice in choices if "properties" in choice and _type_of(choice) == name), {})
        for key, inner in mapping.get("properties", {}).items():
            if key != "type":
                yield from self.below(inner, value.get(key) if isinstance(value, dict) else None, f"{path}.{key}")
        items: Schema = next((choice["items"] for choice in choices if "items" in choice), {})
        for index, item in enumerate(value if isinstance(value, list) else []):
            yield from self.below(items, item, f"{path}.{index}")

    def choices(self, field: Schema) -> Iterator[Schema]:
        """Yield the schemas of the words, lists and mappings that a field takes."""
        if "$ref" in field:
            yield from self.choices(self.definitions[field["$ref"].rpartition("/")[2]])
        elif "anyOf" in field and "enum" not in field:  # with `enum`, it only describes the words
            for choice in (field.get("then", {}), *field["anyOf"]):
                yield from self.choices(choice)
        elif inner := [field[key] for key in ("then", "else") if key in field] or field.get("allOf"):
            for choice in inner:
                yield from self.choices(choice)
        else:
            yield field


def _type_of(choice: Schema) -> str | None:
    """Return the name of the component that a choice describes as a mapping; None for any other choice."""
    name: str | None = choice.get("properties", {}).get("type", {}).get("const")
    return name


def _is_scalar(choice: Schema) -> bool:
    return "enum" in choice or bool(_types(choice) & SCALARS)


def _words(choice: Schema) -> list[str]:
    """Return the words that a choice takes."""
    words = ["true", "false"] if "boolean" in _types(choice) else choice.get("enum", [choice.get("const")])
    return [str(word) for word in words if word is not None]


def _types(choice: Schema) -> set[str]:
    types = choice.get("type", [])
    return {types} if isinstance(types, str) else set(types)
