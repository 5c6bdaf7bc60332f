"""The JSON Schema of an experiment file, as people write it, so that editors complete and check."""

from __future__ import annotations

import copy
from typing import Any

from pydantic import TypeAdapter

from nncli.experiment import Experiment
from nncli.registry import components, required_fields, type_name

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The schema: a file has all that an experiment needs, or `extends` another and gives what differs."""
    whole = TypeAdapter(Experiment).json_schema()
    definitions = whole.pop("$defs")
    for definition in definitions.values():
        _require_type(definition)
    _take_bare_names_only_where_they_do([whole, definitions])
    for cls in components("data"):
        _describe_parts(definitions[cls.__name__])
    whole["properties"]["name"] = {**whole["properties"]["name"], "pattern": r"^[A-Za-z0-9_-][A-Za-z0-9._-]*$"}
    whole["required"] = [name for name in whole["required"] if name != "name"]  # the file's own where not given
    partial, loose = _all_optional(whole), {f"Part{name}": _all_optional(part) for name, part in definitions.items()}
    partial["properties"]["extends"] = {"type": "string", "description": "the file that this one builds on"}
    partial["required"] = ["extends"]
    return {
        "$schema": DIALECT,
        "title": "nncli experiment",
        "description": "A network, what it is trained on, and how.",
        "anyOf": [whole, _renamed(partial)],
        "$defs": definitions | {name: _renamed(part) for name, part in loose.items()},
    }


def _require_type(definition: dict[str, Any]) -> None:
    """A mapping is told from the others of its kind by its type, so that must be there."""
    if "type" in definition["properties"]:
        definition["properties"]["type"].pop("default", None)
        definition["required"] = ["type", *definition.get("required", [])]


def _take_bare_names_only_where_they_do(tree: Any) -> None:
    """A component that needs fields cannot be given by its name alone."""
    kinds = ("layer", "activation", "initializer", "loss", "metric", "optimizer", "data")
    needing = {type_name(cls) for kind in kinds for cls in components(kind) if required_fields(cls)}
    if isinstance(tree, dict):
        for choices in (tree.get("oneOf"), tree.get("anyOf")):
            if isinstance(choices, list):
                choices[:] = [choice for choice in choices if choice.get("const") not in needing]
        for value in tree.values():
            _take_bare_names_only_where_they_do(value)
    elif isinstance(tree, list):
        for value in tree:
            _take_bare_names_only_where_they_do(value)


def _describe_parts(definition: dict[str, Any]) -> None:
    """`validation:` and `test:` hold the fields of their data set."""
    own = definition["properties"]
    fields = {name: value for name, value in own.items() if name not in ("type", "validation", "test")}
    for name in ("validation", "test"):
        help_ = own[name]["description"]
        own[name] = {"type": "object", "properties": fields, "additionalProperties": False, "description": help_}


def _all_optional(definition: dict[str, Any]) -> dict[str, Any]:
    """The same with nothing required, as a file that extends another has it; lists are replaced, so stay whole."""
    loose = copy.deepcopy(definition)
    loose.pop("required", None)
    return loose


def _renamed(tree: Any) -> Any:
    """References outside of lists lead to the optional forms, and a mapping may then fit several of them."""
    if isinstance(tree, list):
        return [_renamed(value) for value in tree]
    if not isinstance(tree, dict):
        return tree
    if tree.get("type") == "array":
        return tree
    renamed = {"anyOf" if key == "oneOf" else key: _renamed(value) for key, value in tree.items()}
    if "$ref" in renamed:
        renamed["$ref"] = renamed["$ref"].replace("#/$defs/", "#/$defs/Part")
    return renamed
