"""The JSON Schema says of a file what the loader says, and people can read it."""

from __future__ import annotations

import dataclasses
import inspect
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from nncli import bundled_configs, config, registry
from nncli.config.fields import kinds_in, names_of
from nncli.config.markdown import markdown
from nncli.config.nodes import plain
from nncli.config.reader import read_file, read_text
from nncli.config.schema import schema
from nncli.experiment import DEFAULT_TYPES, Experiment
from nncli.text import join_words
from tests import kernels
from tests.config.bad import SINE, Bad, components, fields, files, layers

SCHEMA = schema()
VALIDATOR = Draft202012Validator(SCHEMA)
CONFIGS = [pytest.param(path, id=path.stem) for path in sorted(bundled_configs.configs().rglob("*.yaml"))]

# JSON has no such numbers, and its integers may be written as any float.
NO_JSON = (".nan", ".inf", "1e400", "1e18", "1e30")
BAD = [*fields.ROWS, *components.ROWS, *layers.ROWS, *files.LACKING, *files.MANY[:3]]


def data_of(text: str) -> Any:
    return plain(read_text(text, "f.yaml"))


def faults(data: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(data)]


def test_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_shipped_schema_is_up_to_date() -> None:
    assert bundled_configs.schema().read_text() == json.dumps(SCHEMA, indent=2) + "\n"


@pytest.mark.parametrize("path", CONFIGS)
def test_takes_what_is_shipped(path: Path) -> None:
    assert faults(plain(read_file(path))) == []


@pytest.mark.parametrize("path", CONFIGS)
def test_takes_what_is_saved(path: Path) -> None:
    assert faults(data_of(config.dump(config.load(path).experiment))) == []


def uses() -> Iterator[tuple[str, bool, type]]:
    """Every component under each key of an experiment that takes it, and whether the key holds a list."""
    for name, hint in get_type_hints(Experiment).items():
        in_list = tuple in (get_origin(one) for one in (hint, *get_args(hint)))
        for kind in kinds_in(hint):
            yield from ((name, in_list, cls) for cls in registry.components(kind))


@pytest.mark.parametrize(
    ("key", "in_list", "cls"), [pytest.param(*use, id=f"{use[0]}-{registry.type_name(use[2])}") for use in uses()]
)
def test_component_is_accepted_as_mapping_or_if_it_requires_no_fields_by_name(
    key: str, in_list: bool, cls: Any
) -> None:
    def spec_with_component(value: Any) -> dict[str, Any]:
        return data_of(SINE) | {key: [value] if in_list else value}

    name = registry.type_name(cls)
    assert faults(spec_with_component({"type": name, **cls.example})) == []
    assert bool(faults(spec_with_component(name))) == bool(registry.required_fields(cls))
    assert bool(faults(spec_with_component({"type": name}))) == bool(registry.required_fields(cls))
    assert faults(spec_with_component({"type": name, **cls.example, "no_such_field": 1}))
    of_the_usual_type = key in DEFAULT_TYPES and cls.example.keys() <= fields_of_the_usual_type(key)
    assert bool(faults(spec_with_component(cls.example))) != of_the_usual_type, "without its type"


def fields_of_the_usual_type(key: str) -> set[str]:
    """The fields of the component that a mapping without a type stands for."""
    (usual,) = {cls for name, _, cls in uses() if name == key and registry.type_name(cls) == DEFAULT_TYPES[key]}
    return {field.name for field in dataclasses.fields(usual)}


def test_takes_settings_without_a_type_where_there_is_a_usual_one() -> None:
    assert faults(data_of(f"{SINE}optimizer: {{learning_rate: 0.1, beta_1: 0.8}}\n")) == []
    assert faults(data_of(f"{SINE}optimizer: {{momentum: 0.1}}\n")), "which is of another optimizer"
    assert faults(data_of(f"{SINE}init: {{scale: 0.1}}\n")), "which is of another initializer"


@pytest.mark.parametrize(
    "row", [row for row in BAD if not any(word in row.text for word in NO_JSON)], ids=lambda x: x.name
)
def test_refuses_what_the_loader_refuses(row: Bad) -> None:
    assert faults(data_of(row.text))


