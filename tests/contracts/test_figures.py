"""Every registered figure keeps what its declaration says, and is neat or refused in a line with a hint."""

from __future__ import annotations

import io
from pathlib import Path

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
from tests.render.drawing import neat, trained

OPTIONS = {"--on", "--checkpoint", "--by-seed", "--term"}
HIDDEN = "{type: dense, units: 3, activation: relu}"
# One for each kind of target, which differ in the number of inputs too.
ORDINARY = {
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
every_figure = pytest.mark.parametrize("name", registry.names())


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, nncli.Model]:
    """The ordinary networks, trained."""
    folder = tmp_path_factory.mktemp("ordinary")
    x = np.random.default_rng(0).normal(size=(30, 3))
    np.savez(folder / "labels.npz", x=x, y=np.column_stack([x[:, 0] > 0, x.sum(axis=1) > 0]))
    return {name: trained(folder, text) for name, text in ORDINARY.items()}


def request_of(name: str, model: nncli.Model, part: str | None = None) -> Request:
    runs = [model.run, model.run] if registry.declarations()[name].several_runs else [model.run]
    return Request(runs, "last", part)


_drawn: dict[str, list[str]] = {}


def drawn_of(name: str, models: dict[str, nncli.Model]) -> list[str]:
    """The networks of which there is a figure; it is neat, and others are refused in a line with a hint."""
    if name in _drawn:
        return _drawn[name]
    drawn: list[str] = []
    for target, model in models.items():
        try:
            with on_page(dark=target == "two classes"):
                neat(registry.load(name).draw(request_of(name, model)))
        except UsageError as error:
            assert len(error.lines()) == 2 and error.hint
        else:
            drawn.append(target)
    _drawn[name] = drawn
    return drawn


def test_every_file_that_registers_a_figure_is_read() -> None:
    discover(figures.__name__, figures.__path__)
    assert sorted(registry._figures) == sorted(registry.names())
    assert registry.names()[0] == "curves", "the one that is drawn if none is named"


@every_figure
def test_what_is_read_without_importing_is_what_is_registered(name: str) -> None:
    assert registry.load(name).declaration == registry.declarations()[name]


@every_figure
def test_a_declaration_is_complete(name: str) -> None:
    declared = registry.declarations()[name]
    for phrase in (declared.shows, declared.help):
        assert phrase and phrase == phrase.strip(" .") and "\n" not in phrase and "|" not in phrase
    assert set(declared.options) <= OPTIONS
    assert declared.pictures and all(picture.partition("-")[0] == name for picture in declared.pictures)
    assert ("--term" in declared.options) == (registry.load(name).print is not None)


@every_figure
def test_a_figure_is_neat_or_refused_in_a_line(name: str, models: dict[str, nncli.Model]) -> None:
    assert drawn_of(name, models), "no ordinary network can be shown"


@every_figure
def test_a_figure_is_the_same_file_each_time(name: str, models: dict[str, nncli.Model], tmp_path: Path) -> None:
    model = models[drawn_of(name, models)[0]]
    paths = [tmp_path / "a.svg", tmp_path / "b.svg"]
    for path in paths:
        save(registry.load(name).draw(request_of(name, model)), path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize("name", registry.names("--on"))
def test_a_figure_of_a_part_refuses_data_without_it(name: str, models: dict[str, nncli.Model]) -> None:
    model = models[drawn_of(name, models)[0]]
    with pytest.raises(UsageError, match="has no validation data"):
        registry.load(name).draw(request_of(name, model, "validation"))


@pytest.mark.parametrize("name", registry.names("--term"))
def test_a_figure_for_the_terminal_prints(name: str, models: dict[str, nncli.Model]) -> None:
    file, print_figure = io.StringIO(), registry.load(name).print
    assert print_figure
    print_figure(request_of(name, models[drawn_of(name, models)[0]]), file)
    assert file.getvalue().count("\n") > 3


@pytest.mark.parametrize(
    "arguments",
    ["shows='a', help=phrase", "shows='a'", "shows='a', help='b', unknown=1", "shows='a' help='b'", "'a', help='b'"],
)
def test_a_declaration_that_cannot_be_read_names_its_file(arguments: str) -> None:
    with pytest.raises(TypeError, match=r"slopes\.py: @figure takes literals as keyword arguments: "):
        registry._read(arguments, Path("slopes.py"))
