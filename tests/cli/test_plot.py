"""`nncli plot`: files, options, errors and drawing in the terminal."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import nncli
from nncli.cli.commands.plot import FigureName, check_options
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
    """Train a spiral and two sines, and return their runs directory."""
    folder = tmp_path_factory.mktemp("plot")
    for name, text, changes in [("spiral", SPIRAL, {}), ("sine", SINE, {"seed": 1}), ("sine", SINE, {"seed": 2})]:
        (folder / f"{name}.yaml").write_text(text)
        nncli.train(folder / f"{name}.yaml", changes, runs_dir=folder / "runs")
    return folder / "runs"


def plot(runs: Path, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in the folder that contains the runs directory."""
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


def newest_run(runs: Path, name: str) -> Path:
    return sorted((runs / name).iterdir())[-1]


def written_figure(runs: Path, done: subprocess.CompletedProcess[str]) -> Path:
    """Return the path of the figure, the only line of stdout."""
    assert (done.returncode, done.stderr) == (0, "")
    (line,) = done.stdout.splitlines()
    return runs.parent / line


def test_curves_of_the_latest_run_are_written_to_the_run(runs):
    figure = written_figure(runs, plot(runs))
    assert figure == newest_run(runs, "sine") / "figures" / "curves.png"
    assert figure.read_bytes().startswith(PNG)


def test_several_runs_are_drawn_together_beside_the_runs(runs):
    first, second = sorted((runs / "sine").iterdir())
    done = plot(runs, first, second, first, "--json")
    assert done.returncode == 0
    figure = runs.parent / json.loads(done.stdout)["figure"]
    assert figure.parent == runs
    assert re.fullmatch(r"curves-[0-9a-f]{8}\.png", figure.name)
    assert figure.read_bytes().startswith(PNG)


def test_the_extension_selects_the_format(runs, tmp_path):
    path = tmp_path / "new" / "fit.svg"
    figure = written_figure(runs, plot(runs, "spiral", "--what", "fit", "--on", "test", "-o", path))
    assert figure == path
    assert "<svg" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o", "a.gif"], ["a.gif: cannot write a figure as .gif", "hint: use one of .png, .svg, .pdf"]),
        (
            ["--on", "test"],
            ["error: --on needs --what fit, confusion, roc or residuals; curves shows no part of the data"],
        ),
        (["nothing"], ["nothing: matches no run in runs", "hint: "]),
        (["runs/sine/*", "--what", "units"], ["error: --what units draws one run, not 2", "hint: name one"]),
        (
            ["runs/sine/*", "--what", "fit", "--term"],
            ["error: --term draws the fit of one run, not 2", "hint: name one"],
        ),
        (["--parameters", "init.scale"], ["error: --parameters needs --what slices, heatmap or parallel"]),
        (["--what", "slices"], ["latest: matches no sweep in runs", "hint: start one with nncli sweep"]),
    ],
    ids=["extension", "part", "run", "two runs", "two fits in the terminal", "parameters", "sweep"],
)
def test_invalid_plots_are_refused_in_one_line(runs, arguments, words):
    files = [path for argument in arguments for path in (sorted(runs.parent.glob(argument)) or [argument])]
    done = plot(runs, *files)
    assert (done.returncode, done.stdout) == (2, "")
    lines = done.stderr.splitlines()
    assert all(line.startswith(word) for line, word in zip(lines, words, strict=True))


@pytest.mark.parametrize(
    ("what", "on", "checkpoint", "by_seed", "message"),
    [
        (
            FigureName.units,
            PartOfData.test,
            CheckpointName.last,
            False,
            "--on needs --what fit, confusion, roc or resid",
        ),
        (
            FigureName.curves,
            None,
            CheckpointName.best,
            False,
            "--checkpoint cannot be combined with --what curves, which",
        ),
        (
            FigureName.gradients,
            None,
            CheckpointName.best,
            False,
            "--checkpoint cannot be combined with --what gradients, which",
        ),
        (FigureName.fit, None, CheckpointName.last, True, "--by-seed needs --what curves; fit shows one network"),
    ],
)
def test_options_of_other_figures_are_refused(what, on, checkpoint, by_seed, message):
    with pytest.raises(UsageError, match=message):
        check_options(what, on, checkpoint, by_seed)
    check_options(FigureName.units, None, CheckpointName.best, False)
    check_options(FigureName.roc, PartOfData.train, CheckpointName.best, False)
    check_options(FigureName.curves, None, CheckpointName.last, True)


