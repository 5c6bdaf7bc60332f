"""`nncli list`: all components, the components of a kind, or one component or mapping in full."""

from __future__ import annotations

import dataclasses

import pytest

from nncli.data.data import Split
from nncli.experiment import EarlyStopping, Experiment, Train
from nncli.registry import components, kinds, type_name
from nncli.search.sweep import Objective, Sweep
from tests.cli.program import Program, json_of

ADAM = """\
field          type      limits    default  description
learning_rate  number    > 0       0.001    size of a step
decay          number    ≥ 0       0.0      sets the rate of step i to learning_rate / (1 + decay i)
schedule       schedule                     learning rate of each step; without it, `decay` applies
clip_norm      number    > 0                limit on the norm of all gradients as one vector
clip_value     number    > 0                limit on the magnitude of each gradient entry
beta_1         number    ≥ 0, < 1  0.9      decay factor of m, the running mean of the gradient
beta_2         number    ≥ 0, < 1  0.999    decay factor of v, the running mean of its square
epsilon        number    > 0       1e-07    small number that prevents division by zero
"""

MAPPINGS = {"experiment": Experiment, "data.split": Split, "train": Train, "train.early_stopping": EarlyStopping}
MAPPINGS |= {"sweep": Sweep, "sweep.objective": Objective}
EARLY_STOPPING = """\
train.early_stopping (mapping): End training when a metric has not improved for some epochs.

field      type          limits  default  description
monitor    text                           metric to watch; by default val_loss with validation data, else loss
patience   whole number  > 0     10       epochs without improvement before training ends
min_delta  number        ≥ 0     0.0      a change must exceed this to count as an improvement
"""


def all_entries() -> dict[tuple[str, str], type]:
    """Return all components and mappings by kind and name."""
    entries = {(kind, type_name(cls)): cls for kind in kinds() for cls in components(kind)}
    return entries | {("mapping", path): cls for path, cls in MAPPINGS.items()}


def test_every_component_and_mapping_has_a_line(program: Program) -> None:
    done = program("list")
    assert (done.code, done.err) == (0, "")
    head, *lines = done.lines
    assert head.split() == ["kind", "name", "description"]
    assert sorted(tuple(line.split()[:2]) for line in lines) == sorted(all_entries())
    assert all(len(line.split()) > 4 for line in lines)


def test_a_kind_may_be_plural(program: Program) -> None:
    done = program("list", "optimizers")
    assert [line.split()[1] for line in done.lines[1:]] == ["adagrad", "adam", "adamw", "rmsprop", "sgd"]


def test_a_component_is_shown_in_full(program: Program) -> None:
    done = program("list", "adam")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("adam (optimizer): Divides a running mean of the gradient ")
    assert done.lines[2].startswith("    m ← β₁ m + (1 - β₁) g")
    assert done.out.endswith(f"\n\n{ADAM}")


def test_a_name_of_two_components_shows_both(program: Program) -> None:
    done = program("list", "mae")
    assert [line.split(":")[0] for line in done.lines if line.startswith("mae (")] == ["mae (loss)", "mae (metric)"]
    assert done.lines.count("no fields") == 2


def test_json_has_all_fields(program: Program) -> None:
    entries = json_of(program("list", "--json"))
    classes = all_entries()
    assert sorted((each["kind"], each["name"]) for each in entries) == sorted(classes)
    for each in entries:
        cls = classes[each["kind"], each["name"]]
        fields = [field.name for field in dataclasses.fields(cls) if field.name != "type"]
        assert [field["name"] for field in each["fields"]] == fields
        assert all(field["help"] and field["type"] for field in each["fields"]), each
        assert each["summary"].endswith(".")
        assert each["example"].get("type", each["name"]) == each["name"]
        assert set(each["example"]) <= {"type", *fields}


@pytest.mark.parametrize("what", ["early_stopping", "train.early_stopping"])
def test_a_mapping_is_shown_by_its_path_or_name(program: Program, what: str) -> None:
    assert program("list", what) == (0, EARLY_STOPPING, "")


@pytest.mark.parametrize(
    ("what", "fields"),
    [
        ("train", ["epochs", "batch_size", "shuffle", "snapshots", "early_stopping"]),
        ("data.split", ["validation", "test"]),
        ("split", ["validation", "test"]),
        ("experiment", [field.name for field in dataclasses.fields(Experiment)]),
    ],
)
def test_a_mapping_shows_its_fields(program: Program, what: str, fields: list[str]) -> None:
    done = program("list", what)
    assert done.code == 0
    assert [line.split()[0] for line in done.lines[3:]] == fields


@pytest.mark.parametrize(
    ("what", "kind"),
    [("init", "initializer"), ("optimizer.schedule", "schedule"), ("layers.0.activation", "activation")],
)
def test_a_setting_lists_the_components_it_takes(program: Program, what: str, kind: str) -> None:
    done = program("list", what)
    assert [tuple(line.split()[:2]) for line in done.lines[1:]] == [(kind, type_name(cls)) for cls in components(kind)]


def test_defaults_of_the_experiment_are_names(program: Program) -> None:
    rows = {line.split()[0]: line for line in program("list", "experiment").lines[3:]}
    assert "required" not in rows["name"]  # the default is the name of the file
    assert " glorot_uniform " in rows["init"]
    assert " adam " in rows["optimizer"]
    assert " < 4294967296 " in rows["seed"]


@pytest.mark.parametrize(
    ("what", "hint"),
    [
        ("adem", "did you mean adam?"),
        ("xyz", f"choose one of {', '.join(kinds())}, mapping"),
        ("trian", "did you mean train?"),
    ],
)
def test_an_unknown_name_is_refused(program: Program, what: str, hint: str) -> None:
    message = f'error: no such kind or component: "{what}"\nhint: {hint}\n'
    assert program("list", what) == (2, "", message)
