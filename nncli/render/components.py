"""The components there are, with their fields, limits and defaults: read from the registry."""

from __future__ import annotations

import dataclasses
import inspect
from types import UnionType
from typing import Any, Literal, TextIO, Union, get_args, get_origin, get_type_hints

import annotated_types

from nncli.registry import Help, components, plain, required_fields, type_name
from nncli.render.table import print_table

LIMITS: list[tuple[type, str, str]] = [
    (annotated_types.Gt, "gt", "> {}"),
    (annotated_types.Ge, "ge", "≥ {}"),
    (annotated_types.Lt, "lt", "< {}"),
    (annotated_types.Le, "le", "≤ {}"),
]


def describe(kind: str, cls: type) -> dict[str, Any]:
    """A component as data: kind, name, summary, formula and fields."""
    documentation = inspect.getdoc(cls) or ""
    summary, _, rest = documentation.partition("\n")
    return {
        "kind": kind,
        "name": type_name(cls),
        "summary": summary,
        "description": rest.strip("\n"),
        "fields": _fields(cls),
        "example": {"type": type_name(cls), **cls.example},  # type: ignore[attr-defined]
    }


def print_kinds(kinds: list[str], file: TextIO) -> None:
    """A table of all components of some kinds, a line each."""
    rows = [
        (described["kind"], described["name"], described["summary"].rstrip("."))
        for kind in kinds
        for described in (describe(kind, cls) for cls in components(kind))
    ]
    print_table(("kind", "name", "what it does"), rows, file, keep=3)


def print_component(described: dict[str, Any], file: TextIO) -> None:
    """One component in full."""
    print(f"{described['name']} ({described['kind']}): {described['summary']}\n", file=file)
    if described["description"]:
        print(f"{described['description']}\n", file=file)
    if described["fields"]:
        fields = described["fields"]
        rows = [(each["name"], each["type"], each["limits"], _default(each), each["help"]) for each in fields]
        print_table(("field", "type", "limits", "default", "what it is"), rows, file)
    else:
        print("It has no fields.", file=file)


def _default(field: dict[str, Any]) -> str:
    if field["required"]:
        return "required"
    value = field["default"]
    return "" if value is None else str(value).lower() if isinstance(value, bool) else f"{value}"


def _fields(cls: type) -> list[dict[str, Any]]:
    hints, needed = get_type_hints(cls, include_extras=True), required_fields(cls)
    return [
        {
            "name": field.name,
            "type": _type(hints[field.name]),
            "limits": ", ".join(_limits(hints[field.name])),
            "default": None if field.name in needed else plain(field.default),
            "required": field.name in needed,
            "help": next((str(note) for note in _notes(hints[field.name]) if isinstance(note, Help)), ""),
        }
        for field in dataclasses.fields(cls)
        if field.name != "type"
    ]


def _notes(hint: Any) -> list[Any]:
    """What annotations say about a field, those of `X | None` included."""
    found = list(getattr(hint, "__metadata__", ()))
    for inner in get_args(hint):
        found += _notes(inner)
    return found


def _limits(hint: Any) -> list[str]:
    found = (
        words.format(f"{getattr(note, name):g}")
        for note in _notes(hint)
        for limit, name, words in LIMITS
        if isinstance(note, limit)
    )
    return list(dict.fromkeys(found))  # of a list and a mapping of the same numbers once


def _type(hint: Any) -> str:
    """The type as people call it."""
    names = {int: "whole number", float: "number", str: "text", bool: "true or false", dict: "mapping"}
    if hasattr(hint, "__metadata__"):
        return _type(get_args(hint)[0])
    inner = [part for part in get_args(hint) if part is not type(None)]
    origin = get_origin(hint) or hint
    if origin in (Union, UnionType):
        return " or ".join(map(_type, inner))
    if origin is Literal:
        return " or ".join(map(str, inner))
    if origin is tuple:
        return f"list of {_type(inner[0])}s"
    return names.get(origin, getattr(origin, "__name__", str(origin)).lower())
