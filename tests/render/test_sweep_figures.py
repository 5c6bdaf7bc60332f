"""The figures of sweeps, read back from their axes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from nncli.errors import UsageError
from nncli.render.figures import registry
from nncli.render.figures.heatmap import heatmap
from nncli.render.figures.importance import importance
from nncli.render.figures.palette import DARK, LIGHT, on_page
from nncli.render.figures.parallel import parallel
from nncli.render.figures.parameter_axis import parameter_axis
from nncli.render.figures.progress import progress
from nncli.render.figures.slices import slices
from nncli.render.figures.sweep_curves import Curve, sweep_curves
from nncli.render.figures.sweep_trials import ABOVE, SweepTrials
from nncli.sweeps.conclusion import Analysis
from tests.render.drawing import legend_texts, neat
from tests.sweeps.known_sweeps import RATE, RATES, SCALE, SCALES, UNITS, Outcome, table

ACTIVATION = "layers.0.activation"
GRID: dict[str, Any] = {SCALE: [0.01, 0.1], RATE: [0.001, 0.01, 0.1]}
OPTIMIZERS: Any = [
    {"type": "adam", "learning_rate": {"log_uniform": [1e-4, 1e-1]}},
    {"type": "sgd", "learning_rate": {"log_uniform": [1e-3, 10.0]}, "momentum": {"uniform": [0, 0.99]}},
]
SIX: dict[str, Any] = {
    SCALE: [0.001, 0.01, 0.1, 1.0],
    "optimizer": OPTIMIZERS,
    UNITS: {"int_uniform": [4, 64]},
    ACTIVATION: ["relu", "tanh", "sigmoid"],
}
ADAMS: Any = [{"type": "adam", "learning_rate": rate, "decay": 0.001} for rate in (0.001, 0.005, 0.01, 0.05)]


def sweep(space: dict[str, Any], outcome: Outcome, *, parameters: tuple[str, ...] = (), **more: Any) -> SweepTrials:
    return SweepTrials("known/sweep-20250131-142501-9f3c", Analysis(table(space, outcome, **more)), parameters)


def by_rate(settings: dict[str, Any], seed: int) -> float | str | None:
    """Return a loss that grows with the learning rate; 0.1 diverges with a large scale and is pruned with a small."""
    if settings[RATE] == 0.1:
        return math.inf if settings[SCALE] == 0.1 else None
    return float(settings[RATE] + settings[SCALE] * (1 + seed))


def mixed(settings: dict[str, Any], seed: int) -> float | str | None:
    """Return one of all outcomes."""
    number = sum(map(ord, str(settings))) % 10
    return [math.inf, None, "out of memory", *(10.0 ** -(k + seed / 10) for k in range(7))][number]


def points(axes: Any, marker: str = "o") -> Any:
    """Return the positions of all marks of a kind (n, 2)."""
    lines = [line.get_xydata() for line in axes.get_lines() if line.get_marker() == marker and line.get_clip_on()]
    return np.concatenate(lines)


class TestSlices:
    def test_each_parameter_has_a_panel_with_a_point_for_each_trial(self) -> None:
        trials = sweep(RATES | SCALES, lambda s, seed: s[RATE] * s[SCALE], trials=12)
        figure = neat(slices(trials))
        assert [axes.get_xlabel() for axes in figure.axes] == [RATE, SCALE]
        assert [axes.get_xscale() for axes in figure.axes] == ["log", "linear"]
        for axes, name in zip(figure.axes, (RATE, SCALE), strict=True):
            expected = sorted((t.settings[name], t.settings[RATE] * t.settings[SCALE]) for t in trials.table.trials)
            assert sorted(map(tuple, points(axes)[:12])) == expected
            assert axes.get_yscale() == "log", "the loss spans more than a factor of ten"
        assert figure.axes[0].get_ylabel() == "loss"
        assert len({axes.get_ylim() for axes in figure.axes}) == 1

    def test_a_bar_reaches_from_the_lowest_to_the_highest_seed(self) -> None:
        trials = sweep({RATE: [0.001, 0.01]}, lambda s, seed: s[RATE] + seed, seeds=3)
        (axes,) = slices(trials).axes
        bars = [line.get_ydata().tolist() for line in axes.get_lines() if line.get_marker() == "None"]
        assert bars == [[0.001, 2.001], [0.01, 2.01]]
        assert axes.get_ylabel() == "loss, median of 3 seeds"

    def test_trials_without_a_result_are_marked_above_the_panel(self) -> None:
        figure = slices(sweep(GRID, by_rate))
        marks = {line.get_marker(): line for line in figure.axes[0].get_lines() if not line.get_clip_on()}
        assert set(marks) == {"x", "v"}
        assert marks["x"].get_ydata().tolist() == [ABOVE]
        assert legend_texts(figure) == ["best: 0.011 in trial 0", "diverged", "pruned"]

    def test_choices_have_their_labels_in_the_order_of_numbers(self) -> None:
        (axes,) = slices(sweep({RATE: [0.1, 0.001, 0.01]}, lambda s, seed: s[RATE])).axes
        assert [text.get_text() for text in axes.get_xticklabels()] == ["0.001", "0.01", "0.1"]

    def test_choices_that_are_mappings_are_labelled_by_the_fields_that_differ(self) -> None:
        trials = sweep({"optimizer": ADAMS}, lambda s, seed: s["optimizer"]["learning_rate"])
        assert parameter_axis(trials.table.columns[0]).labels == [
            "learning_rate=0.001",
            "learning_rate=0.005",
            "learning_rate=0.01",
            "learning_rate=0.05",
        ]
        (axes,) = neat(slices(trials)).axes
        assert {text.get_rotation() for text in axes.get_xticklabels()} == {90.0}, "they are too long for the panel"

    def test_the_best_objective_is_the_highest_of_an_accuracy(self) -> None:
        trials = sweep(RATES, lambda s, seed: s[RATE], trials=5, objective={"monitor": "regression_accuracy"})
        (axes,) = slices(trials).axes
        assert points(axes)[-1, 1] == max(trials.objectives)

    def test_an_unknown_parameter_is_refused_with_those_there_are(self) -> None:
        with pytest.raises(UsageError, match=r"--parameters init\.scal: the space does not vary it") as error:
            slices(sweep(GRID, by_rate, parameters=("init.scal",)))
        assert error.value.hint == f"choose from {SCALE} and {RATE}"

    def test_a_path_of_several_parameters_is_refused(self) -> None:
        trials = sweep(SIX, mixed, trials=8, parameters=(RATE,))
        with pytest.raises(UsageError, match=r"the space has 2 parameters optimizer\.learning_rate"):
            slices(trials)
        chosen = trials._replace(parameters=("optimizer.momentum (sgd)",))
        assert [axes.get_xlabel() for axes in slices(chosen).axes] == ["optimizer.momentum (sgd)"]


class TestHeatmap:
    def test_each_cell_has_its_objective_or_how_its_trial_ended(self) -> None:
        figure = neat(heatmap(sweep(GRID, by_rate)))
        axes = figure.axes[0]
        assert {axes.get_xlabel(), axes.get_ylabel()} == {SCALE, RATE}
        texts = {text.get_position(): text.get_text() for text in axes.texts}
        assert sorted(texts.values()) == ["0.011", "0.02", "0.101", "0.11", "diverged", "pruned"]
        hatched = [patch.get_xy() for patch in axes.patches if patch.get_hatch()]
        assert len(hatched) == 2
        for (x, y), text in texts.items():
            assert ((x - 0.5, y - 0.5) in hatched) == (text in ("diverged", "pruned"))

    def test_the_best_cell_has_a_frame(self) -> None:
        axes = heatmap(sweep(GRID, by_rate)).axes[0]
        (frame,) = [patch for patch in axes.patches if not patch.get_fill()]
        (best,) = [text for text in axes.texts if text.get_text() == "0.011"]
        assert (frame.get_x() + frame.get_width() / 2, frame.get_y() + frame.get_height() / 2) == best.get_position()

    def test_a_cell_has_the_best_over_other_parameters(self) -> None:
        space = GRID | {UNITS: [2, 4, 8]}
        axes = heatmap(sweep(space, lambda s, seed: s[UNITS] * s[RATE] * s[SCALE], parameters=(SCALE, RATE))).axes[0]
        assert sorted(float(text.get_text().replace("−", "-")) for text in axes.texts) == [
            2e-5,
            2e-4,
            2e-4,
            2e-3,
            2e-3,
            2e-2,
        ]

    def test_seeds_that_diverged_are_counted_in_the_cell(self) -> None:
        axes = heatmap(sweep(GRID, lambda s, seed: math.inf if seed == 2 else s[RATE], seeds=3)).axes[0]
        assert {text.get_text().split("\n")[1] for text in axes.texts} == {"1 of 3 diverged"}

    def test_a_range_gives_points_in_the_colours_of_the_objectives(self) -> None:
        trials = sweep(RATES | SCALES, lambda s, seed: s[RATE], trials=20)
        axes = neat(heatmap(trials)).axes[0]
        x, y = zip(*((t.settings[RATE], t.settings[SCALE]) for t in trials.table.trials), strict=True)
        drawn = axes.collections[0].get_offsets()
        assert sorted(drawn[:, 0]) == sorted(x)
        assert sorted(drawn[:, 1]) == sorted(y)
        assert axes.get_xscale() == "log"

    def test_better_objectives_stand_out_from_the_page(self) -> None:
        faces = {}
        for dark in (False, True):
            with on_page(dark=dark):
                axes = heatmap(sweep(GRID, lambda s, seed: s[RATE] + s[SCALE])).axes[0]
                faces[dark] = [sum(patch.get_facecolor()[:3]) for patch in axes.patches if patch.get_fill()]
        assert faces[False][0] < faces[False][-1], f"on {LIGHT.page} the first, best cell is the darkest"
        assert faces[True][0] > faces[True][-1], f"on {DARK.page} it is the brightest"

    def test_one_parameter_is_refused(self) -> None:
        with pytest.raises(UsageError, match="a heat map needs two parameters"):
            heatmap(sweep(RATES, lambda s, seed: s[RATE], trials=3))

    def test_parameters_of_different_options_are_not_paired(self) -> None:
        trials = sweep(SIX, lambda s, seed: s["optimizer"]["learning_rate"], trials=60)
        axes = heatmap(trials).axes[0]
        options = [label for label in (axes.get_xlabel(), axes.get_ylabel()) if "(" in label]
        assert len({label[-5:] for label in options}) <= 1


class TestParallel:
    def test_each_trial_is_a_line_through_all_axes(self) -> None:
        trials = sweep(RATES | SCALES, lambda s, seed: s[RATE], trials=5)
        axes = neat(parallel(trials)).axes[0]
        assert [text.get_text() for text in axes.get_xticklabels()] == [
            "loss",
            "optimizer.\nlearning_rate",
            "init.scale",
        ]
        segments = [line for line in axes.get_lines() if list(line.get_xdata()) in ([0, 1], [1, 2])]
        assert len(segments) == 10, "two of each trial"
        best = [line for line in segments if line.get_color() == LIGHT.vermilion]
        assert [list(line.get_xdata()) for line in best] == [[0, 1], [1, 2]]
        assert best[0].get_ydata()[0] == 0, "the least loss is at the bottom"

    def test_a_line_ends_at_its_last_parameter_and_is_dashed_across_others(self) -> None:
        trials = sweep({"optimizer": OPTIMIZERS}, lambda s, seed: s["optimizer"]["learning_rate"], trials=20)
        axes = parallel(trials).axes[0]
        names = [text.get_text().replace("\n", "") for text in axes.get_xticklabels()]
        assert names[2:] == [
            "optimizer.learning_rate(adam)",
            "optimizer.learning_rate(sgd)",
            "optimizer.momentum (sgd)",
        ]
        adam = sum(t.settings["optimizer"]["type"] == "adam" for t in trials.table.trials)
        ends = [list(line.get_xdata()) for line in axes.get_lines() if len(set(line.get_xdata())) == 2]
        assert ends.count([1, 2]) == adam
        assert ends.count([1, 3]) == ends.count([3, 4]) == 20 - adam
        assert all(line.get_linestyle() == "--" for line in axes.get_lines() if list(line.get_xdata()) == [1, 3])

    def test_a_trial_without_a_result_has_no_objective(self) -> None:
        figure = parallel(sweep(GRID, by_rate))
        muted = [line for line in figure.axes[0].get_lines() if line.get_color() == LIGHT.muted]
        assert {tuple(line.get_xdata()) for line in muted} == {(1, 2)}
        assert legend_texts(figure)[-1] == "diverged or pruned"


class TestImportance:
    def test_bars_are_the_shares_of_the_conclusion(self) -> None:
        trials = sweep(RATES | SCALES, lambda s, seed: s[RATE], trials=30)
        axes = neat(importance(trials)).axes[0]
        names = [text.get_text() for text in axes.get_yticklabels()]
        assert names[0] == RATE
        shares = [each.share for each in trials.analysis.importance.shares]
        assert [bar.get_width() for bar in axes.patches][: len(shares)] == shares
        assert names[-1].startswith("rest")

    def test_too_few_results_are_refused(self) -> None:
        with pytest.raises(UsageError, match="cannot tell which parameters matter from 3 results"):
            importance(sweep(RATES, lambda s, seed: s[RATE], trials=3))


class TestProgress:
    def test_the_line_is_the_best_so_far(self) -> None:
        losses = iter([5.0, 7.0, 3.0, 4.0, 2.0])
        axes = neat(progress(sweep({RATE: [1e-1, 1e-2, 1e-3, 1e-4, 1e-5]}, lambda s, seed: next(losses)))).axes[0]
        (line,) = [line for line in axes.get_lines() if line.get_drawstyle() == "steps-post"]
        assert line.get_ydata().tolist() == [5, 5, 3, 3, 2]
        assert points(axes)[:5].tolist() == [[0, 5], [1, 7], [2, 3], [3, 4], [4, 2]]
        assert axes.get_xlabel() == "trial"

    def test_the_best_accuracy_is_the_highest(self) -> None:
        losses = iter([0.5, 0.7, 0.3])
        trials = sweep(
            {RATE: [0.1, 0.2, 0.3]}, lambda s, seed: next(losses), objective={"monitor": "regression_accuracy"}
        )
        (line,) = [line for line in progress(trials).axes[0].get_lines() if line.get_drawstyle() == "steps-post"]
        assert line.get_ydata().tolist() == [0.5, 0.7, 0.7]


class TestCurves:
    def test_the_best_is_highlighted_and_pruned_trials_are_dashed(self) -> None:
        trials = sweep(GRID, by_rate)
        epochs = np.arange(5.0)
        curves = [Curve(row, epochs, epochs + row + 1) for row in range(len(trials.table.trials))]
        figure = neat(sweep_curves(trials, curves))
        lines = sorted(figure.axes[0].get_lines(), key=lambda line: line.get_ydata()[0])
        assert (lines[0].get_color(), lines[0].get_linewidth()) == (LIGHT.vermilion, 2.0)
        assert [line.is_dashed() for line in lines] == [status != "done" for status in trials.table.statuses]
        assert legend_texts(figure) == ["best: trial 0", "other trials", "pruned", "diverged"]


@pytest.mark.parametrize("count", [1, 2, 8, pytest.param(200, marks=pytest.mark.long)])
@pytest.mark.parametrize("name", ["slices", "heatmap", "parallel", "progress", "importance"])
def test_nothing_overlaps_with_any_number_of_trials(name: str, count: int) -> None:
    trials = sweep(SIX, mixed, trials=count, seeds=3)
    draw = {"slices": slices, "heatmap": heatmap, "parallel": parallel, "progress": progress}.get(name, importance)
    if name == "importance" and count < 6:
        with pytest.raises(UsageError):
            draw(trials)
        return
    with on_page(dark=count == 8):
        neat(draw(trials))


@pytest.mark.parametrize("name", registry.names("--parameters"))
def test_figures_with_parameters_are_of_sweeps(name: str) -> None:
    assert registry.declarations()[name].sweeps == "only"


def test_a_sweep_in_which_no_trial_has_a_result_is_drawn() -> None:
    trials = sweep(GRID, lambda s, seed: math.inf)
    for draw in (slices, heatmap, parallel, progress):
        neat(draw(trials))
