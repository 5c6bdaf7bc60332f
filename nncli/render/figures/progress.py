"""The objective of each trial of a sweep in their order, and the best so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nncli.render.figures import style
from nncli.render.figures.figure_inputs import Request
from nncli.render.figures.palette import palette
from nncli.render.figures.registry import figure
from nncli.render.figures.sweep_trials import (
    SweepTrials,
    best_look,
    legend_entries,
    needs_log,
    plot_without_result,
    sweep_trials,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIZE = (6.4, 3.6)  # inches


@figure(
    shows="the objective of each trial, and the best so far",
    help="objective of each trial of a sweep",
    needs="a sweep",
    sweeps="only",
    place=240,
    pictures={"progress": "sine/sweep"},
)
def draw(request: Request) -> Figure:
    """Draw all trials by their number."""
    return progress(sweep_trials(request))


@style.apply()
def progress(trials: SweepTrials) -> Figure:
    """Draw a point for each trial and a line for the best so far; marks above the panel have no result."""
    from matplotlib.lines import Line2D

    figure, (axes,) = style.new_figure(1, SIZE)
    numbers = np.array([trial.number for trial in trials.table.trials], float)
    values = trials.objectives
    style.plot_points(axes, numbers, values, color=palette().blue, label="trial", **style.edge())
    plot_without_result(axes, trials, numbers)
    costs = np.where(np.isfinite(trials.table.costs), trials.table.costs, np.inf)
    least = np.minimum.accumulate(costs)
    best_so_far = np.array([trials.table.objective(cost) for cost in least])
    reached = np.isfinite(best_so_far)
    axes.step(numbers[reached], best_so_far[reached], where="post", color=palette().vermilion, zorder=1.9)
    best = trials.analysis.best
    if best is not None:
        axes.plot(numbers[best], values[best], **best_look())
    else:
        axes.set_yticks([])
        style.note(axes, "no trial has a result")
    if needs_log(values):
        axes.set_yscale("log")
    axes.set(xlabel="trial", ylabel=trials.label)
    style.integer_ticks(axes, numbers.min(), numbers.max())
    style.title(figure, trials.title)
    line = [Line2D([], [], color=palette().vermilion, label="best so far")] if best is not None else []
    style.legend_below(figure, [*line, *legend_entries(trials)])
    return figure
