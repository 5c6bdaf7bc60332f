"""`nncli plot`, as a program."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import nncli
from nncli.cli.commands.plot import What, check_options
from nncli.cli.options import CheckpointName, PartOfData
from nncli.errors import UsageError
from nncli.render.figures import registry
from nncli.render.figures.palette import DARK, LIGHT

ROOT = Path(__file__).parents[2]
PNG = b"\x89PNG\r\n\x1a\n"
SINE = """
name: sine
data: {type: sine, samples: 20, validation: {samples: 10}}
layers: [{type: dense, units: 4, activation: relu}, {type: dense, units: 1}]
loss: mse
train: {epochs: 3}
"""
SPIRAL = """
name: spiral
data: {type: spiral, samples: 10, classes: 2, test: {samples: 5}}
layers: [{type: dense, units: 4, activation: relu}, {type: dense, units: 1, activation: sigmoid}]
loss: binary_crossentropy
train: {epochs: 1}
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Path:
    """A directory of runs: a spiral, then two of a sine."""
    folder = tmp_path_factory.mktemp("plot")
    for name, text, changes in [("spiral", SPIRAL, {}), ("sine", SINE, {"seed": 1}), ("sine", SINE, {"seed": 2})]:
        (folder / f"{name}.yaml").write_text(text)
        nncli.train(folder / f"{name}.yaml", changes, runs_dir=folder / "runs")
    return folder / "runs"


