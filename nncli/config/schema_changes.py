"""The JSON Schema of a file that extends another: no field is required, and null removes one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nncli.config.schema_unions import KINDS, OBJECT, SUFFIX, UNTYPED, Schema, joined_kinds, names, or_null, ref

CHANGES = "Changes"  # at the end of a definition's name


def changes(tree: Any, definitions: Schema) -> Any:
    """Return the schema of changes to a value of the given schema. Lists are not merged, so their schemas stay.

    Definitions that the schema refers to are changed as well, under new names.
    """
    if isinstance(tree, list):
        return [changes(item, definitions) for item in tree]
    if not isinstance(tree, dict) or "array" in tree.get("type", ()):
        return tree
    changed = {key: changes(value, definitions) for key, value in tree.items() if key not in ("required", "default")}
    if "$ref" in tree:
        changed |= ref(_changed_definition(tree["$ref"].rpartition("/")[2], definitions))
    if "properties" in tree:
        fields = changed["properties"].items()
        changed["properties"] = {name: field if name == "type" else or_null(field) for name, field in fields}
    if isinstance(tree.get("additionalProperties"), dict):
        changed["additionalProperties"] = or_null(changed["additionalProperties"])
    if KINDS in tree:
        choices = [choice["$ref"].rpartition("/")[2] for choice in changed["anyOf"] if "$ref" in choice]
        changed |= {SUFFIX: CHANGES, UNTYPED: _untyped_definition(tree[KINDS], choices, definitions)}
    return changed


def _changed_definition(name: str, definitions: Schema) -> str:
    """Define changes to a value of the given definition; return the name."""
    changed = f"{name}{CHANGES}"
    if changed not in definitions:
        definitions[changed] = {}  # stops the recursion
        definitions[changed] = changes(definitions[name], definitions)
        if "type" in definitions[name]["properties"]:
            definitions[changed]["properties"]["type"] = ref(f"{name}/properties/type")
    return changed


def _untyped_definition(kinds: Sequence[str], choices: Sequence[str], definitions: Schema) -> str:
    """Define a mapping with the fields of all choices (only the extended file has the type); return the name."""
    name = f"{joined_kinds(kinds)}{CHANGES}"
    fields = _merge([definitions[choice] for choice in choices])["properties"]
    definitions[name] = {
        **OBJECT,
        "description": f"fields of the {' or '.join(kinds)} in the extended file",
        "properties": {**fields, "type": names(kinds)},
        "additionalProperties": False,
    }
    return name


def _merge(schemas: Sequence[Schema]) -> Schema:
    """Return a schema that accepts what any of these accepts. Mappings are merged field by field."""
    if all("properties" in schema for schema in schemas):
        fields = {
            name: _merge([schema["properties"][name] for schema in schemas if name in schema["properties"]])
            for name in dict.fromkeys(name for schema in schemas for name in schema["properties"])
        }
        return {**schemas[0], "properties": fields}
    descriptions = dict.fromkeys(schema["description"] for schema in schemas if "description" in schema)
    bare = [{key: what for key, what in schema.items() if key != "description"} for schema in schemas]
    different = [schema for index, schema in enumerate(bare) if schema not in bare[:index]]
    merged = different[0] if len(different) == 1 else {"anyOf": different}
    return {**merged, "description": "; or ".join(descriptions)}