def test_by_seed_draws_a_band_and_dark_a_dark_page(runs, tmp_path):
    first, second = sorted((runs / "sine").iterdir())
    figures = [tmp_path / name for name in ("each.svg", "folded.svg")]
    for figure, options in zip(figures, ([], ["--by-seed", "--dark"]), strict=True):
        assert written_figure(runs, plot(runs, first, second, "-o", figure, *options)) == figure
    each, folded = (figure.read_text(encoding="utf-8") for figure in figures)
    assert ("FillBetween" in each, "FillBetween" in folded) == (False, True)
    assert (DARK.page.lower() in each, DARK.page.lower() in folded) == (False, True)
    assert LIGHT.blue.lower() in each
    assert DARK.blue.lower() in folded


def test_open_calls_the_viewer_of_the_system(runs, tmp_path):
    viewer = tmp_path / ("open" if sys.platform == "darwin" else "xdg-open")
    viewer.write_text(f'#!/bin/sh\necho "$@" > "{tmp_path}/shown"\n')
    viewer.chmod(0o755)
    figure = written_figure(runs, plot(runs, "--open", PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}"))
    assert (tmp_path / "shown").read_text().strip() == str(figure.relative_to(runs.parent))


def test_open_without_a_viewer_writes_the_figure_and_fails(runs, tmp_path):
    done = plot(runs, "--open", PATH=str(tmp_path))
    assert done.returncode == 1
    assert done.stdout.endswith("curves.png\n"), "the figure must be written all the same"
    assert re.match(r".*curves\.png: cannot be shown: (xdg-)?open is not installed\nhint: ", done.stderr)


def test_what_takes_every_figure():
    assert [*FigureName] == registry.names()


def test_without_matplotlib_the_error_names_the_packages(runs, tmp_path):
    (tmp_path / "matplotlib").mkdir()
    (tmp_path / "matplotlib" / "__init__.py").write_text("raise ImportError('no matplotlib here')")
    done = plot(runs, path=str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: plots need matplotlib\nhint: pip install matplotlib pillow\n"


def test_help_needs_no_matplotlib(runs, tmp_path):
    (tmp_path / "matplotlib.py").write_text("raise ImportError('no matplotlib here')")
    done = plot(runs, "--help", path=str(tmp_path))
    assert done.returncode == 0
    assert "nncli plot latest --what fit" in done.stdout
    words = " ".join(done.stdout.split())
    assert all(f"{each.help}." in words for each in registry.declarations().values())


def test_term_prints_the_loss_and_writes_no_file(runs):
    before = set(runs.rglob("*"))
    done = plot(runs, "--term", LANG="C.UTF-8", path="")
    assert (done.returncode, done.stderr) == (0, "")
    title, top, *rows = done.stdout.splitlines()
    assert title == "loss by epoch  * training  o validation"
    assert top.startswith("┌─")
    assert len(done.stdout.splitlines()) == 20
    assert max(map(len, rows)) <= 80
    assert set(runs.rglob("*")) == before


def test_term_draws_a_line_for_each_run(runs):
    done = plot(runs, "--term", *sorted((runs / "sine").iterdir()), LANG="C", LC_ALL="C")
    assert (done.returncode, done.stdout.isascii()) == (0, True)
    assert done.stdout.splitlines()[-2:] == ["* seed=1", "o seed=2"]


def test_term_draws_the_median_with_by_seed(runs):
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
def test_term_draws_a_fit(runs, arguments, title):
    if arguments[0] == "sine":
        arguments = [newest_run(runs, "sine"), *arguments[1:]]
    done = plot(runs, "--term", "--what", "fit", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == title


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["-o", "a.png"],
            "error: --term writes no file and cannot be combined with --output, --json, --open or --dark",
        ),
        (["--json"], "error: --term writes no file and cannot be combined with --output, --json, --open or --dark"),
        (["spiral", "--what", "fit", "--on", "validation"], "has no validation data"),
    ],
)
def test_term_refuses_invalid_plots_in_one_line(runs, arguments, words):
    done = plot(runs, "--term", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr.splitlines()[0]


def test_term_without_uniplot_names_the_package(runs, tmp_path):
    (tmp_path / "uniplot.py").write_text("raise ImportError('no uniplot here')")
    done = plot(runs, "--term", path=str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: plots in the terminal need uniplot\nhint: pip install uniplot\n"
