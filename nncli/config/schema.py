"""The JSON Schema of an experiment file, as people write it, so that editors complete and check."""

from __future__ import annotations

import inspect
from typing import Any, TypeAlias

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from nncli import run_names
from nncli.config.paths import NOT_OF_PARTS
from nncli.experiment import FILLED_IN, USUAL_TYPES, Experiment, mappings
from nncli.registry import TAG_MARK, components, kinds, required_fields, type_name
from nncli.settings import PARTS

Schema: TypeAlias = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TITLE = "nncli experiment"  # by which a schema is known to be ours
NULL: Schema = {"type": "null"}


def schema() -> Schema:
    """The schema: a file has all that an experiment needs, or extends another and gives what differs."""
    whole = TypeAdapter(Experiment).json_schema(schema_generator=_Generator)
    definitions: Schema = {"Experiment": whole, **whole.pop("$defs")}
    for kind in kinds():
        for cls in components(kind):  # editors show the title, and completion on the command line reads it
            definitions[cls.__name__]["title"] = f"{kind} {type_name(cls)}"
    for path, cls in mappings().items():
        definitions[cls.__name__]["title"] = f"mapping {path}"
    for cls in components("data"):
        _describe_parts(definitions[cls.__name__]["properties"])
    whole["properties"]["name"] |= {"pattern": run_names.PATTERN, "maxLength": run_names.LONGEST}
    whole["properties"]["extends"] = {"type": ["string", "null"], "description": "the file that this one builds on"}
    for name in FILLED_IN:
        whole["required"].remove(name)
    changes = _changes({"$ref": "#/$defs/Experiment"}, definitions)
    for name, usual in USUAL_TYPES.items():
        _let_out_type(name, usual, definitions)
    return {
        "$schema": DIALECT,
        "title": TITLE,
        "description": whole["description"],
        "if": {"properties": {"extends": {"type": "string"}}, "required": ["extends"]},
        "then": changes,
        "else": {"$ref": "#/$defs/Experiment"},
        "$defs": definitions,
    }


class _Generator(GenerateJsonSchema):
    """Pydantic's generator, but a component is a mapping with its type or, where that will do, a bare name."""

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> Schema:
        classes = [cls for kind in schema["metadata"]["kinds"] for cls in components(kind)]
        names = [type_name(cls) for cls in classes if not required_fields(cls)]
        mappings = [self.generate_inner(schema["choices"][f"{TAG_MARK}{type_name(cls)}"]) for cls in classes]
        return {"anyOf": [{"enum": names}, *mappings]}

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> Schema:
        made = super().dataclass_schema(schema)
        made.setdefault("description", inspect.getdoc(schema["cls"]))  # missing before pydantic 2.13
        if made["properties"].get("type", {}).pop("default", None):
            made["required"] = ["type", *made.get("required", [])]
        return made

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _let_out_type(name: str, usual: str, definitions: Schema) -> None:
    """Lets a field of the experiment have the fields of its usual component without its type."""
    field = definitions["Experiment"]["properties"][name]
    mappings = (choice["$ref"].rpartition("/")[2] for choice in field["anyOf"] if "$ref" in choice)
    title = next(title for title in mappings if definitions[title]["properties"]["type"]["const"] == usual)
    fields = {key: what for key, what in definitions[title]["properties"].items() if key != "type"}
    needed = [key for key in definitions[title]["required"] if key != "type"]
    definitions[f"Usual{title}"] = {**definitions[title], "properties": fields, "required": needed}
    field["anyOf"].append({"$ref": f"#/$defs/Usual{title}"})


def _describe_parts(fields: Schema) -> None:
    """Makes `validation:` and `test:` hold the fields of their data set, or null for no such part."""
    own = {name: dict(field) for name, field in fields.items() if name not in NOT_OF_PARTS}
    for field in own.values():
        field.pop("default", None)  # for it is what the data set has
    for name in PARTS:
        part = {"type": ["object", "null"], "properties": own, "additionalProperties": False}
        fields[name] = {**part, "description": fields[name]["description"]}


def _changes(tree: Any, definitions: Schema) -> Any:
    """The same for a file that extends another: no field is required, null takes one away, and lists stay whole.

    What is referred to is changed as well, and added to the definitions.
    """
    if isinstance(tree, list):
        return [_changes(item, definitions) for item in tree]
    if not isinstance(tree, dict) or tree.get("type") == "array":
        return tree
    changed = {key: _changes(value, definitions) for key, value in tree.items() if key not in ("required", "default")}
    if "$ref" in tree:
        name = tree["$ref"].rpartition("/")[2]
        changed["$ref"] = f"#/$defs/{name}Changes"
        if f"{name}Changes" not in definitions:
            definitions[f"{name}Changes"] = NULL  # so that it is not made twice
            definitions[f"{name}Changes"] = _changes(definitions[name], definitions)
    if "properties" in tree:
        fields = changed["properties"].items()
        changed["properties"] = {name: field if name == "type" else _or_null(field) for name, field in fields}
    if isinstance(tree.get("additionalProperties"), dict):
        changed["additionalProperties"] = {"anyOf": [changed["additionalProperties"], NULL]}
    return changed


def _or_null(field: Schema) -> Schema:
    if NULL in field.get("anyOf", ()) or "null" in field.get("type", ()):
        return field
    value = {key: what for key, what in field.items() if key != "description"}
    choices = value.get("anyOf", [value])
    return {"anyOf": [*choices, NULL], "description": field["description"]}
