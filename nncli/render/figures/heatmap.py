"""The objective of a sweep over two of its parameters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from nncli.errors import UsageError
from nncli.render.figures import style
from nncli.render.figures.figure_inputs import Request
from nncli.render.figures.objective_colours import ObjectiveColours
from nncli.render.figures.palette import palette
from nncli.render.figures.parameter_axis import ParameterAxis, parameter_axis
from nncli.render.figures.registry import figure
from nncli.render.figures.sweep_trials import (
    WITHOUT_RESULT,
    SweepTrials,
    jitter,
    legend_entries,
    sweep_trials,
    without_result_look,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from nncli.sweeps.conclusion.table import Column

CELL = (0.95, 0.6)  # inches
SQUARE = (5.2, 4.4)
AROUND = (2.6, 1.6)  # inches for labels, colour bar and title around the cells
MAX_NUMBERS = 12  # cells in a row or column that have room for their numbers
SPREAD = 0.3  # of the points of a choice, around its position
STATUSES = ("done", *WITHOUT_RESULT)


@figure(
    shows="the best objective in each cell of two parameters",
    help="objective of a sweep over two parameters",
    needs="a sweep of two parameters",
    options=("--parameters",),
    sweeps="only",
    place=210,
    pictures={"heatmap": "ch17-sweep/sweep", "heatmap-ranges": "sine/sweep"},
)
def draw(request: Request) -> Figure:
    """Draw the two parameters that matter most, or those chosen."""
    return heatmap(sweep_trials(request))


@style.apply()
def heatmap(trials: SweepTrials) -> Figure:
    """Draw cells of two choices, or the points of trials if a parameter has a range.

    A cell has the best objective of its trials, whatever the other parameters. Raises UsageError for one parameter.
    """
    first, second = map(parameter_axis, _pair(trials))
    if _width(second) < _width(first) and second.labels:  # long labels are horizontal beside the rows
        first, second = second, first
    cells = bool(first.labels and second.labels)
    size = (_length(first, CELL[0]) + AROUND[0], _length(second, CELL[1]) + AROUND[1]) if cells else SQUARE
    figure, (axes,) = style.new_figure(1, size)
    colours = ObjectiveColours(trials.objectives, higher_is_better=trials.higher_is_better)
    (_cells if cells else _points)(axes, trials, (first, second), colours)
    first.apply(axes, "x", size[0] - AROUND[0])
    second.apply(axes, "y", size[1])
    axes.grid(visible=False)
    colours.add_bar(axes, trials.label)
    style.title(figure, trials.title)
    if not cells:
        shown = np.isfinite(first.positions + second.positions)
        style.legend_below(figure, legend_entries(trials, shown))
    return figure


def _pair(trials: SweepTrials) -> Sequence[Column]:
    """Return the chosen parameters, or the two that matter most of those that the same trials have."""
    columns = trials.columns(2) if trials.parameters else trials.ranked_columns()
    if len(columns) < 2:
        hint = "draw the objective over one parameter with --what slices"
        raise UsageError("a heat map needs two parameters", place=trials.name, hint=hint)
    return max(combinations(columns, 2), key=_overlap)  # of equal ones the first


def _overlap(pair: tuple[Column, Column]) -> int:
    """Return 2 if both parameters vary among the trials that have both, 1 if there are such trials, else 0."""
    both = np.isfinite(pair[0].values + pair[1].values)
    varies = [len(np.unique(column.values[both])) > 1 for column in pair]
    return 2 if all(varies) else int(both.any())


def _width(axis: ParameterAxis) -> int:
    return max((len(label) for label in axis.labels), default=0)


def _length(axis: ParameterAxis, cell: float) -> float:
    """Return the length of a side in inches."""
    return float(np.clip(cell * len(axis.labels), 2.0, 9.0))


def _cells(
    axes: Axes, trials: SweepTrials, sides: tuple[ParameterAxis, ParameterAxis], colours: ObjectiveColours
) -> None:
    """Draw a cell for each pair of choices: its best objective, or how its trials ended."""
    from matplotlib.patches import Rectangle

    x, y = sides
    with_numbers = max(len(x.labels), len(y.labels)) <= MAX_NUMBERS
    costs = trials.table.costs
    for column in range(len(x.labels)):
        for row in range(len(y.labels)):
            members = np.flatnonzero((x.positions == column) & (y.positions == row))
            if not len(members):
                continue
            done = members[np.isfinite(costs[members])]
            best = int(done[np.argmin(costs[done])]) if len(done) else None
            face = palette().page if best is None else colours.of(trials.objectives[best])
            hatch = "////" if best is None else None
            corner = (column - 0.5, row - 0.5)
            axes.add_patch(
                Rectangle(corner, 1, 1, facecolor=face, hatch=hatch, edgecolor=palette().faint, linewidth=0.8)
            )
            if best is not None and best == trials.analysis.best:
                look: dict[str, Any] = {"fill": False, "edgecolor": palette().vermilion, "linewidth": 2.2, "zorder": 3}
                axes.add_patch(Rectangle((column - 0.47, row - 0.47), 0.94, 0.94, **look))
            if with_numbers or best is None:
                _write(axes, trials, (column, row), members, best, face)


def _write(
    axes: Axes,
    trials: SweepTrials,
    place: tuple[int, int],
    members: NDArray[np.intp],
    best: int | None,
    face: Any,
) -> None:
    """Write the objective of a cell, and how many trials ended in another way."""
    statuses = [trials.table.statuses[row] for row in members]
    counts = {status: statuses.count(status) for status in WITHOUT_RESULT if status in statuses}
    if best is None:
        lines = [status if len(counts) == 1 else f"{count} {status}" for status, count in counts.items()]
    else:
        lines = [style.format_number(trials.objectives[best])]
        lines += [f"{count} {status}" for status, count in counts.items()]
        if infinite := sum(np.isinf(trials.table.seed_costs[best])):
            lines.append(f"{infinite} of {len(trials.table.plan.seeds)} diverged")
    ink = palette().muted if best is None else style.readable_on(face)
    box = {"facecolor": palette().page, "edgecolor": "none", "pad": 1.5} if best is None else None
    axes.text(*place, "\n".join(lines[:2]), ha="center", va="center", fontsize=7.5, color=ink, bbox=box, zorder=4)


def _points(
    axes: Axes, trials: SweepTrials, sides: tuple[ParameterAxis, ParameterAxis], colours: ObjectiveColours
) -> None:
    """Draw a point for each trial; trials without a result have the mark of their end."""
    count = len(trials.table.trials)
    x, y = (
        side.positions + (SPREAD * jitter(count) * turn if side.labels else 0)
        for side, turn in zip(sides, (1, -1), strict=True)
    )
    values = trials.objectives
    order = np.argsort(-trials.table.costs[trials.table.having("done")])  # the best on top
    rows = trials.table.having("done")[order]
    size = float(np.clip(500 / max(count, 1), 14, 60))
    edge = palette().page
    axes.scatter(
        x[rows], y[rows], s=size, c=[colours.of(value) for value in values[rows]], edgecolors=edge, linewidths=0.4
    )
    for status in WITHOUT_RESULT:
        marked = trials.table.having(status)
        if len(marked):
            axes.plot(x[marked], y[marked], **without_result_look(status))
    best = trials.analysis.best
    if best is not None:
        look: dict[str, Any] = {"facecolors": "none", "edgecolors": palette().vermilion, "linewidths": 1.8, "zorder": 5}
        axes.scatter(x[best], y[best], s=size + 60, **look)