@pytest.mark.parametrize("name", ["../x", ".x", "", "a b", "-x", "x" * 256])
def test_refuses_bad_names(name: str) -> None:
    assert faults(data_of(SINE) | {"name": name})
    assert faults({"extends": "base.yaml", "name": name})


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "data: {samples: 5}",
        "data: {type: spiral, classes: 2}",
        "data: {validation: {samples: 5}, test: null}",
        "data: {type: null, samples: 5}",
        "optimizer: {learning_rate: 0.1}",
        "optimizer: {type: sgd, learning_rate: 0.1}",
        "optimizer: {learning_rate: null}",
        "optimizer: null",
        "optimizer: sgd",
        "init: {scale: 0.1}",
        "train: {early_stopping: {patience: 3}}",
        "train: {early_stopping: null, epochs: null}",
        "loss: mae",
        "name: null",
        "layers: [{type: dense, units: 3}, relu]",
        "metrics: []",
    ],
)
def test_a_file_that_extends_gives_what_differs(text: str) -> None:
    data = data_of(text) | {"extends": "base.yaml"}
    if "type: null" in text:
        assert faults(data), "without its type a component is none"
    else:
        assert faults(data) == []


@pytest.mark.parametrize(
    "text",
    [
        "extends: 5",
        "extends: [base.yaml]",
        "extends: null",
        "extends: base.yaml\ndata: {sample: 5}",
        "extends: base.yaml\ndata: {samples: 0}",
        "extends: base.yaml\ndata: {validation: {type: sine}}",
        "extends: base.yaml\noptimizer: {type: sgd, beta_1: 0.9}",
        "extends: base.yaml\noptimizer: zebra",
        "extends: base.yaml\ntrain: {epoch: 5}",
        "extends: base.yaml\ntrain: {epochs: ten}",
        "extends: base.yaml\nlayers: [{units: 5}]",
        "extends: base.yaml\nlayers: [dense]",
        "extends: base.yaml\nlayers: []",
        "extends: base.yaml\nmetrics: [zebra]",
        "extends: base.yaml\nseeds: 5",
    ],
)
def test_a_file_that_extends_is_checked_all_the_same(text: str) -> None:
    assert faults(data_of(text))


def test_a_file_may_say_that_it_extends_nothing() -> None:
    assert faults(data_of(f"{SINE}extends: null\n")) == []


def unexpected_property(field: str) -> str:
    return f"Additional properties are not allowed ('{field}' was unexpected)"


WITHOUT_LAYERS = "data: sine\nloss: mse\n"
CHANGES = "extends: base.yaml\n"
MISTAKES = [
    (f"{SINE}optimizer: {{type: adam, momentum: 0.9}}", "optimizer", unexpected_property("momentum")),
    (f"{SINE}optimizer: {{momentum: 0.9}}", "optimizer", unexpected_property("momentum")),
    (f"{SINE}optimizer: {{type: rmsprop, rho: -1}}", "optimizer.rho", "-1 is less than the minimum of 0"),
    (f"{SINE}optimizer: {{schedule: {{type: step}}}}", "optimizer.schedule", "'decay_steps' is a required property"),
    (f"{SINE}optimizer: adagradd", "optimizer", "'adagradd' is not one of ['adagrad', "),
    (f"{SINE}optimizer: {{type: adagradd}}", "optimizer.type", "'adagradd' is not one of ['adagrad', "),
    (f"{SINE}train: {{epoch: 5}}", "train", unexpected_property("epoch")),
    (f"{WITHOUT_LAYERS}layers: [{{type: dense}}]", "layers[0]", "'units' is a required property"),
    (f"{WITHOUT_LAYERS}layers: [{{type: dense, units: a}}]", "layers[0].units", "'a' is not of type 'integer'"),
    (f"{WITHOUT_LAYERS}layers: [{{units: 1}}]", "layers[0]", "'type' is a required property"),
    (f"{WITHOUT_LAYERS}layers: [rellu]", "layers[0]", "'rellu' is not one of ['batch_norm', "),
    (f"{WITHOUT_LAYERS}layers: [{{type: rellu}}]", "layers[0].type", "'rellu' is not one of ['batch_norm', 'dense', "),
    (f"{CHANGES}optimizer: {{learning_rat: 1}}", "optimizer", unexpected_property("learning_rat")),
    (f"{CHANGES}optimizer: {{learning_rate: a}}", "optimizer.learning_rate", "'a' is not of type 'number', 'null'"),
    (f"{CHANGES}optimizer: {{type: sgd, beta_1: 0.9}}", "optimizer", unexpected_property("beta_1")),
    (f"{CHANGES}data: {{validation: {{sample: 5}}}}", "data.validation", unexpected_property("sample")),
    (f"{CHANGES}train: {{early_stopping: {{patient: 5}}}}", "train.early_stopping", unexpected_property("patient")),
]


@pytest.mark.parametrize(("text", "path", "message"), MISTAKES)
def test_error_is_about_the_named_component(text: str, path: str, message: str) -> None:
    error = best_match(VALIDATOR.iter_errors(data_of(text)))
    assert error.json_path == f"$.{path}"
    assert error.message.startswith(message)


