"""The trials of a sweep as lines through parallel axes, one for the objective and one for each parameter."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from nncli.render.figures import style
from nncli.render.figures.figure_inputs import Request
from nncli.render.figures.objective_colours import ObjectiveColours
from nncli.render.figures.palette import palette
from nncli.render.figures.parameter_axis import ParameterAxis, parameter_axis
from nncli.render.figures.registry import figure
from nncli.render.figures.sweep_trials import WITHOUT_RESULT, SweepTrials, jitter, needs_log, sweep_trials
from nncli.text import join_words

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

SPACING, HEIGHT, MARGIN = 1.55, 4.0, 1.9  # inches
MAX_AXES = 8
SPREAD = 0.018  # of the lines through a choice
LINE_LENGTH = 18  # characters of a line of an axis's name
LONGEST_TICK = 20  # characters of a line
DASHED: Any = (0, (2, 2))


@figure(
    shows="each trial as a line through its parameters and its objective",
    help="trials of a sweep as lines through all parameters",
    needs="a sweep",
    options=("--parameters",),
    sweeps="only",
    place=220,
    pictures={"parallel": "sine/sweep --parameters init.scale,optimizer.learning_rate,layers.0.units"},
)
def draw(request: Request) -> Figure:
    """Draw the objective and the parameters, or the eight that matter most."""
    return parallel(sweep_trials(request))


@style.apply()
def parallel(trials: SweepTrials) -> Figure:
    """Draw a line for each trial in the colour of its objective, the best one highlighted.

    The line of a trial without a parameter ends, or is dashed up to the next parameter that it has.
    """
    axes_of = [_objective_axis(trials), *map(parameter_axis, _conditional_last(trials))]
    figure, (axes,) = style.new_figure(1, (SPACING * (len(axes_of) - 1) + MARGIN, HEIGHT))
    colours = ObjectiveColours(trials.objectives, higher_is_better=trials.higher_is_better)
    _lines(axes, trials, axes_of, colours)
    for number, axis in enumerate(axes_of):
        axes.axvline(number, color=palette().ink, linewidth=0.8, zorder=4)
        for position, text in axis.ticks().items():
            height = float(axis.place(np.array(position)))
            if -0.001 <= height <= 1.001:
                _tick(axes, number, height, text)
    names = [_wrap_name(axis.name) for axis in axes_of]
    axes.set_xticks(range(len(axes_of)), names)
    axes.tick_params(axis="x", length=0, pad=6)
    axes.set(yticks=[], xlim=(-0.1, len(axes_of) - 0.35), ylim=(-0.03, 1.03))
    axes.spines[:].set_visible(False)
    axes.grid(visible=False)
    style.title(figure, trials.title)
    style.legend_below(figure, _legend(trials))
    return figure


def _conditional_last(trials: SweepTrials) -> list[Any]:
    """Return the parameters, those of one option after the others, so that their lines can end."""
    return sorted(trials.columns(MAX_AXES), key=lambda column: column.conditional)


def _objective_axis(trials: SweepTrials) -> ParameterAxis:
    values = trials.objectives
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    if low == high:
        margin = 0.5 * abs(low) or 0.5
        low, high = low - margin, high + margin
    return ParameterAxis(trials.label, values, [], (low, high), needs_log(values))


def _lines(axes: Axes, trials: SweepTrials, sides: Sequence[ParameterAxis], colours: ObjectiveColours) -> None:
    """Draw the trials without a result first, then the others, the best ones on top."""
    moved = jitter(len(trials.table.trials))
    heights = np.array([side.relative + (SPREAD * moved if side.labels else 0) for side in sides])
    costs = trials.table.costs
    cost_order = np.argsort(-np.where(np.isfinite(costs), costs, np.inf), kind="stable")
    many = len(costs) > 40
    for row in cost_order:
        has_result = bool(np.isfinite(costs[row]))
        look: dict[str, Any] = {"color": palette().muted, "linewidth": 0.6, "alpha": 0.6, "zorder": 1.5}
        if has_result:
            look = {"color": colours.of(trials.objectives[row]), "linewidth": 0.7 if many else 1.3, "zorder": 2}
        if row == trials.analysis.best:
            look = {"color": palette().vermilion, "linewidth": 2.4, "zorder": 3}
        _line(axes, heights[:, row], look)


def _line(axes: Axes, heights: NDArray[np.float64], look: dict[str, Any]) -> None:
    """Draw the line of a trial: solid between neighbouring axes, dashed across those that it does not have."""
    present = np.flatnonzero(np.isfinite(heights))
    for one, other in pairwise(present):
        dashes = "-" if other == one + 1 else DASHED
        axes.plot([one, other], heights[[one, other]], linestyle=dashes, **look)
    if len(present) == 1:
        axes.plot(present, heights[present], marker="o", markersize=4, **look)


def _tick(axes: Axes, x: float, y: float, text: str) -> None:
    """Write a value beside its axis."""
    box = {"facecolor": palette().page, "edgecolor": "none", "alpha": 0.85, "pad": 0.8}
    axes.plot([x, x + 0.03], [y, y], color=palette().ink, linewidth=0.8, zorder=4)
    words = "\n".join(style.label(word, LONGEST_TICK) for word in text.split())
    axes.text(x + 0.05, y, words, fontsize=7, va="center", bbox=box, zorder=5)


def _wrap_name(name: str) -> str:
    """Wrap a path after its dots and at spaces; parts that are too long are cut."""
    lines: list[str] = []
    for word in name.replace(".", ". ").split():
        if lines and len(lines[-1]) + len(word) + 1 <= LINE_LENGTH:
            lines[-1] += word if lines[-1].endswith(".") else f" {word}"
        else:
            lines.append(word)
    return "\n".join(style.label(line, LINE_LENGTH) for line in lines)


def _legend(trials: SweepTrials) -> list[Artist]:
    from matplotlib.lines import Line2D

    entries: list[Artist] = []
    best = trials.analysis.best
    if best is not None:
        label = f"best: {trials.analysis.value(best)} in trial {trials.analysis.number(best)}"
        entries.append(Line2D([], [], color=palette().vermilion, linewidth=2.4, label=label))
    ended = [status for status in WITHOUT_RESULT if status in trials.table.statuses]
    if ended:
        entries.append(Line2D([], [], color=palette().muted, linewidth=0.8, label=join_words(ended, "or")))
    return entries
