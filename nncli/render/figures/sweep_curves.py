"""The learning curves of a sweep: the objective's metric by epoch in each trial."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.errors import NncliError
from nncli.render.figures import style
from nncli.render.figures.figure_inputs import Request
from nncli.render.figures.palette import palette
from nncli.render.figures.sweep_trials import SweepTrials, needs_log, sweep_trials

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

    from nncli.sweeps.directory import SweepDirectory

SIZE = (6.4, 4.0)  # inches
MAX_TRIALS = 100
MANY = 30  # trials whose lines are thin
LOOKS: dict[str, Any] = {"done": "-", "pruned": style.VALIDATION, "diverged": style.DATA_LOSS, "failed": style.PENALTY}


class Curve(NamedTuple):
    """The metric by epoch of a trial's first seed."""

    row: int  # of the trial in the table
    epochs: NDArray[np.float64]
    values: NDArray[np.float64]


def draw_sweep_curves(request: Request) -> Figure:
    """Draw the metric by epoch. Raises NncliError if no trial has finished an epoch."""
    trials = sweep_trials(request)
    assert request.sweep is not None
    curves = list(_read(trials, request.sweep))
    if not curves:
        raise NncliError("has no trial that has finished an epoch", place=str(request.sweep.path))
    return sweep_curves(trials, curves)


def _read(trials: SweepTrials, sweep: SweepDirectory) -> list[Curve]:
    """Return the curves of at most 100 trials: the best ones first, evenly spaced from the best to the worst."""
    table, metric = trials.table, trials.analysis.metric
    order = [*trials.analysis.order, *map(int, table.having("pruned", "diverged", "failed"))]
    places = np.unique(np.linspace(0, len(order) - 1, min(len(order), MAX_TRIALS)).round().astype(int))
    curves = []
    for index in (order[place] for place in places):
        trial = table.trials[index]
        run = sweep.run(trial.trainings[min(trial.trainings)].run)
        metrics = run.metrics() if run.path.is_dir() else None  # it may have been removed
        if metrics and metric in metrics:
            curves.append(Curve(index, metrics["epoch"], metrics[metric]))
    return curves


@style.apply()
def sweep_curves(trials: SweepTrials, curves: Sequence[Curve]) -> Figure:
    """Draw a line for each trial, the best highlighted, those that ended early with their own dashes."""
    figure, (axes,) = style.new_figure(1, SIZE)
    thin, table = len(curves) > MANY, trials.table
    for curve in reversed(curves):  # the best on top
        status = table.statuses[curve.row]
        look: dict[str, Any] = {
            "color": palette().sky if status == "done" else palette().muted,
            "linewidth": 0.6 if thin else 1.0,
            "alpha": 0.8,
        }
        if curve.row == trials.analysis.best:
            look = {"color": palette().vermilion, "linewidth": 2.0, "zorder": 3}
        style.plot_line(axes, curve.epochs, curve.values, linestyle=LOOKS[status], **look)
    values = style.drawable(np.concatenate([curve.values for curve in curves]))
    if needs_log(values):
        axes.set_yscale("log", nonpositive="mask")
    first = min(float(curve.epochs[0]) for curve in curves)
    style.integer_ticks(axes, first, max(float(curve.epochs[-1]) for curve in curves))
    metric = style.label(trials.analysis.metric.replace("_", " "))
    seeds = table.plan.seeds
    axes.set(xlabel="epoch", ylabel=f"{metric}, seed {seeds[0]}" if len(seeds) > 1 else metric)
    count = len(table.trials)
    shown = f"\ncurves of {len(curves)} trials from best to worst" if len(curves) < count else ""
    style.title(figure, f"{trials.title}{shown}")
    style.legend_below(figure, _legend(trials, curves))
    return figure


def _legend(trials: SweepTrials, curves: Sequence[Curve]) -> list[Artist]:
    from matplotlib.lines import Line2D

    entries: list[Artist] = []
    best = trials.analysis.best
    if best is not None:
        label = f"best: trial {trials.analysis.number(best)}"
        entries.append(Line2D([], [], color=palette().vermilion, linewidth=2.0, label=label))
    statuses = {trials.table.statuses[curve.row] for curve in curves if curve.row != best}
    for status, look in LOOKS.items():
        if status in statuses:
            colour, label = (palette().sky, "other trials") if status == "done" else (palette().muted, status)
            entries.append(Line2D([], [], color=colour, linestyle=look, label=label))
    return entries
