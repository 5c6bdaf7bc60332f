"""The section `sweep`: what its space means, and every mistake at its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nncli import config
from nncli.config.sweep import read_sweep
from nncli.config.writer import override
from nncli.errors import NncliError, SpecErrors
from nncli.search.domains import Choice, Range

BASE = """\
name: tiny
data: {type: sine, samples: 20}
init: {type: normal, scale: 0.1}
layers: [{type: dense, units: 4, activation: relu}, {type: dense, units: 1}]
loss: mse
train: {epochs: 3}
"""


def sweep_of(section: str) -> Any:
    return read_sweep(config.read(Path("tiny.yaml"), (), BASE + section))


def templates_of(space: str) -> dict[str, Any]:
    """Return the templates of a space with ranges, which needs a number of trials."""
    _, parsed = sweep_of(f"sweep:\n  trials: 5\n  space: {space}\n")
    return dict(parsed.templates)


def messages(section: str) -> list[str]:
    with pytest.raises(SpecErrors) as caught:
        sweep_of(section)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("written", "domain"),
    [
        ("[0.01, 0.1]", Choice((0.01, 0.1))),
        ("{uniform: [0, 1.5]}", Range(0, 1.5)),
        ("{log_uniform: [1e-4, 1e-1]}", Range(1e-4, 1e-1, logarithmic=True)),
        ("{int_uniform: [8, 128]}", Range(8, 128, whole=True)),
        ("{log_int_uniform: [8, 128]}", Range(8, 128, logarithmic=True, whole=True)),
        ("{linspace: [0.1, 0.3, 3]}", Choice((0.1, 0.2, 0.3), ordered=True)),
        ("{logspace: [1e-4, 1e-1, 4]}", Choice((0.0001, 0.001, 0.01, 0.1), ordered=True)),
        ("{linspace: [8, 64, 8]}", Choice((8, 16, 24, 32, 40, 48, 56, 64), ordered=True)),
    ],
)
def test_choices_and_ranges(written: str, domain: Choice | Range) -> None:
    assert templates_of(f"{{init.scale: {written}}}") == {"init.scale": domain}


def test_option_may_contain_choices_and_ranges() -> None:
    written = "[{type: adam, learning_rate: {log_uniform: [1e-4, 0.1]}}, {type: sgd, momentum: [0, 0.9]}, rmsprop]"
    adam = {"type": "adam", "learning_rate": Range(1e-4, 0.1, logarithmic=True)}
    sgd = {"type": "sgd", "momentum": Choice((0, 0.9))}
    assert templates_of(f"{{optimizer: {written}}}") == {"optimizer": Choice((adam, sgd, "rmsprop"))}


def test_choices_of_a_list_are_lists() -> None:
    one, two = (
        [{"type": "dense", "units": 1}],
        [{"type": "dense", "units": Choice((4, 8))}, {"type": "dense", "units": 1}],
    )
    space = "{layers: [[{type: dense, units: 1}], [{type: dense, units: [4, 8]}, {type: dense, units: 1}]]}"
    assert templates_of(space) == {"layers": Choice((one, two))}
    assert templates_of("{metrics: [[mae], [mae, r2]]}") == {"metrics": Choice((["mae"], ["mae", "r2"]))}


def test_setting_may_be_a_mapping_with_a_range() -> None:
    template = {"type": "adam", "beta_1": Range(0.8, 0.99)}
    assert templates_of("{optimizer: {type: adam, beta_1: {uniform: [0.8, 0.99]}}}") == {"optimizer": template}


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ("{seed: [1, 2]}", "sweep.space.seed: cannot vary; `seeds` is the number of trainings of each trial"),
        ("{name: [a, b]}", "sweep.space.name: cannot vary"),
        (
            "{metrics: [mae, r2]}",
            "sweep.space.metrics: metrics is a list, so its choices are a list of lists: [[...], [...]]",
        ),
        ("{init.scale: {log_uniform: [0, 1]}}", "sweep.space.init.scale: log_uniform needs a low end above 0"),
        ("{init.scale: {uniform: [1, 0]}}", "sweep.space.init.scale: uniform needs a low end below its high end"),
        ("{init.scale: {uniform: 1}}", "sweep.space.init.scale: uniform takes [low, high]"),
        ("{init.scale: {uniform: [true, 2]}}", "sweep.space.init.scale: uniform takes [low, high]"),
        ("{init.scale: {linspace: [0, 1]}}", "sweep.space.init.scale: linspace takes [low, high, number of points]"),
        ("{init.scale: {linspace: [0, 1, 1]}}", "sweep.space.init.scale: linspace needs at least 2 points"),
        ("{layers.0.units: {int_uniform: [1.5, 8]}}", "sweep.space.layers.0.units: int_uniform takes whole numbers"),
        ("{init.scale: []}", "sweep.space.init.scale: needs at least one choice"),
        ("{optimizer: {type: adam}}", "not a mapping; a fixed value belongs outside of `sweep`"),
        ("{init.scale: 0.1}", "not a number; a fixed value belongs outside of `sweep`"),
        (
            "{init.scale: {uniform: [0, 1], x: 2}}",
            "sweep.space.init.scale: uniform must be the only key of its mapping",
        ),
    ],
)
def test_wrong_space_is_refused_at_its_place(space: str, message: str) -> None:
    (problem,) = messages(f"sweep:\n  trials: 5\n  space: {space}\n")
    assert problem.startswith("tiny.yaml:9:")
    assert problem.endswith(message)


def test_all_problems_are_reported_at_once() -> None:
    section = "sweep:\n  space:\n    init.scale: 1\n    layers.0.units: {uniform: []}\n  trails: 3\n  seeds: 0\n"
    assert [problem.partition(": ")[0] for problem in messages(section)] == [
        "tiny.yaml:11:3",
        "tiny.yaml:12:10",
        "tiny.yaml:9:17",
        "tiny.yaml:10:31",
    ]


def test_range_needs_a_number_of_trials_and_a_grid_needs_points() -> None:
    (problem,) = messages("sweep: {space: {init.scale: {uniform: [0, 1]}}}\n")
    assert problem == "tiny.yaml:7:8: sweep.trials: is required, because the space has a range; 100 is a usual number"
    (problem,) = messages("sweep: {space: {init.scale: {uniform: [0, 1]}}, sampler: grid}\n")
    assert problem.endswith("sweep.space.init.scale: a grid needs points: use linspace or logspace, or another sampler")


@pytest.mark.parametrize("section", ["sweep: {}\n", "sweep: {space: {}}\n", "sweep: {trials: 4}\n", "sweep: 3\n"])
def test_sweep_without_a_space_is_refused(section: str) -> None:
    with pytest.raises(NncliError):
        sweep_of(section)


def test_file_without_a_sweep_has_nothing_to_vary() -> None:
    with pytest.raises(NncliError, match="has nothing to vary"):
        sweep_of("")


def test_training_ignores_the_sweep_and_says_so() -> None:
    loaded = config.load(Path("tiny.yaml"), (), BASE + "sweep: {space: {init.scale: [0.01, 0.1]}}\n")
    assert loaded.notes == ["tiny.yaml: its sweep is ignored; run it with nncli sweep"]
    assert config.load(Path("tiny.yaml"), (), BASE).notes == []


def test_extending_file_replaces_single_choices(tmp_path: Path) -> None:
    base = "sweep:\n  trials: 7\n  space: {init.scale: {uniform: [0, 1]}, layers.0.units: [1, 2]}\n"
    (tmp_path / "base.yaml").write_text(BASE + base)
    (tmp_path / "over.yaml").write_text("extends: base.yaml\nsweep: {space: {init.scale: {log_uniform: [0.1, 1]}}}\n")
    sweep, space = read_sweep(config.read(tmp_path / "over.yaml"))
    assert sweep.trials == 7
    assert dict(space.templates) == {"init.scale": Range(0.1, 1, logarithmic=True), "layers.0.units": Choice((1, 2))}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "a.b=0.1"),
        (1e-05, "a.b=1.0e-05"),
        ("adam", "a.b=adam"),
        ("1e-3", "a.b='1e-3'"),
        (None, "a.b=null"),
        ({"type": "sgd", "momentum": 0.5}, "a.b={type: sgd, momentum: 0.5}"),
        ([1, [2, "x, y"]], "a.b=[1, [2, 'x, y']]"),
        ("#x", "a.b='#x'"),
    ],
)
def test_override_reads_back_as_its_value(value: object, text: str) -> None:
    assert override("a.b", value) == text
    root = config.read_saved("a: {c: 1}", "x.yaml", [text] if value is not None else [])
    assert config.settings(root)["a"].get("b") == value


def test_saved_sweep_reads_back(tmp_path: Path) -> None:
    section = "sweep: {space: {init.scale: {log_uniform: [1e-4, 0.1]}, metrics: [[mae], [r2]]}, trials: 3, seeds: 2}\n"
    tree = config.read(tmp_path / "tiny.yaml", (), BASE + section)
    saved = config.read_saved(config.dump_tree(tree), "sweep.yaml")
    assert read_sweep(saved) == read_sweep(tree)
    assert config.settings(saved) == config.settings(tree)
