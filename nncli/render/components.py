"""Components with their fields, limits and defaults, read from the registry."""

from __future__ import annotations

import dataclasses
import inspect
from enum import Enum, EnumType
from types import UnionType
from typing import Any, Literal, TextIO, Union, get_args, get_origin, get_type_hints

import annotated_types

from nncli.experiment import OPTIONAL_IN_FILES, Experiment, mappings
from nncli.registry import Help, components, kinds, plain, required_fields, type_name
from nncli.render.table import print_table

MAPPING = "mapping"  # the kind of spec classes that are not components
HEADER = ("field", "type", "limits", "default", "description")
LIMITS: list[tuple[type, str, str]] = [
    (annotated_types.Gt, "gt", "> {}"),
    (annotated_types.Ge, "ge", "≥ {}"),
    (annotated_types.Lt, "lt", "< {}"),
    (annotated_types.Le, "le", "≤ {}"),
]


def components_and_mappings() -> list[tuple[str, str, type]]:
    """Return the kind, name and class of every component, then of every mapping."""
    every = [(kind, type_name(cls), cls) for kind in kinds() for cls in components(kind)]
    return every + [(MAPPING, path, cls) for path, cls in mappings().items()]


def describe(kind: str, name: str, cls: type) -> dict[str, Any]:
    """Describe a component or mapping as data: kind, name, summary, description, fields and example."""
    documentation = inspect.getdoc(cls) or ""
    summary, _, rest = documentation.partition("\n")
    return {
        "kind": kind,
        "name": name,
        "summary": summary,
        "description": rest.strip("\n"),
        "fields": _fields(cls),
        "example": ({} if kind == MAPPING else {"type": name}) | cls.example,  # type: ignore[attr-defined]
    }


def print_all(described: list[dict[str, Any]], file: TextIO) -> None:
    """Print a table of components and mappings."""
    rows = [(each["kind"], each["name"], each["summary"].rstrip(".")) for each in described]
    print_table(("kind", "name", "description"), rows, file, keep=3)


def print_component(described: dict[str, Any], file: TextIO) -> None:
    """Print one component with its description and fields."""
    print(f"{described['name']} ({described['kind']}): {described['summary']}\n", file=file)
    if described["description"]:
        print(f"{described['description']}\n", file=file)
    if described["fields"]:
        print_table(HEADER, field_rows(described), file)
    else:
        print("no fields", file=file)


def field_rows(described: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return a row for each field of a component or mapping, with the columns of `HEADER`."""
    fields = described["fields"]
    return [(each["name"], each["type"], each["limits"], _default(each), each["help"]) for each in fields]


def _default(field: dict[str, Any]) -> str:
    if field["required"]:
        return "required"
    value = field["default"]
    if isinstance(value, dict):  # a mapping without a type is described under its own name
        return str(value.get("type", ""))
    return "" if value is None else str(value).lower() if isinstance(value, bool) else f"{value}"


def _fields(cls: type) -> list[dict[str, Any]]:
    hints = get_type_hints(cls, include_extras=True)
    without_default = required_fields(cls)
    required = [name for name in without_default if cls is not Experiment or name not in OPTIONAL_IN_FILES]
    return [
        {
            "name": field.name,
            "type": describe_type(hints[field.name]),
            "limits": ", ".join(_limits(hints[field.name])),
            "default": None if field.name in without_default else plain(field.default),
            "required": field.name in required,
            "help": next((str(note) for note in _notes(hints[field.name]) if isinstance(note, Help)), ""),
        }
        for field in dataclasses.fields(cls)
        if field.name != "type"
    ]


def _notes(hint: Any) -> list[Any]:
    """Return the annotations of a field, including those inside `X | None`."""
    notes = list(getattr(hint, "__metadata__", ()))
    for inner in get_args(hint):
        notes += _notes(inner)
    return notes


def _limits(hint: Any) -> list[str]:
    limits = (
        template.format(f"{getattr(note, name):.15g}")
        for note in _notes(hint)
        for limit, name, template in LIMITS
        if isinstance(note, limit)
    )
    return list(dict.fromkeys(limits))  # a field that takes a list or a mapping has the same limits twice


def describe_type(hint: Any) -> str:
    """Return the type in words: `whole number or text`."""
    names = {int: "whole number", float: "number", str: "text", bool: "true or false", dict: "mapping"}
    if hasattr(hint, "__metadata__"):
        return describe_type(get_args(hint)[0])
    inner = [part for part in get_args(hint) if part is not type(None)]
    origin = get_origin(hint) or hint
    if origin in (Union, UnionType):
        return " or ".join(map(describe_type, inner))
    if origin is Literal:
        return " or ".join(map(str, inner))
    if isinstance(origin, EnumType):
        return " or ".join(str(member.value) for member in list[Enum](origin))
    if origin is tuple:
        return f"list of {describe_type(inner[0]).replace(' or ', 's or ')}s"
    name = getattr(origin, "__name__", str(origin)).lower()
    return names.get(origin, MAPPING if dataclasses.is_dataclass(origin) and name not in kinds() else name)
