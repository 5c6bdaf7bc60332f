"""Diagnostics, hovers and completions of experiment files in editors."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from nncli import bundled_configs
from nncli.config.fields import field_names
from nncli.config.schema import schema
from nncli.experiment import Experiment, Train
from nncli.nn.initializers.glorot import GlorotUniform
from nncli.registry import components, find, required_fields, type_name
from tests.config.language_server import LanguageServer, Problem, program

pytestmark = pytest.mark.long

CONFIGS = [pytest.param(path, id=path.stem) for path in sorted(bundled_configs.configs().rglob("*.yaml"))]
DATA_AND_LOSS = "data: sine\nloss: mse\n"
LAYERS = "layers: [{type: dense, units: 1}]\n"
WHOLE = DATA_AND_LOSS + LAYERS
CHANGES = "extends: base.yaml\n"


@pytest.fixture(scope="module")
def server() -> Iterator[LanguageServer]:
    with LanguageServer() as server:
        yield server


@pytest.mark.parametrize("path", CONFIGS)
def test_bundled_files_have_no_diagnostics(server: LanguageServer, path: Path) -> None:
    assert server.problems(path.read_text(encoding="utf-8"), path) == []


def components_of(*kinds: str) -> list[type]:
    return [cls for kind in kinds for cls in components(kind)]


def components_without_required_fields(*kinds: str) -> list[type]:
    return [cls for cls in components_of(*kinds) if not required_fields(cls)]


def other_than(classes: list[type]) -> str:
    return other_names([type_name(cls) for cls in classes])


def other_names(names: list[str]) -> str:
    return f"Value is not accepted. Valid values: {', '.join(json.dumps(name) for name in names)}."


def unknown_property(field: str) -> str:
    return f"Property {field} is not allowed."


def wrong_type_message(*types: str) -> str:
    return (
        f"Incorrect type. Expected one of {', '.join(types)}."
        if types[1:]
        else f'Incorrect type. Expected "{types[0]}".'
    )


MAPPING, ANY_LAYER = "mapping experiment", "layer or activation"
ANY_BARE_LAYER = other_than(components_without_required_fields("layer", "activation"))
# A file with the mistake in «», the message, and the title of the schema, which editors show next to it.
MISTAKES = [
    # unknown fields
    (f"{WHOLE}«optimiser»: adam\n", unknown_property("optimiser"), MAPPING),
    (f"{WHOLE}«epochs»: 5\n", unknown_property("epochs"), MAPPING),
    (
        f"{DATA_AND_LOSS}layers:\n  - {{type: dense, units: 1, «activatoin»: relu}}\n",
        unknown_property("activatoin"),
        "layer dense",
    ),
    (
        f"{DATA_AND_LOSS}layers:\n  - type: dense\n    units: 3\n    init: {{type: normal, «scal»: 0.1}}\n",
        unknown_property("scal"),
        "initializer normal",
    ),
    (f"{WHOLE}optimizer: {{type: adam, «momentum»: 0.9}}\n", unknown_property("momentum"), "optimizer adam"),
    (f"{WHOLE}optimizer: {{«momentum»: 0.9}}\n", unknown_property("momentum"), "optimizer adam"),
    (f"{WHOLE}optimizer: {{«adam»: {{learning_rate: 0.1}}}}\n", unknown_property("adam"), "optimizer adam"),
    (
        f"{WHOLE}optimizer:\n  type: sgd\n  schedule: {{type: cosine, «alfa»: 0.1}}\n",
        unknown_property("alfa"),
        "schedule cosine",
    ),
    (f"{WHOLE}init: {{«scale»: 0.1}}\n", unknown_property("scale"), "initializer glorot_uniform"),
    (f"{WHOLE}train: {{«epoch»: 5}}\n", unknown_property("epoch"), "mapping train"),
    (
        f"{WHOLE}train:\n  early_stopping: {{«patient»: 5}}\n",
        unknown_property("patient"),
        "mapping train.early_stopping",
    ),
    (f"loss: mse\n{LAYERS}data: {{type: sine, «sample»: 5}}\n", unknown_property("sample"), "data sine"),
    (
        f"loss: mse\n{LAYERS}data: {{type: sine, validation: {{«sample»: 5}}}}\n",
        unknown_property("sample"),
        "data sine",
    ),
    (
        f"loss: mse\n{LAYERS}data: {{type: csv, path: a.csv, target: b, split: {{«tets»: 0.1}}}}\n",
        unknown_property("tets"),
        "mapping data.split",
    ),
    (f"data: sine\n{LAYERS}loss: {{type: huber, «dleta»: 1}}\n", unknown_property("dleta"), "loss huber"),
    (f"{WHOLE}metrics:\n  - {{type: accuracy, «limit»: 0.5}}\n", unknown_property("limit"), "metric accuracy"),
    # wrong types
    (f"{WHOLE}seed: «one»\n", wrong_type_message("integer"), MAPPING),
    (f"{DATA_AND_LOSS}layers: «dense»\n", wrong_type_message("array"), MAPPING),
    (f"{DATA_AND_LOSS}layers:\n  - type: dense\n    units: «many»\n", wrong_type_message("integer"), "layer dense"),
    (f"{WHOLE}train: {{epochs: «1.5»}}\n", wrong_type_message("integer"), "mapping train"),
    (f"{WHOLE}train: {{shuffle: «sometimes»}}\n", wrong_type_message("boolean | null"), "mapping train"),
    (f"{WHOLE}train: «1000»\n", wrong_type_message("mapping train"), "mapping train"),
    # values out of range
    (
        f"{DATA_AND_LOSS}layers:\n  - {{type: dense, units: «0»}}\n",
        "Value is below the exclusive minimum of 0.",
        "layer dense",
    ),
    (
        f"{DATA_AND_LOSS}layers:\n  - {{type: dropout, rate: «1.5»}}\n  - {{type: dense, units: 1}}\n",
        "Value is above the exclusive maximum of 1.",
        "layer dropout",
    ),
    (
        f"{WHOLE}optimizer: {{type: rmsprop, learning_rate: «-0.1»}}\n",
        "Value is below the exclusive minimum of 0.",
        "optimizer rmsprop",
    ),
    (f"{WHOLE}train: {{batch_size: «0»}}\n", "Value is below the exclusive minimum of 0.", "mapping train"),
    (f"{DATA_AND_LOSS}layers: «[]»\n", "Array has too few items. Expected 1 or more.", MAPPING),
    (f"{WHOLE}precision: «float16»\n", other_names(["float32", "float64", "book"]), MAPPING),
    # unknown components
    (
        f"{DATA_AND_LOSS}layers:\n  - {{type: «conv2d», units: 1}}\n",
        other_than(components_of("layer", "activation")),
        ANY_LAYER,
    ),
    (f"{DATA_AND_LOSS}layers:\n  - {{type: dense, units: 1}}\n  - «rellu»\n", ANY_BARE_LAYER, ANY_LAYER),
    (f"{DATA_AND_LOSS}layers:\n  - «mse»\n", ANY_BARE_LAYER, ANY_LAYER),
    (
        f"{DATA_AND_LOSS}layers:\n  - {{type: dense, units: 1, activation: «rellu»}}\n",
        other_than(components_without_required_fields("activation")),
        "activation",
    ),
    (f"{WHOLE}optimizer: «adagradd»\n", other_than(components_without_required_fields("optimizer")), "optimizer"),
    (f"{WHOLE}optimizer: {{type: «adagradd»}}\n", other_than(components_of("optimizer")), "optimizer"),
    # missing fields
    (f"«d»ata: sine\n{LAYERS}", 'Missing property "loss".', MAPPING),
    (f"{DATA_AND_LOSS}layers:\n  - «{{»type: dense}}\n", 'Missing property "units".', "layer dense"),
    (f"{DATA_AND_LOSS}layers:\n  - «{{»units: 3}}\n", 'Missing property "type".', ANY_LAYER),
    (f"{DATA_AND_LOSS}layers:\n  - «d»ense: {{units: 3}}\n", 'Missing property "type".', ANY_LAYER),
    (f"loss: mse\n{LAYERS}«data»: {{type: csv, target: price}}\n", 'Missing property "path".', "data csv"),
    (f"{DATA_AND_LOSS}layers:\n  - «dense»\n", ANY_BARE_LAYER, ANY_LAYER),
    (f"data: «csv»\nloss: mse\n{LAYERS}", other_than(components_without_required_fields("data")), "data"),
    # mistakes in a file that extends another
    (f"{CHANGES}«optimiser»: adam\n", unknown_property("optimiser"), MAPPING),
    (f"{CHANGES}optimizer: {{«learning_rat»: 0.1}}\n", unknown_property("learning_rat"), "optimizer"),
    (f"{CHANGES}optimizer: {{type: adam, «learning_rat»: 0.1}}\n", unknown_property("learning_rat"), "optimizer adam"),
    (f"{CHANGES}optimizer: {{learning_rate: «fast»}}\n", wrong_type_message("number", "null"), "optimizer"),
    (f"{CHANGES}optimizer: «adagradd»\n", other_than(components_without_required_fields("optimizer")), "optimizer"),
    (f"{CHANGES}optimizer: {{schedule: {{«alfa»: 3}}}}\n", unknown_property("alfa"), "schedule"),
    (f"{CHANGES}train: {{«epoch»: 5}}\n", unknown_property("epoch"), "mapping train"),
    (
        f"{CHANGES}train: {{early_stopping: {{«patient»: 5}}}}\n",
        unknown_property("patient"),
        "mapping train.early_stopping",
    ),
    (f"{CHANGES}data: {{«sample»: 5}}\n", unknown_property("sample"), "data"),
    (f"{CHANGES}data: {{validation: {{«sample»: 5}}}}\n", unknown_property("sample"), "data"),
    (f"{CHANGES}data: {{samples: «0»}}\n", "Value is below the exclusive minimum of 0.", "data"),
    (f"{CHANGES}loss: {{type: huber, delta: «0»}}\n", "Value is below the exclusive minimum of 0.", "loss huber"),
    (f"{CHANGES}layers:\n  - {{type: dense, units: 1, «unit»: 3}}\n", unknown_property("unit"), "layer dense"),
]


@pytest.mark.parametrize(("text", "message", "title"), MISTAKES)
def test_mistake_is_marked_with_a_message_about_its_component(
    server: LanguageServer, text: str, message: str, title: str
) -> None:
    before, marked, after = re.split("[«»]", text)
    line = before.count("\n") + 1
    assert server.problems(before + marked + after) == [Problem(line, marked, message, title)]


def test_number_in_place_of_a_component_is_marked(server: LanguageServer) -> None:
    problems = server.problems(f"data: sine\n{LAYERS}loss: 5\n")
    assert {(problem.line, problem.text) for problem in problems} == {(3, "5")}
    assert Problem(3, "5", other_than(components_without_required_fields("loss")), "loss") in problems


def texts_of(cls: type | None) -> list[str]:
    """Return the summary and the formulas of a component as Markdown."""
    assert cls
    summary, *others = (inspect.getdoc(cls) or "").split("\n\n")
    formulas = [f"```text\n{textwrap.dedent(text)}\n```" for text in others if text.startswith("    ")]
    return [summary.replace("\n", " "), *formulas]


HOVERS = [
    ("layers: [{type: den|se, units: 3}]\n", "layer dense", find("layer", "dense")),
    ("layers:\n  - type: batch|_norm\n", "layer batch\\_norm", find("layer", "batch_norm")),
    ("layers: [{type: dense, units: 3, activation: re|lu}]\n", "activation relu", find("activation", "relu")),
    ("layers:\n  - re|lu\n", "activation relu", find("activation", "relu")),
    (f"{LAYERS}optimizer: {{type: ad|am, learning_rate: 0.1}}\n", "optimizer adam", find("optimizer", "adam")),
    (f"{LAYERS}opti|mizer: sgd\n", "optimizer sgd", find("optimizer", "sgd")),
    (f"{LAYERS}opti|mizer: {{type: sgd, momentum: 0.1}}\n", "optimizer", find("optimizer", "sgd")),
    (f"{LAYERS}opti|mizer: {{learning_rate: 0.1}}\n", "optimizer", find("optimizer", "adam")),
    (f"{LAYERS}optimizer: {{schedule: {{type: co|sine}}}}\n", "schedule cosine", find("schedule", "cosine")),
    (f"{LAYERS}in|it: glorot_uniform\n", "initializer glorot\\_uniform", GlorotUniform),
    (f"{LAYERS}metrics: [accu|racy]\n", "metric accuracy", find("metric", "accuracy")),
    (f"{CHANGES}optimizer: {{type: ada|grad}}\n", "optimizer adagrad", find("optimizer", "adagrad")),
    (f"{CHANGES}loss: hu|ber\n", "loss huber", find("loss", "huber")),
]


@pytest.mark.parametrize(("text", "title", "cls"), HOVERS)
def test_hover_over_a_component_shows_summary_and_formulas(
    server: LanguageServer, text: str, title: str, cls: type | None
) -> None:
    hover = server.hover(text if CHANGES in text else DATA_AND_LOSS + text)
    assert hover.startswith(f"#### {title}\n")
    assert [part for part in texts_of(cls) if part not in hover] == []


@pytest.mark.parametrize(
    ("text", "title", "definition", "field"),
    [
        ("layers: [{type: dense, un|its: 3}]\n", "layer dense", "Dense", "units"),
        (f"{LAYERS}train: {{batch_size: 1|0}}\n", "mapping train", "Train", "batch_size"),
        (f"{LAYERS}seed: |1\n", "mapping experiment", "Experiment", "seed"),
        (f"{CHANGES}optimizer: {{learning|_rate: 0.1}}\n", "optimizer", "Adam", "learning_rate"),
    ],
)
def test_hover_over_a_field_shows_its_help(
    server: LanguageServer, text: str, title: str, definition: str, field: str
) -> None:
    hover = server.hover(text if CHANGES in text else DATA_AND_LOSS + text)
    help = schema()["$defs"][definition]["properties"][field]["description"]
    assert hover.replace("\\", "").startswith(f"#### {title}\n\n{help}")


def test_hover_over_a_mapping_without_type_names_no_component(server: LanguageServer) -> None:
    hover = server.hover(f"{CHANGES}opti|mizer: {{learning_rate: 0.1}}\n")
    assert hover.startswith("#### optimizer\n\nfields of the optimizer in the extended file\n")


def fields(kind: str, name: str) -> list[str]:
    cls = find(kind, name)
    assert cls
    return [field for field in field_names(cls) if field != "type"]


COMPONENTS = [
    (f"{DATA_AND_LOSS}layers:\n  - type: |\n", components_of("layer", "activation")),
    (f"{DATA_AND_LOSS}layers: [{{type: |}}]\n", components_of("layer", "activation")),
    (f"{DATA_AND_LOSS}layers:\n  - |\n", components_without_required_fields("layer", "activation")),
    (f"{DATA_AND_LOSS}layers:\n  - type: dense\n    activation: |\n", components_without_required_fields("activation")),
    (f"{WHOLE}optimizer: |\n", components_without_required_fields("optimizer")),
    (f"{WHOLE}optimizer:\n  type: |\n", components_of("optimizer")),
    (f"{WHOLE}optimizer:\n  type: sgd\n  schedule: |\n", components_without_required_fields("schedule")),
    (f"{WHOLE}metrics:\n  - |\n", components_without_required_fields("metric")),
    ("data: |\n", components_without_required_fields("data")),
    ("data:\n  type: |\n", components_of("data")),
    (f"{CHANGES}optimizer:\n  type: |\n", components_of("optimizer")),
    (f"{CHANGES}loss: |\n", components_without_required_fields("loss")),
]


@pytest.mark.parametrize(("text", "classes"), COMPONENTS)
def test_completion_of_a_component_has_summaries_and_formulas(
    server: LanguageServer, text: str, classes: list[type]
) -> None:
    proposed = server.completions(text)
    assert [cls for cls in classes if type_name(cls) not in proposed] == []
    assert [cls for cls in classes if any(part not in proposed[type_name(cls)] for part in texts_of(cls))] == []


FIELDS = [
    (f"{DATA_AND_LOSS}layers:\n  - type: dense\n    |\n", fields("layer", "dense")),
    (f"{WHOLE}optimizer:\n  |\n", ["type", *fields("optimizer", "adam")]),
    (f"{WHOLE}optimizer:\n  type: sgd\n  |\n", fields("optimizer", "sgd")),
    (f"{WHOLE}train:\n  |\n", field_names(Train)),
    ("|\n", [*field_names(Experiment), "extends"]),
    (f"{CHANGES}|\n", field_names(Experiment)),
    (f"{CHANGES}optimizer:\n  |\n", ["type", *fields("optimizer", "adam"), *fields("optimizer", "sgd")]),
]


@pytest.mark.parametrize(("text", "names"), FIELDS)
def test_completion_of_a_key_has_help(server: LanguageServer, text: str, names: list[str]) -> None:
    proposed = server.completions(text)
    assert [name for name in names if name not in proposed] == []
    assert [name for name in names if not proposed[name] and name != "type"] == []


def test_completion_after_a_dash_inserts_required_fields(server: LanguageServer) -> None:
    proposed = server.completions(f"{DATA_AND_LOSS}layers:\n  - |\n")
    assert proposed["layer dense"].endswith("```yaml\n  type: dense\n  units: 0\n```")


AJV = """
const Ajv = require("ajv/dist/2020");
const ajv = new Ajv({strict: true});
ajv.addVocabulary(["markdownDescription"]);  // a keyword of editors, which no standard has
ajv.compile(JSON.parse(require("fs").readFileSync(0)));
"""


def test_ajv_compiles_the_schema_in_strict_mode() -> None:
    """Use the ajv that is installed with yaml-language-server."""
    text = json.dumps(schema())
    done = subprocess.run(
        ["node", "-e", AJV], input=text, cwd=program().parent, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
