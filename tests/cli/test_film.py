"""`nncli film`: files, errors and Ctrl-C."""

from __future__ import annotations

import re

import pytest
from PIL import Image

from tests.cli.program import Program, json_of
from tests.cli.terminal import terminal


def test_a_film_of_the_latest_run_is_written_into_the_run(program: Program) -> None:
    run = program.train()
    done = program("film", "--frames", 4)
    assert (done.code, done.err) == (0, "")
    path = program.folder / done.out.removesuffix("\n")
    assert path == program.folder / "runs" / run.name / "figures" / "film.gif"
    with Image.open(path) as film:
        assert (film.format, film.n_frames) == ("GIF", 4)


@pytest.mark.long
def test_a_film_of_two_runs_is_written_beside_the_runs(program: Program) -> None:
    first, second = program.train({"init": "he_normal"}), program.train()
    film = json_of(program("film", first.name, second.name, "--frames", 2, "--json"))["film"]
    assert re.fullmatch(r"runs/film-[0-9a-f]{8}\.gif", film)
    with Image.open(program.folder / film) as image:
        assert image.width > 800


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["latest", "-o", "a.png"], "a.png: a film must end in .gif\nhint: name it a.gif\n"),
        (["a", "b", "c"], "error: a film shows one run or two, not 3\n"),
        (["bare"], "has no snapshots, which a film needs\nhint: train with snapshots: nncli train "),
    ],
    ids=["extension", "three runs", "no snapshots"],
)
def test_invalid_films_are_refused_in_one_line(program: Program, arguments: list[str], message: str) -> None:
    program.train({"train.snapshots": 0}, name="bare")
    done = program("film", *arguments)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert len(done.err.splitlines()) <= 2


def test_ctrl_c_leaves_no_partial_film(program: Program) -> None:
    run = program.train({"train.epochs": 1000})
    with terminal(program, "film") as screen:
        screen.wait_for(r"frame \d+/\d+")
        screen.press_ctrl_c()
        assert screen.end() == 130
    assert "Traceback" not in screen.text
    assert not (run.path / "figures").exists()
    assert screen.output.endswith("\r\x1b[K"), "the progress line must be cleared"
