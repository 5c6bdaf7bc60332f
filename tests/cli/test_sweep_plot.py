"""`nncli plot` and `nncli report` of a sweep."""

from __future__ import annotations

import math
from typing import Any

import pytest

from nncli.store import Run
from tests.cli.program import Program
from tests.sweeps.known_sweeps import RATE, RATES, SCALE, SCALES, write

SWEEP = ("sweep", "tiny.yaml", "init=normal", "init.scale=0.01,0.5", "optimizer.learning_rate=0.001,0.01", "-q")
SWEEP_FIGURES = ("slices", "heatmap", "parallel", "progress")


def known(program: Program, space: Any = RATES | SCALES) -> str:
    sweep = write(program.runs_dir, space, lambda s, seed: s[RATE] if s[RATE] < 0.05 else math.inf, trials=12)
    return str(sweep.path.relative_to(program.folder))


@pytest.mark.long
@pytest.mark.parametrize("what", [*SWEEP_FIGURES, "importance"])
def test_a_figure_of_a_sweep_is_written_to_its_directory(program: Program, what: str) -> None:
    path = known(program)
    assert program("plot", "--what", what).lines == [f"{path}/figures/{what}.png"]
    assert program("plot", "known", "--what", what, "--dark").lines == [f"{path}/figures/{what}.png"]


def test_slices_are_the_figure_of_a_sweep_that_is_named_without_one(program: Program) -> None:
    path = known(program)
    assert program("plot", path).lines == [f"{path}/figures/slices.png"]


def test_latest_is_a_run_unless_the_figure_shows_only_sweeps(program: Program) -> None:
    run = program.train().path.relative_to(program.folder)
    path = known(program)
    assert program("plot").lines == [f"{run}/figures/curves.png"]
    assert program("plot", "latest", "--what", "heatmap").lines == [f"{path}/figures/heatmap.png"]


@pytest.mark.long
def test_the_trials_of_a_sweep_are_drawn_with_curves_and_fits(program: Program) -> None:
    path = program(*SWEEP).out.strip()
    for what in ("curves", "fit"):
        assert program("plot", path, "--what", what).lines == [f"{path}/figures/{what}.png"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--what", "roc"), "--what roc draws a run, not a sweep"),
        (("--term",), "--term draws runs, not a sweep"),
        (("--what", "curves", "--by-seed"), "--by-seed draws runs, not a sweep"),
        (("--what", "slices", "--parameters", "units"), "--parameters units: the space does not vary it"),
        (("--what", "fit"), "has no trial with saved weights, so there is no fit to plot"),
        (("--what", "curves"), "has no trial that has finished an epoch"),
    ],
)
def test_refusals(program: Program, arguments: tuple[str, ...], message: str) -> None:
    done = program("plot", known(program), *arguments)
    assert done.code in (1, 2)
    assert message in done.err.splitlines()[0]


def test_a_sweep_is_drawn_alone(program: Program) -> None:
    path = known(program)
    done = program("plot", path, str(program.train().path))
    assert "a sweep cannot be combined with other sweeps or runs" in done.err
    assert "draws one sweep, not 2" in program("plot", path, path, "--what", "slices").err


def test_a_heat_map_of_one_parameter_is_refused(program: Program) -> None:
    done = program("plot", known(program, RATES), "--what", "heatmap")
    assert done.code == 2
    assert "a heat map needs two parameters\nhint: " in done.err


def test_a_sweep_without_trials_is_refused(program: Program) -> None:
    sweep = write(program.runs_dir, RATES, lambda s, seed: 1.0, trials=1)
    sweep.journal.write_text("")
    assert "has no trial that has ended" in program("plot", str(sweep.path)).err


@pytest.mark.long
def test_a_report_has_the_conclusion_the_best_trials_and_all_figures(program: Program) -> None:
    path = program(*SWEEP).out.strip()
    assert program("report", path).lines == [f"{path}/report.html"]
    page = (program.folder / path / "report.html").read_text(encoding="utf-8")
    figures = ("Slices", "Heatmap", "Progress", "Parallel", "Curves", "Fit")
    for title in ("Conclusion", "Best trials", *figures, "Settings"):
        assert f"<h3>{title}</h3>" in page
    assert "<h3>Importance</h3>" not in page, "four results do not show it"
    best = page[page.index("Best trials") :]
    assert f'<th scope="col" class="number">{SCALE}</th>' in best
    assert page.count("<svg") == len(figures)
    assert f"nncli sweep --best {path}" in page


def test_a_report_lists_failed_trials_with_their_messages(program: Program) -> None:
    sweep = write(program.runs_dir, RATES, lambda s, seed: "out of <memory>", trials=2)
    program("report", str(sweep.path))
    page = (sweep.path / "report.html").read_text(encoding="utf-8")
    assert "<h3>Failed trials</h3>" in page
    assert "out of &lt;memory&gt;" in page


def test_runs_of_a_sweep_are_drawn_by_name(program: Program) -> None:
    path = program(*SWEEP).out.strip()
    run = Run(program.folder / path / "00000-seed0")
    assert run.has_checkpoint("last")
    assert program("plot", f"{path}/00000-seed0", "--what", "units").out.endswith("units.png\n")
