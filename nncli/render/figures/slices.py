"""The objective of a sweep over each of its parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from nncli.render.figures import style
from nncli.render.figures.figure_inputs import Request
from nncli.render.figures.palette import palette
from nncli.render.figures.parameter_axis import parameter_axis
from nncli.render.figures.registry import figure
from nncli.render.figures.sweep_trials import (
    SweepTrials,
    best_look,
    jitter,
    legend_entries,
    needs_log,
    plot_without_result,
    sweep_trials,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

PANEL, ALONE = (3.2, 2.7), (5.2, 3.6)  # inches
AXIS = PANEL[0] - 0.7  # inches
MAX_PANELS = 9
SPREAD = 0.25  # of the points of a choice, around its position


@figure(
    shows="the objective of each trial over each parameter",
    help="objective of a sweep over each parameter",
    needs="a sweep",
    options=("--parameters",),
    sweeps="only",
    place=200,
    pictures={"slices": "sine/sweep"},
)
def draw(request: Request) -> Figure:
    """Draw a panel for each parameter, or for the nine that matter most."""
    return slices(sweep_trials(request))


@style.apply()
def slices(trials: SweepTrials) -> Figure:
    """Draw a point for each trial, with a bar from the lowest to the highest of its seeds; marks have no result."""
    sides = list(map(parameter_axis, trials.columns(MAX_PANELS)))
    extra = max(axis.extra_height(AXIS) for axis in sides)
    width, height = PANEL if len(sides) > 1 else ALONE
    figure, panels = style.new_figure(len(sides), (width, height + extra))
    values = trials.objectives
    for number, (axes, axis) in enumerate(zip(panels, sides, strict=True)):
        spread = SPREAD if axis.labels and len(values) > len(axis.labels) else 0.0
        x = axis.positions + spread * jitter(len(values))
        _draw(axes, trials, x)
        plot_without_result(axes, trials, x)
        axis.apply(axes, "x", AXIS)
        if needs_log(values):
            axes.set_yscale("log")
        if not np.isfinite(values).any():
            axes.set_yticks([])
            style.note(axes, "no trial has a result")
        if number % 3 == 0 or (len(sides) == 4 and number % 2 == 0):
            axes.set_ylabel(trials.label)
    _share_limits(panels)
    style.title(figure, trials.title)
    style.legend_below(figure, legend_entries(trials))
    return figure


def _share_limits(panels: Sequence[Axes]) -> None:
    """Give all panels with points the limits that contain the points of each."""
    limits = np.array([axes.get_ylim() for axes in panels if axes.dataLim.height >= 0 and len(axes.get_yticks())])
    for axes in panels:
        if len(limits):
            axes.set_ylim(limits[:, 0].min(), limits[:, 1].max())


def _draw(axes: Axes, trials: SweepTrials, x: NDArray[np.float64]) -> None:
    """Draw the points and bars of the trials that have a result, and the best one."""
    table, values = trials.table, trials.objectives
    if len(table.plan.seeds) > 1:
        for row in table.having("done"):
            costs = [cost for cost in table.seed_costs[row] if np.isfinite(cost)]
            ends = [table.objective(costs[0]), table.objective(costs[-1])]
            axes.plot([x[row]] * 2, ends, color=palette().sky, linewidth=0.9, zorder=1.8)
    style.plot_points(axes, x, values, color=palette().blue, **style.edge())
    best = trials.analysis.best
    if best is not None and np.isfinite(x[best]):
        axes.plot(x[best], values[best], **best_look())