def properties(tree: Any) -> Iterator[tuple[str, Any]]:
    """Every property anywhere in the schema, by name."""
    if isinstance(tree, dict):
        yield from tree.get("properties", {}).items()
    for inner in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from properties(inner)


@pytest.mark.parametrize("cls", [cls for kind in registry.kinds() for cls in registry.components(kind)])
def test_type_has_the_texts_of_its_component(cls: Any) -> None:
    definition = SCHEMA["$defs"][cls.__name__]
    type_field = definition["properties"]["type"]
    assert type_field["const"] == registry.type_name(cls)
    for key in ("title", "description", "markdownDescription"):
        assert type_field[key] == definition[key]
    formulas = [line.strip() for line in type_field["description"].splitlines() if line.startswith("    ")]
    blocks = type_field["markdownDescription"].split("```")[1::2]
    assert [line for line in formulas if line not in "".join(blocks)] == []
    assert not any("Source:" in block or block.endswith(".") for block in blocks)


@pytest.mark.parametrize(
    ("docstring", "expected"),
    [
        ("Adds `a*b`\nto <x>.", "Adds `a*b` to \\<x>."),
        (
            "Adds.\n\n    y = a * x\n      + b\n\nSource: [1] *.",
            "Adds.\n\n```text\ny = a * x\n  + b\n```\n\nSource: \\[1] \\*.",
        ),
        ("Adds.\n\ny = x", "Adds.\n\n```text\ny = x\n```"),
    ],
)
def test_markdown_has_formulas_in_code_blocks(docstring: str, expected: str) -> None:
    assert markdown(docstring) == expected


def test_every_property_is_described() -> None:
    definitions = list(properties(SCHEMA["$defs"]))
    assert {field.name for field in dataclasses.fields(Experiment)} < {name for name, _ in definitions}
    for name, field in definitions:
        assert name == "type" or field["description"].strip(), name


@pytest.mark.parametrize("cls", [Experiment, *(cls for kind in registry.kinds() for cls in registry.components(kind))])
def test_definition_is_described_by_its_docstring(cls: type) -> None:
    assert SCHEMA["$defs"][cls.__name__]["description"] == inspect.getdoc(cls)


def test_every_definition_is_referred_to() -> None:
    text = str(SCHEMA)
    assert [name for name in SCHEMA["$defs"] if f"'#/$defs/{name}'" not in text] == []


def test_is_of_a_size_that_one_can_read() -> None:
    assert not list(properties({"if": SCHEMA["if"], "then": SCHEMA["then"], "else": SCHEMA["else"]}))[1:]
    assert len(SCHEMA["$defs"]) < 3 * sum(len(registry.components(kind)) for kind in registry.kinds())


NEW_COMPONENT = """
from pathlib import Path
from typing import Annotated, ClassVar, Literal
from annotated_types import Gt
from jsonschema import Draft202012Validator
from nncli import config
from nncli.config.schema import schema
from nncli.nn.initializers.base import Initializer
from nncli.registry import Help, register

Path("quagga.yaml").write_text('''
data: sine
init: {type: quagga, stripes: 3}
layers: [{type: dense, units: 1}]
loss: mse
''')
quagga = {"type": "quagga", "stripes": 3}
spec = {"data": "sine", "init": quagga, "layers": [{"type": "dense", "units": 1}], "loss": "mse"}

def answer():
    try:
        return config.load(Path("quagga.yaml")).experiment.init
    except Exception as error:
        return str(error)

print(answer())
print(Draft202012Validator(schema()).is_valid(spec))

@register
class Quagga(Initializer):
    type: Literal["quagga"] = "quagga"
    stripes: Annotated[int, Gt(0), Help("how many")]
    example: ClassVar = {"stripes": 3}

    def standard_deviation(self, inputs, units):
        return 1.0

    def draw(self, shape, random):
        return random.randn(*shape)

print(answer())
print(Draft202012Validator(schema()).is_valid(spec))
print(Draft202012Validator(schema()).is_valid(spec | {"init": {"type": "quagga", "stripes": 0}}))
print(schema()["$defs"]["Quagga"]["properties"]["stripes"]["description"])
"""


def test_a_new_component_is_in_the_schema_and_in_files_at_once(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", NEW_COMPONENT],
        cwd=tmp_path,
        env={"PYTHONPATH": str(root), "PATH": "", **kernels.environment()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        'quagga.yaml:3:14: init.type: unknown initializer "quagga"; choose from '
        + join_words(names_of(["initializer"])),
        "hint: see `nncli list initializer` for every initializer",
        "False",
        "Quagga(type='quagga', stripes=3)",
        "True",
        "False",
        "how many",
    ]
