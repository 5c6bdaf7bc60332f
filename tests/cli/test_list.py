"""`nncli list`: every component, a kind of them, or one in full."""

from __future__ import annotations

import dataclasses

import pytest

import nncli.experiment  # noqa: F401  fills the registry
from nncli.registry import components, kinds, type_name
from tests.cli.program import Program, json_of

ADAM = """\
field          type      limits    default  what it is
learning_rate  number    > 0       0.001    how far a step goes
decay          number    ≥ 0       0.0      the rate of step i is learning_rate / (1 + decay i)
schedule       schedule                     how the rate goes on; where not given, by `decay`
clip_norm      number    > 0                the largest norm of all gradients together
clip_value     number    > 0                the largest size of an entry of a gradient
beta_1         number    ≥ 0, < 1  0.9      how much of m a step keeps
beta_2         number    ≥ 0, < 1  0.999    how much of v a step keeps
epsilon        number    > 0       1e-07    keeps the quotient finite
"""


def test_every_component_has_a_line(program: Program) -> None:
    done = program("list")
    assert (done.code, done.err) == (0, "")
    head, *lines = done.lines
    assert head.split() == ["kind", "name", "what", "it", "does"]
    expected = [(kind, type_name(cls)) for kind in kinds() for cls in components(kind)]
    assert sorted(tuple(line.split()[:2]) for line in lines) == sorted(expected)
    assert all(len(line.split()) > 4 for line in lines)


def test_a_kind_also_in_the_plural(program: Program) -> None:
    done = program("list", "optimizers")
    assert [line.split()[1] for line in done.lines[1:]] == ["adagrad", "adam", "adamw", "rmsprop", "sgd"]


def test_a_component_in_full(program: Program) -> None:
    done = program("list", "adam")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("adam (optimizer): Divides a running mean of the gradient ")
    assert done.lines[2].startswith("    m ← β₁ m + (1 - β₁) g")
    assert done.out.endswith(f"\n\n{ADAM}")


def test_a_name_of_two_components_and_one_without_fields(program: Program) -> None:
    done = program("list", "mae")
    assert [line.split(":")[0] for line in done.lines if line.startswith("mae (")] == ["mae (loss)", "mae (metric)"]
    assert done.lines.count("It has no fields.") == 2


def test_as_json_with_every_field(program: Program) -> None:
    found = json_of(program("list", "--json"))
    classes = {(kind, type_name(cls)): cls for kind in kinds() for cls in components(kind)}
    assert sorted((each["kind"], each["name"]) for each in found) == sorted(classes)
    for each in found:
        cls = classes[each["kind"], each["name"]]
        fields = [field.name for field in dataclasses.fields(cls) if field.name != "type"]
        assert [field["name"] for field in each["fields"]] == fields
        assert all(field["help"] and field["type"] for field in each["fields"]), each
        assert each["summary"].endswith(".")
        assert each["example"]["type"] == each["name"]


@pytest.mark.parametrize(
    ("what", "hint"),
    [
        ("adem", "did you mean adam?"),
        ("xyz", "the kinds are activation, data, initializer, layer, loss, metric, optimizer, schedule"),
    ],
)
def test_what_is_not_there(program: Program, what: str, hint: str) -> None:
    message = f'error: there is no kind or component "{what}"\nhint: {hint}\n'
    assert program("list", what) == (2, "", message)
