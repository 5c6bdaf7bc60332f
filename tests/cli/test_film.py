"""`nncli film`, as a program."""

from __future__ import annotations

import re

import pytest
from PIL import Image

from tests.cli.program import Program, json_of
from tests.cli.terminal import terminal


def test_a_film_of_the_latest_goes_into_its_directory(program: Program) -> None:
    run = program.trained()
    done = program("film", "--frames", 4)
    assert (done.code, done.err) == (0, "")
    path = program.folder / done.out.removesuffix("\n")
    assert path == program.folder / "runs" / run.name / "figures" / "film.gif"
    with Image.open(path) as film:
        assert (film.format, film.n_frames) == ("GIF", 4)


@pytest.mark.long
def test_two_runs_go_beside_them_all(program: Program) -> None:
    first, second = program.trained({"init": "he_normal"}), program.trained()
    film = json_of(program("film", first.name, second.name, "--frames", 2, "--json"))["film"]
    assert re.fullmatch(r"runs/film-[0-9a-f]{8}\.gif", film)
    with Image.open(program.folder / film) as image:
        assert image.width > 800


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["latest", "-o", "a.png"], "a.png: a film is written as .gif\nhint: name it a.gif\n"),
        (["a", "b", "c"], "error: a film shows one run or two side by side, not 3\n"),
        (["bare"], "has no snapshots, which a film needs\nhint: train with snapshots: nncli train "),
    ],
    ids=["extension", "three runs", "no snapshots"],
)
def test_what_cannot_be_is_said_in_a_line(program: Program, arguments: list[str], said: str) -> None:
    program.trained({"train.snapshots": 0}, name="bare")
    done = program("film", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert len(done.err.splitlines()) <= 2


def test_ctrl_c_leaves_no_half_film(program: Program) -> None:
    run = program.trained({"train.epochs": 1000})
    with terminal(program, "film") as screen:
        screen.until(r"frame \d+/\d+")
        screen.press_ctrl_c()
        assert screen.end() == 130
    assert "Traceback" not in screen.text
    assert not (run.path / "figures").exists()
    assert screen.shown.endswith("\r\x1b[K"), "the line of progress is gone"
