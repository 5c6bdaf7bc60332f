"""Training curves: loss, metrics and learning rate by epoch, of one run, several runs, or runs grouped by seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np
from numpy.typing import NDArray

from nncli.render.figures import style
from nncli.render.figures.figure_inputs import Request
from nncli.render.figures.palette import palette
from nncli.render.figures.registry import figure
from nncli.render.figures.series import PENALTY, RATE, Series, series_of
from nncli.render.figures.sweep_curves import draw_sweep_curves
from nncli.render.figures.vertical_lines import plot_vertical_line, vertical_line_entry

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

MAX_METRICS = 3
MAX_LINES = 36  # of a legend
THIN = 0.8  # points: the width of lines if there are many
PANEL = (4.0, 3.0)  # inches
DECADES_FOR_LOG = 2.0
IN_UNITS = ("mae", "rmse")  # metrics in the units of the target
MAX_TARGET_LENGTH = 24  # characters


@figure(
    shows="loss, metrics and learning rate by epoch, of one run or several",
    help="loss, metrics and learning rate by epoch",
    options=("--by-seed", "--term"),
    several_runs=True,
    sweeps="also",
    place=10,
    pictures={
        "curves": "spiral/default",
        "curves-two": "ch17-sine-2x64/small ch17-sine-2x64/large",
        "curves-seeds": "houses/*-seed-* --by-seed",
        "curves-sweep": "sine/sweep",
    },
)
def draw(request: Request) -> Figure:
    """Draw the curves of all runs together, or those of a sweep."""
    if request.sweep is not None:
        return draw_sweep_curves(request)
    return curves(series_of(request.runs, by_seed=request.by_seed))


@draw.in_terminal
def print_curves(request: Request, file: TextIO) -> None:
    """Print the loss by epoch."""
    from nncli.render.terminal import print_plots

    print_plots.print_curves(series_of(request.runs, by_seed=request.by_seed), file)


def panels_of(runs: Sequence[Series]) -> tuple[str, ...]:
    """Return the loss, the first three metrics, and the learning rate if it changes."""
    metrics = list(dict.fromkeys(name for run in runs for name in run.metrics))[:MAX_METRICS]
    return ("loss", *metrics, *([RATE] if any(run.rate_changes for run in runs) else []))


@style.apply()
def curves(runs: Sequence[Series], only: str = "") -> Figure:
    """Draw a panel for each of `panels_of`, or the panel `only` without a title.

    Validation is dashed, with a mark at its best epoch. The range of runs that differ in the seed is shaded. A dotted
    line marks the epoch from which a run has no finite values.
    """
    colours, alone = style.colours(len(runs)), len(runs) == 1
    panels = (only,) if only else panels_of(runs)
    legend = _legend_of_one(runs[0], panels) if alone else _legend_of_several(runs, colours, panels)
    figure, axes = style.new_figure(len(panels), PANEL, (0, 0) if alone else style.legend_size(legend))
    thin = {"linewidth": THIN} if len(runs) > len(palette().lines) else {}
    for panel, name in zip(axes, panels, strict=True):
        for run, colour in zip(runs, colours, strict=True):
            _draw(panel, run, name, colour, alone, thin)
        _mark(panel, runs, name, colours)
        _finish(panel, runs, name)
    if not only:
        style.title(figure, _title(runs))
    if not alone:
        figure.legend(handles=legend, loc="outside right center")
    elif len(legend) > 1:
        style.legend_below(figure, legend)
    return figure


def _title(runs: Sequence[Series]) -> str:
    experiments = {run.name.rpartition("/")[0] or run.name for run in runs}
    if len(runs) == 1:
        return f"{runs[0].name}, {runs[0].seeds} seeds" if runs[0].seeds > 1 else runs[0].name
    count = sum(run.seeds for run in runs)
    return f"{experiments.pop()}, {count} runs" if len(experiments) == 1 else f"{count} runs"


def _draw(panel: Axes, run: Series, name: str, colour: Any, alone: bool, thin: dict[str, float]) -> None:
    """Draw the lines of one run in one panel."""
    second, third = (palette().vermilion, palette().sky) if alone else (colour, colour)
    if name == "loss" and run.has_penalty:
        style.plot_line(panel, run.epochs, run.columns["data_loss"], color=third, linestyle=style.DATA_LOSS, **thin)
        if alone:
            penalty = run.columns[PENALTY]
            style.plot_line(panel, run.epochs, penalty, color=palette().green, linestyle=style.PENALTY, **thin)
    for column, look, shade in ((name, style.TRAINING, colour), (f"val_{name}", style.VALIDATION, second)):
        if column in run.ranges:
            style.plot_band(panel, run.epochs, *run.ranges[column], color=shade)
        if column in run.columns:
            style.plot_line(panel, run.epochs, run.columns[column], color=shade, linestyle=look, **thin)
    best = run.epochs == run.best_epoch
    if f"val_{name}" in run.columns and best.any():
        panel.plot(run.epochs[best], style.drawable(run.columns[f"val_{name}"][best]), color=second, **_best())


def _mark(panel: Axes, runs: Sequence[Series], name: str, colours: Sequence[Any]) -> None:
    """Draw a vertical line at each epoch from which a run has no finite values."""
    marks = [
        (epoch, palette().muted if len(runs) == 1 else colour)
        for run, colour in zip(runs, colours, strict=True)
        for column in _both(name)
        for epoch in run.divergence(column)[0]
    ]
    total, turn = Counter(epoch for epoch, _ in marks), Counter[int]()
    for epoch, colour in marks:
        plot_vertical_line(panel, epoch, colour, turn[epoch], total[epoch])
        turn[epoch] += 1


def _both(name: str) -> tuple[str, str]:
    """Return the columns of a metric on training and on validation data."""
    return name, f"val_{name}"


def _finish(panel: Axes, runs: Sequence[Series], name: str) -> None:
    """Set the scale, labels and limits of a panel."""
    columns = (*_both(name), *(["data_loss"] if name == "loss" else []))
    values = np.concatenate([style.drawable(column) for column in _values(runs, columns)])
    values = values[np.isfinite(values)]
    positive = values[values > 0]
    if not len(values):
        style.note(panel, "no finite value")
    elif name in ("loss", RATE) and len(positive) and _decades(positive) > DECADES_FOR_LOG:
        panel.set_yscale("log", nonpositive="mask")
    panel.set_xlabel("epoch")
    panel.set_ylabel(_label(runs, name))
    style.integer_ticks(panel, min(float(run.epochs[0]) for run in runs), max(run.last for run in runs))


def _decades(positive: NDArray[np.float64]) -> float:
    """Return the number of powers of ten between the least and the greatest value."""
    return float(np.log10(positive.max()) - np.log10(positive.min()))


def _label(runs: Sequence[Series], name: str) -> str:
    """Return the label of a metric. If it is in units of the target and all runs share one, add its name."""
    label, targets = name.replace("_", " "), {run.target for run in runs}
    if name in IN_UNITS and len(targets) == 1 and (target := targets.pop()):
        return f"{label} of {style.label(target, MAX_TARGET_LENGTH)}"
    return style.label(label)


def _values(runs: Sequence[Series], columns: Sequence[str]) -> Iterable[NDArray[np.float64]]:
    """Yield all values of some columns, and their ranges."""
    for run in runs:
        for column in columns:
            yield from run.ranges.get(column, ())
            if column in run.columns:
                yield run.columns[column]


def _legend_of_one(run: Series, panels: Sequence[str]) -> list[Artist]:
    """Return the legend of a single run: the kinds of line."""
    colours = palette()
    loss = "training: data loss + penalty" if run.has_penalty else "training"
    entries: list[Artist] = [_entry(loss, colours.blue, linestyle=style.TRAINING)]
    if run.has_penalty:
        entries.append(_entry("data loss", colours.sky, linestyle=style.DATA_LOSS))
        entries.append(_entry("penalty", colours.green, linestyle=style.PENALTY))
    if run.has_validation:
        entries.append(_entry("validation", colours.vermilion, linestyle=style.VALIDATION))
    if run.best_epoch is not None:
        entries.append(_entry(f"best epoch ({run.best_epoch:,})", colours.vermilion, **_best()))
    words = dict.fromkeys(run.divergence(column)[1] for name in panels for column in _both(name))
    entries += [vertical_line_entry(each) for each in words if each]
    return entries + _range([run], colours.blue)


def _legend_of_several(runs: Sequence[Series], colours: Sequence[Any], panels: Sequence[str]) -> list[Artist]:
    """Return the legend of several runs: their colours, as many as fit, then the kinds of line."""
    muted = palette().muted
    labels = [style.wrap(run.full_label) for run in runs]
    lines = np.cumsum([label.count("\n") + 1 for label in labels])
    count = max(int(np.count_nonzero(lines <= MAX_LINES)), 1)
    entries: list[Artist] = [_entry(label, colour) for label, colour in zip(labels[:count], colours, strict=False)]
    if count < len(runs):
        entries.append(_entry(f"and {len(runs) - count} more", muted, linestyle="none"))
    if any(run.has_penalty for run in runs):
        entries.append(_entry("data loss (without penalty)", muted, linestyle=style.DATA_LOSS))
    if any(run.has_validation for run in runs):
        entries.append(_entry("validation", muted, linestyle=style.VALIDATION))
    if any(run.best_epoch is not None for run in runs):
        entries.append(_entry("best epoch", muted, **_best()))
    marked = [run for run in runs if any(run.divergence(column)[0] for name in panels for column in _both(name))]
    words = sorted({"diverged" if run.diverged else "no finite values from here" for run in marked})
    entries += [vertical_line_entry(" or ".join(words))] if words else []
    return entries + _range(runs, muted)


def _range(runs: Sequence[Series], colour: Any) -> list[Artist]:
    """Return the legend entry of the shading if any run has a range."""
    if not any(run.ranges for run in runs):
        return []
    from matplotlib.patches import Patch

    return [Patch(color=colour, alpha=0.22, linewidth=0, label="line: median; shaded: range")]


def _best() -> dict[str, Any]:
    """Return the look of the mark at the best epoch."""
    edge = palette().page
    return {"marker": "o", "markersize": 5, "markeredgecolor": edge, "linestyle": "none", "zorder": 5}


def _entry(label: str, colour: Any, **options: Any) -> Line2D:
    from matplotlib.lines import Line2D

    return Line2D([], [], color=colour, label=label, **options)
