"""The JSON Schema of fields that take a component: its bare name, or a mapping with its name as `type`.

An `anyOf` of all components would accept the same files, but its errors could be about any of them. With an `if` and a
`then` for each type, validators and editors report errors of the component that the file names.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any, TypeAlias

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from nncli.registry import TAG_MARK, components, required_fields, type_name

Schema: TypeAlias = dict[str, Any]

NULL: Schema = {"type": "null"}
OBJECT: Schema = {"type": "object"}
HAS_TYPE: Schema = {**OBJECT, "properties": {"type": True}, "required": ["type"]}

# Keys of the placeholder of a union. Its "anyOf" lists the components, and null if the field may be null.
KINDS = "kinds"  # only placeholders have it
SUFFIX = "suffix"  # the end of the names of definitions, for files that extend another
UNTYPED = "untyped"  # the definition of a mapping without `type`, if such a mapping is valid


class Generator(GenerateJsonSchema):
    """Pydantic's generator, with a placeholder for each union of components, which `Unions` replaces."""

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> Schema:
        kinds = schema["metadata"]["kinds"]
        choices = [schema["choices"][f"{TAG_MARK}{type_name(cls)}"] for cls in _components(kinds)]
        return {KINDS: kinds, "anyOf": [self.generate_inner(choice) for choice in choices]}

    def nullable_schema(self, schema: core_schema.NullableSchema) -> Schema:
        return or_null(self.generate_inner(schema["schema"]))

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> Schema:
        result = super().dataclass_schema(schema)
        result.setdefault("description", inspect.getdoc(schema["cls"]))  # missing before pydantic 2.13
        if result["properties"].get("type", {}).pop("default", None):
            result["required"] = ["type", *result.get("required", [])]
        return result

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def or_null(field: Schema) -> Schema:
    """Return the schema of a field that may also be null."""
    if isinstance(field.get("type"), str):
        words = {"enum": [*field["enum"], None]} if "enum" in field else {}
        return {**field, "type": [field["type"], "null"], **words}
    if "$ref" in field:
        return {"anyOf": [{"$ref": field["$ref"]}, NULL], **{key: field[key] for key in field if key != "$ref"}}
    if "type" in field or NULL in field["anyOf"]:
        return field
    return {**field, "anyOf": [*field["anyOf"], NULL]}


def ref(name: str) -> Schema:
    """Return a reference to a definition, or to a part of one."""
    return {"$ref": f"#/$defs/{name}"}


def joined_kinds(kinds: Iterable[str]) -> str:
    """Return the kinds as part of the name of a definition."""
    return "Or".join(kind.capitalize() for kind in kinds)


def names(kinds: Iterable[str], *, bare: bool = False) -> Schema:
    """Return the schema of the names of components: of all, or only those without required fields.

    `enum` validates. `anyOf` accepts any string and describes each name, for hovers and completions.
    """
    known = [cls for cls in _components(kinds) if not (bare and required_fields(cls))]
    described = [ref(f"{cls.__name__}/properties/type") for cls in known]
    return {"type": "string", "enum": [type_name(cls) for cls in known], "anyOf": [*described, {"type": "string"}]}


class Unions:
    """Replace placeholders in definitions, and add the definitions that several unions share."""

    def __init__(self, definitions: Schema) -> None:
        self.definitions = definitions

    def replace_placeholders(self) -> None:
        """Replace the placeholders in all definitions."""
        for name, definition in list(self.definitions.items()):
            self.definitions[name] = self._without_placeholders(definition)

    def _without_placeholders(self, tree: Any) -> Any:
        if isinstance(tree, list):
            return [self._without_placeholders(item) for item in tree]
        if not isinstance(tree, dict):
            return tree
        if KINDS in tree:
            return self._union(tree)
        return {key: self._without_placeholders(item) for key, item in tree.items()}

    def _union(self, placeholder: Schema) -> Schema:
        """Return the schema of a bare name, a mapping or, if the placeholder has it, null."""
        kinds: list[str] = placeholder[KINDS]
        mapping = self._mapping(kinds, placeholder.get(SUFFIX, ""))
        if UNTYPED in placeholder:
            choices = [OBJECT]
            mapping = {"if": HAS_TYPE, "then": mapping, "else": ref(placeholder[UNTYPED])}
        else:  # yaml-language-server completes all choices after a `-` only if none accepts an empty mapping
            needy = [ref(cls.__name__) for cls in _components(kinds) if required_fields(cls)]
            choices = [{**OBJECT, "minProperties": 1}, *needy]
        if NULL in placeholder["anyOf"]:
            choices.append(NULL)
        return {
            "title": _title(kinds),
            **{key: placeholder[key] for key in ("description", "default") if key in placeholder},
            "anyOf": [self._define(f"{joined_kinds(kinds)}Name", names(kinds, bare=True)), *choices],
            "if": OBJECT,
            "then": mapping,
        }

    def _mapping(self, kinds: list[str], suffix: str) -> Schema:
        """Define a mapping with `type`, validated as the component of that name."""
        cases = [
            {
                "if": {"properties": {"type": {"const": type_name(cls)}}, "required": ["type"]},
                "then": ref(f"{cls.__name__}{suffix}"),
            }
            for cls in _components(kinds)
        ]
        typed = {
            "title": _title(kinds),
            **OBJECT,
            "properties": {"type": names(kinds)},
            "required": ["type"],
            "allOf": cases,
        }
        return self._define(f"{joined_kinds(kinds)}Mapping{suffix}", typed)

    def _define(self, name: str, schema: Schema) -> Schema:
        self.definitions[name] = schema
        return ref(name)


def _components(kinds: Iterable[str]) -> list[type]:
    return [cls for kind in kinds for cls in components(kind)]


def _title(kinds: Iterable[str]) -> str:
    return " or ".join(kinds)  # editors show it next to errors
