"""Choices among the arguments of a sweep, and commas that may be meant otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from nncli.config.choices import read_tree, split_choices
from nncli.config.nodes import plain
from nncli.config.sweep import read_sweep
from nncli.errors import SpecErrors
from nncli.search.domains import Choice, Range


def choices_of(*arguments: str) -> dict[str, object]:
    _, choices = split_choices(arguments)
    return {path: plain(node) for path, node in choices.items()}


@pytest.mark.parametrize(
    ("argument", "choices"),
    [
        ("init.scale=0.01,0.1", [0.01, 0.1]),
        ("init.scale=1e-3,.5, 2.0", [0.001, 0.5, 2]),
        ("init.scale=[1, 2]", [1, 2]),
        ("layers.0.units=8,16", [8, 16]),
        ("optimizer=adam,sgd", ["adam", "sgd"]),
        ("train.batch_size=null,32", [None, 32]),
        ("optimizer=[{type: adam}, sgd]", [{"type": "adam"}, "sgd"]),
        ("metrics=[[mae], [r2]]", [["mae"], ["r2"]]),
        ("init.scale={uniform: [0, 1]}", {"uniform": [0, 1]}),
        ("optimizer={type: sgd, momentum: {uniform: [0, 1]}}", {"type": "sgd", "momentum": {"uniform": [0, 1]}}),
    ],
)
def test_argument_is_a_choice(argument: str, choices: object) -> None:
    assert list(choices_of(argument).values()) == [choices]


@pytest.mark.parametrize(
    "argument",
    ["init.scale=0.1", "optimizer={type: sgd}", "data.path='a,b.csv'", 'data.path="a,b.csv"', "train.batch_size=null"],
)
def test_argument_is_a_fixed_value(argument: str) -> None:
    assert split_choices([argument]) == ([argument], {})


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("init.scale=0,01", "write init.scale=0.01 for one number, or init.scale='[0, 1]' for 2 choices"),
        (
            "optimizer.learning_rate=1,2",
            "write optimizer.learning_rate=1.2 for one number, or optimizer.learning_rate='[1, 2]' for 2 choices",
        ),
        ("optimizer.learning_rate=0.1,1", "write optimizer.learning_rate='[0.1, 1]' for 2 choices"),
        ("train.epochs=1,000", "write train.epochs=1000 for one number, or train.epochs='[1, 0]' for 2 choices"),
    ],
)
def test_ambiguous_comma_is_refused_with_both_readings(argument: str, message: str) -> None:
    with pytest.raises(SpecErrors) as caught:
        split_choices([argument])
    assert str(caught.value.problems[0]) == f"{argument}: can be read in two ways; {message}"


def test_all_wrong_arguments_are_reported() -> None:
    with pytest.raises(SpecErrors) as caught:
        split_choices(["init.scale=0,01", "x", "optimizer=[", "seed=1"])
    assert len(caught.value.problems) == 3


def test_arguments_replace_choices_of_the_file(tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text("loss: mse\nsweep: {trials: 4, space: {init.scale: [1, 2], layers.0.units: [1, 2]}}\n")
    tree = read_tree(spec, ["init.scale={uniform: [0, 1]}", "seed=3"], {"--trials 9": "sweep.trials=9"})
    sweep, space = read_sweep(tree)
    assert sweep.trials == 9
    assert dict(space.templates) == {"init.scale": Range(0, 1), "layers.0.units": Choice((1, 2))}
    assert plain(tree.root) == {"loss": "mse", "seed": 3}


def test_problem_of_an_argument_names_the_argument(tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text("loss: mse\n")
    with pytest.raises(SpecErrors) as caught:
        read_sweep(read_tree(spec, ["init.scale={uniform: [1]}"], {}))
    assert str(caught.value.problems[0]) == "init.scale={uniform: [1]}: uniform takes [low, high]"