def plot(runs: Path, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the program beside the directory of runs."""
    path = os.pathsep.join(filter(None, [environment.pop("path", ""), str(ROOT)]))
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "nncli", "plot", *map(str, arguments)],
        cwd=runs.parent,
        env={**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def run_of(runs: Path, name: str) -> Path:
    return sorted((runs / name).iterdir())[-1]


def written(runs: Path, done: subprocess.CompletedProcess[str]) -> Path:
    """The figure whose path was printed, alone on stdout."""
    assert (done.returncode, done.stderr) == (0, "")
    (line,) = done.stdout.splitlines()
    return runs.parent / line


def test_curves_of_the_latest_run_go_into_its_directory(runs):
    figure = written(runs, plot(runs))
    assert figure == run_of(runs, "sine") / "figures" / "curves.png"
    assert figure.read_bytes().startswith(PNG)


def test_several_runs_are_drawn_together_and_go_beside_them_all(runs):
    first, second = sorted((runs / "sine").iterdir())
    done = plot(runs, first, second, first, "--json")
    assert done.returncode == 0
    figure = runs.parent / json.loads(done.stdout)["figure"]
    assert figure.parent == runs
    assert re.fullmatch(r"curves-[0-9a-f]{8}\.png", figure.name)
    assert figure.read_bytes().startswith(PNG)


def test_a_fit_takes_the_format_of_the_extension(runs, tmp_path):
    path = tmp_path / "new" / "fit.svg"
    found = written(runs, plot(runs, "spiral", "--what", "fit", "--on", "test", "-o", path))
    assert found == path
    assert "<svg" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o", "a.gif"], ["a.gif: cannot write a figure as .gif", "hint: use one of .png, .svg, .pdf"]),
        (["--on", "test"], ["error: --on goes with --what fit, confusion, roc, residuals, not with curves"]),
        (["nothing"], ["nothing: names no run in runs", "hint: "]),
        (["runs/sine/*", "--what", "fit"], ["error: --what fit draws one run, not 2", "hint: name one"]),
    ],
    ids=["extension", "part", "run", "two runs"],
)
def test_what_cannot_be_is_said_in_a_line(runs, arguments, words):
    files = [path for argument in arguments for path in (sorted(runs.parent.glob(argument)) or [argument])]
    done = plot(runs, *files)
    assert (done.returncode, done.stdout) == (2, "")
    lines = done.stderr.splitlines()
    assert all(line.startswith(word) for line, word in zip(lines, words, strict=True))


@pytest.mark.parametrize(
    ("what", "on", "checkpoint", "by_seed", "said"),
    [
        (
            What.units,
            PartOfData.test,
            CheckpointName.last,
            False,
            "--on goes with --what fit, confusion, roc, resid",
        ),
        (What.curves, None, CheckpointName.best, False, "one moment of training, and curves shows all epochs"),
        (What.gradients, None, CheckpointName.best, False, "one moment of training, and gradients shows all epochs"),
        (What.fit, None, CheckpointName.last, True, "--by-seed goes with curves"),
    ],
)
def test_options_that_do_not_go_together_are_refused(what, on, checkpoint, by_seed, said):
    with pytest.raises(UsageError, match=said):
        check_options(what, on, checkpoint, by_seed)
    check_options(What.units, None, CheckpointName.best, False)
    check_options(What.roc, PartOfData.train, CheckpointName.best, False)
    check_options(What.curves, None, CheckpointName.last, True)


def test_seeds_are_folded_into_a_band_on_a_dark_page(runs, tmp_path):
    first, second = sorted((runs / "sine").iterdir())
    figures = [tmp_path / name for name in ("each.svg", "folded.svg")]
    for figure, options in zip(figures, ([], ["--by-seed", "--dark"]), strict=True):
        assert written(runs, plot(runs, first, second, "-o", figure, *options)) == figure
    each, folded = (figure.read_text(encoding="utf-8") for figure in figures)
    assert ("FillBetween" in each, "FillBetween" in folded) == (False, True)
    assert (DARK.page.lower() in each, DARK.page.lower() in folded) == (False, True)
    assert LIGHT.blue.lower() in each
    assert DARK.blue.lower() in folded


def test_open_shows_the_figure_by_the_systems_viewer(runs, tmp_path):
    viewer = tmp_path / ("open" if sys.platform == "darwin" else "xdg-open")
    viewer.write_text(f'#!/bin/sh\necho "$@" > "{tmp_path}/shown"\n')
    viewer.chmod(0o755)
    figure = written(runs, plot(runs, "--open", PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}"))
    assert (tmp_path / "shown").read_text().strip() == str(figure.relative_to(runs.parent))


def test_open_says_where_there_is_no_viewer(runs, tmp_path):
    done = plot(runs, "--open", PATH=str(tmp_path))
    assert done.returncode == 1
    assert done.stdout.endswith("curves.png\n"), "the figure is there all the same"
    assert re.match(r".*curves\.png: cannot be shown: there is no (xdg-)?open here\nhint: ", done.stderr)


def test_every_figure_can_be_asked_for():
    assert [*What] == registry.names()


def test_without_matplotlib_says_what_to_install(runs, tmp_path):
    (tmp_path / "matplotlib").mkdir()
    (tmp_path / "matplotlib" / "__init__.py").write_text("raise ImportError('no matplotlib here')")
    done = plot(runs, path=str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: plots need matplotlib\nhint: pip install matplotlib pillow\n"


def test_the_help_needs_no_matplotlib_and_ends_in_an_example(runs, tmp_path):
    (tmp_path / "matplotlib.py").write_text("raise ImportError('no matplotlib here')")
    done = plot(runs, "--help", path=str(tmp_path))
    assert done.returncode == 0
    assert "nncli plot latest --what fit" in done.stdout
    words = " ".join(done.stdout.split())
    assert all(f"{each.help}." in words for each in registry.declarations().values())


def test_in_the_terminal_the_loss_is_printed_and_no_file_written(runs):
    before = set(runs.rglob("*"))
    done = plot(runs, "--term", LANG="C.UTF-8", path="")
    assert (done.returncode, done.stderr) == (0, "")
    title, top, *rows = done.stdout.splitlines()
    assert title == "loss by epoch  * training  o validation"
    assert top.startswith("┌─")
    assert len(done.stdout.splitlines()) == 20
    assert max(map(len, rows)) <= 80
    assert set(runs.rglob("*")) == before


def test_in_the_terminal_several_runs_have_a_line_each(runs):
    done = plot(runs, "--term", *sorted((runs / "sine").iterdir()), LANG="C", LC_ALL="C")
    assert (done.returncode, done.stdout.isascii()) == (0, True)
    assert done.stdout.splitlines()[-2:] == ["* seed=1", "o seed=2"]


def test_in_the_terminal_seeds_are_folded_into_their_median(runs):
    both = sorted((runs / "sine").iterdir())
    titles = [plot(runs, "--term", *options, *both).stdout.splitlines()[0] for options in ([], ["--by-seed"])]
    assert titles == ["loss by epoch", "median loss by epoch  * training  o validation"]


@pytest.mark.parametrize(
    ("arguments", "title"),
    [
        (["sine", "--on", "validation"], "y by x:  . truth  # prediction"),
        (["spiral", "--on", "test"], "class:  o 0  x 1"),
    ],
)
def test_in_the_terminal_a_fit(runs, arguments, title):
    if arguments[0] == "sine":
        arguments = [run_of(runs, "sine"), *arguments[1:]]
    done = plot(runs, "--term", "--what", "fit", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == title


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o", "a.png"], "error: --term writes no file, so --output, --json, --open and --dark do not go with it"),
        (["--json"], "error: --term writes no file, so --output, --json, --open and --dark do not go with it"),
        (["spiral", "--what", "fit", "--on", "validation"], "has no validation data"),
    ],
)
def test_in_the_terminal_what_cannot_be_is_said_in_a_line(runs, arguments, words):
    done = plot(runs, "--term", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr.splitlines()[0]


def test_in_the_terminal_without_uniplot_says_what_to_install(runs, tmp_path):
    (tmp_path / "uniplot.py").write_text("raise ImportError('no uniplot here')")
    done = plot(runs, "--term", path=str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: plots in the terminal need uniplot\nhint: pip install uniplot\n"
