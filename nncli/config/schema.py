"""The JSON Schema of an experiment file, as people write it, so that editors complete and check."""

from __future__ import annotations

from pydantic import TypeAdapter

from nncli import run_names
from nncli.config.extends import SWEEP
from nncli.config.markdown import markdown
from nncli.config.paths import NOT_OF_PARTS
from nncli.config.schema_changes import changes
from nncli.config.schema_space import space
from nncli.config.schema_unions import KINDS, OBJECT, UNTYPED, Generator, Schema, Unions, names, ref
from nncli.experiment import DEFAULT_TYPES, OPTIONAL_IN_FILES, Experiment, mappings
from nncli.registry import components, find, kinds, type_name
from nncli.search.sweep import Sweep
from nncli.settings import PARTS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TITLE = "nncli experiment"  # by which a schema is known to be ours


def schema() -> Schema:
    """The schema: a file has all that an experiment needs, or extends another and gives what differs."""
    experiment = TypeAdapter(Experiment).json_schema(schema_generator=Generator)
    sweep = TypeAdapter(Sweep).json_schema(schema_generator=Generator)
    definitions: Schema = {"Experiment": experiment, "Sweep": sweep, **experiment.pop("$defs"), **sweep.pop("$defs")}
    sweep["properties"]["space"] |= space()
    for kind in kinds():
        for cls in components(kind):
            _describe(definitions[cls.__name__], f"{kind} {type_name(cls)}")
    for path, cls in mappings().items():
        definitions[cls.__name__]["title"] = f"mapping {path}"
    for cls in components("data"):
        _describe_parts(definitions[cls.__name__]["properties"])
    experiment["properties"]["name"] |= {"pattern": run_names.PATTERN, "maxLength": run_names.LONGEST}
    experiment["properties"]["extends"] = {
        "type": ["string", "null"],
        "description": "the file that this one builds on",
    }
    experiment["properties"][SWEEP] = {**ref("Sweep"), "description": sweep["description"]}
    for name in OPTIONAL_IN_FILES:
        experiment["required"].remove(name)
    changed = changes({"$ref": "#/$defs/Experiment"}, definitions)
    for name, usual in DEFAULT_TYPES.items():
        _let_out_type(name, usual, definitions)
    Unions(definitions).replace_placeholders()
    return {
        "$schema": DIALECT,
        "title": TITLE,
        "description": experiment["description"],
        **OBJECT,
        "if": {"properties": {"extends": {"type": "string"}}, "required": ["extends"]},
        "then": changed,
        "else": {"$ref": "#/$defs/Experiment"},
        "$defs": definitions,
    }


def _describe(component: Schema, title: str) -> None:
    """Add the texts that editors show for a component and its `type`."""
    texts = {"title": title, "description": component["description"]}  # completion on the command line reads the title
    texts["markdownDescription"] = markdown(component["description"])
    component |= texts
    component["properties"]["type"] |= texts


def _let_out_type(name: str, usual: str, definitions: Schema) -> None:
    """Accept the fields of the usual component without `type`."""
    field = definitions["Experiment"]["properties"][name]
    component = next(cls.__name__ for kind in field[KINDS] if (cls := find(kind, usual)))
    fields = {**definitions[component]["properties"], "type": names(field[KINDS])}
    needed = [key for key in definitions[component]["required"] if key != "type"]
    definitions[f"Usual{component}"] = {**definitions[component], "properties": fields, "required": needed}
    field[UNTYPED] = f"Usual{component}"


def _describe_parts(fields: Schema) -> None:
    """Give `validation` and `test` the fields of their data set; null removes the part."""
    own = {name: dict(field) for name, field in fields.items() if name not in NOT_OF_PARTS}
    for field in own.values():
        field.pop("default", None)  # for it is what the data set has
    for name in PARTS:
        part = {"type": ["object", "null"], "properties": own, "additionalProperties": False}
        fields[name] = {**part, "description": fields[name]["description"]}
