"""Every registered figure matches its declaration, and is drawn neatly or refused with a one-line error and a hint."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest

import nncli
from nncli.errors import UsageError
from nncli.registry import discover
from nncli.render import figures
from nncli.render.figures import registry
from nncli.render.figures.figure_inputs import Request
from nncli.render.figures.palette import on_page
from nncli.render.figures.save import save
from nncli.sweeps.directory import SweepDirectory
from tests.render.drawing import neat, trained
from tests.sweeps.known_sweeps import RATE, RATES, SCALE, SCALES, write

OPTIONS = {"--on", "--checkpoint", "--by-seed", "--parameters", "--term"}
HIDDEN = "{type: dense, units: 3, activation: relu}"
# One network for each kind of target; they also differ in the number of inputs.
NETWORKS = {
    "a number": f"""
data: {{type: sine, samples: 20}}
layers: [{HIDDEN}, {{type: dense, units: 1}}]
loss: mse
train: {{epochs: 3}}
""",
    "two classes": f"""
data: {{type: moons, samples: 20}}
layers: [{HIDDEN}, {{type: dense, units: 1, activation: sigmoid}}]
loss: binary_crossentropy
train: {{epochs: 3}}
""",
    "three classes": f"""
data: {{type: spiral, samples: 10, classes: 3}}
layers: [{HIDDEN}, {{type: dense, units: 3, activation: softmax}}]
loss: categorical_crossentropy
train: {{epochs: 3}}
""",
    "labels": f"""
data: {{type: npz, path: labels.npz}}
layers: [{HIDDEN}, {{type: dense, units: 2, activation: sigmoid}}]
loss: binary_crossentropy
train: {{epochs: 3}}
""",
}
Shown: TypeAlias = nncli.Model | SweepDirectory
every_figure = pytest.mark.parametrize("name", registry.names())


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Shown]:
    """Train the networks, and write a sweep."""
    folder = tmp_path_factory.mktemp("networks")
    x = np.random.default_rng(0).normal(size=(30, 3))
    np.savez(folder / "labels.npz", x=x, y=np.column_stack([x[:, 0] > 0, x.sum(axis=1) > 0]))
    sweep = write(folder, SCALES | RATES, lambda settings, seed: settings[RATE] + 0.1 * settings[SCALE], trials=20)
    return {name: trained(folder, text) for name, text in NETWORKS.items()} | {"a sweep": sweep}


def request_of(name: str, shown: Shown, part: Any = None) -> Request:
    if isinstance(shown, SweepDirectory):
        return Request([], "last", part, sweep=shown)
    runs = [shown.run, shown.run] if registry.declarations()[name].several_runs else [shown.run]
    return Request(runs, "last", part)


_drawable: dict[str, list[str]] = {}


def drawable(name: str, models: dict[str, Shown]) -> list[str]:
    """Return the networks that a figure can show, neatly; check that it refuses others with an error and a hint."""
    if name in _drawable:
        return _drawable[name]
    targets: list[str] = []
    of_sweeps = registry.declarations()[name].sweeps == "only"
    for target, model in models.items():
        if isinstance(model, SweepDirectory) != of_sweeps:
            continue
        try:
            with on_page(dark=target == "two classes"):
                neat(registry.load(name).draw(request_of(name, model)))
        except UsageError as error:
            assert len(error.lines()) == 2 and error.hint
        else:
            targets.append(target)
    _drawable[name] = targets
    return targets


def test_registry_knows_every_figure() -> None:
    discover(figures.__name__, figures.__path__)
    assert sorted(registry._figures) == sorted(registry.names())
    assert registry.names()[0] == "curves", "the default figure comes first"


@every_figure
def test_declaration_read_from_source_equals_the_registered_one(name: str) -> None:
    assert registry.load(name).declaration == registry.declarations()[name]


@every_figure
def test_declaration_is_complete(name: str) -> None:
    declaration = registry.declarations()[name]
    for phrase in (declaration.shows, declaration.help):
        assert phrase and phrase == phrase.strip(" .") and "\n" not in phrase and "|" not in phrase
    assert set(declaration.options) <= OPTIONS
    assert declaration.pictures and all(picture.partition("-")[0] == name for picture in declaration.pictures)
    assert ("--term" in declaration.options) == (registry.load(name).print is not None)


@every_figure
def test_figure_is_drawn_neatly_or_refused_with_a_hint(name: str, models: dict[str, Shown]) -> None:
    assert drawable(name, models), "the figure cannot show any of the networks"


@every_figure
def test_figure_is_written_identically_each_time(name: str, models: dict[str, Shown], tmp_path: Path) -> None:
    model = models[drawable(name, models)[0]]
    paths = [tmp_path / "a.svg", tmp_path / "b.svg"]
    for path in paths:
        save(registry.load(name).draw(request_of(name, model)), path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize("name", registry.names("--on"))
def test_figure_refuses_a_part_that_the_data_lack(name: str, models: dict[str, Shown]) -> None:
    model = models[drawable(name, models)[0]]
    with pytest.raises(UsageError, match="has no validation data"):
        registry.load(name).draw(request_of(name, model, "validation"))


@pytest.mark.parametrize("name", registry.names("--term"))
def test_figure_prints_in_the_terminal(name: str, models: dict[str, Shown]) -> None:
    file, print_figure = io.StringIO(), registry.load(name).print
    assert print_figure
    print_figure(request_of(name, models[drawable(name, models)[0]]), file)
    assert file.getvalue().count("\n") > 3


@pytest.mark.parametrize(
    "arguments",
    ["shows='a', help=phrase", "shows='a'", "shows='a', help='b', unknown=1", "shows='a' help='b'", "'a', help='b'"],
)
def test_unreadable_declaration_names_its_file(arguments: str) -> None:
    with pytest.raises(TypeError, match=r"slopes\.py: @figure takes literals as keyword arguments: "):
        registry._read(arguments, Path("slopes.py"))
