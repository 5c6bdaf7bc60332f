"""What a change on the command line can name, and the words that it can set, as the JSON Schema that is shipped says.

It reads the file and not the classes, which would bring in NumPy and pydantic: a shell waits for the answer.
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
    """What `path=value` can change: its path, what it means, and the words that it takes where they are known."""

    path: str
    help: str
    words: list[str]


class Component(NamedTuple):
    """A part of an experiment: a component by its kind and name, or a mapping by its path."""

    kind: str
    name: str


def read_schema() -> Schema:
    """The schema that is shipped. Raises NncliError where it is missing or damaged."""
    path = bundled_configs.schema()
    try:
        return dict(json.loads(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise NncliError(f"cannot be read: {error}", place=str(path)) from error


def keys(schema: Schema, spec: Any) -> Iterator[Key]:
    """Every key that can be changed of a spec (mappings, lists and scalars), in the order of the schema.

    The types that are set in it say which fields there are; without a type there are those of the usual one, if any.
    """
    values = spec if isinstance(spec, dict) else {}
    for name, field in schema["$defs"]["Experiment"]["properties"].items():
        if name != "extends":  # for only a file can extend another
            yield from _Fields(schema).below(field, values.get(name), name)


def components(schema: Schema) -> list[Component]:
    """Every component and mapping, in the order of the schema."""
    titles = (each.get("title", "").split() for each in schema["$defs"].values())
    return list(dict.fromkeys(Component(*title) for title in titles if len(title) == 2))


def metrics(schema: Schema) -> list[str]:
    """The names of the metrics."""
    return [each.name for each in components(schema) if each.kind == "metric"]


class _Fields:
    """A walk over fields of the schema, beside the values that a spec has there."""

    def __init__(self, schema: Schema) -> None:
        self.definitions = schema["$defs"]

    def below(self, field: Schema, value: Any, path: str) -> Iterator[Key]:
        """The keys of a field: itself, where it can be one word or number, and those within it."""
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
        """Return the schemas of the words, lists and mappings that a field takes."""
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
    """The name of the component that a choice describes as a mapping, None for any other choice."""
    name: str | None = choice.get("properties", {}).get("type", {}).get("const")
    return name


def _is_scalar(choice: Schema) -> bool:
    return "enum" in choice or bool(_types(choice) & SCALARS)


def _words(choice: Schema) -> list[str]:
    """The words that a choice takes."""
    words = ["true", "false"] if "boolean" in _types(choice) else choice.get("enum", [])
    return [str(word) for word in words if word is not None]


def _types(choice: Schema) -> set[str]:
    types = choice.get("type", [])
    return {types} if isinstance(types, str) else set(types)
