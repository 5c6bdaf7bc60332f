"""Curves of training: loss and metrics by epoch, of one run or of several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nncli.render.figures import style
from nncli.render.figures.series import Series

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

MOST_METRICS = 3
MOST_LINES = 36  # of a legend
THIN = 0.8  # points, where there are many lines
PANEL = (4.0, 3.0)  # inches
DECADES_FOR_LOG = 2.0
BEST: dict[str, Any] = {"marker": "o", "markersize": 5, "markeredgecolor": "white", "linestyle": "none", "zorder": 5}


@style.styled()
def curves(runs: Sequence[Series]) -> Figure:
    """A panel for the loss and one for each of the first three metrics; validation is dashed, its best epoch marked."""
    metrics = list(dict.fromkeys(name for run in runs for name in run.metrics))[:MOST_METRICS]
    colours, alone = style.colours(len(runs)), len(runs) == 1
    legend = _legend_of_one(runs[0]) if alone else _legend_of_several(runs, colours)
    figure, axes = style.new_figure(1 + len(metrics), PANEL, (0, 0) if alone else style.legend_size(legend))
    thin = {"linewidth": THIN} if len(runs) > len(style.PALETTE) else {}
    for panel, name in zip(axes, ("loss", *metrics), strict=True):
        for run, colour in zip(runs, colours, strict=True):
            _draw(panel, run, name, colour, alone, thin)
        _finish(panel, runs, name)
    style.title(figure, _title(runs))
    if not alone:
        figure.legend(handles=legend, loc="outside right center")
    elif len(legend) > 1:
        style.legend_below(figure, legend)
    return figure


def _title(runs: Sequence[Series]) -> str:
    experiments = {run.name.rpartition("/")[0] for run in runs}
    if len(runs) == 1:
        return runs[0].name
    return f"{experiments.pop()}, {len(runs)} runs" if len(experiments) == 1 else f"{len(runs)} runs"


def _draw(panel: Axes, run: Series, name: str, colour: Any, alone: bool, thin: dict[str, float]) -> None:
    """The lines of one run in one panel."""
    second, third = (style.VERMILION, style.SKY) if alone else (colour, colour)
    if name == "loss" and run.has_penalty:
        style.plot_line(panel, run.epochs, run.columns["data_loss"], color=third, linestyle=style.DATA_LOSS, **thin)
    if name in run.columns:
        style.plot_line(panel, run.epochs, run.columns[name], color=colour, linestyle=style.TRAINING, **thin)
    validation = run.columns.get(f"val_{name}")
    if validation is None:
        return
    style.plot_line(panel, run.epochs, validation, color=second, linestyle=style.VALIDATION, **thin)
    best = run.epochs == run.best_epoch
    panel.plot(run.epochs[best], style.drawable(validation[best]), color=second, **BEST)


def _finish(panel: Axes, runs: Sequence[Series], name: str) -> None:
    """Scale, labels and limits."""
    values = np.concatenate(
        [
            style.drawable(run.columns[column])
            for run in runs
            for column in (name, f"val_{name}", *(["data_loss"] if name == "loss" else []))
            if column in run.columns
        ]
    )
    values = values[np.isfinite(values)]
    positive = values[values > 0]
    if not len(values):
        style.note(panel, "no finite value")
    elif name == "loss" and len(positive) and np.log10(positive.max()) - np.log10(positive.min()) > DECADES_FOR_LOG:
        panel.set_yscale("log", nonpositive="mask")
    panel.set_xlabel("epoch")
    panel.set_ylabel(style.text(name.replace("_", " ")))
    epochs = np.concatenate([run.epochs for run in runs])
    style.whole_ticks(panel, float(epochs.min()), float(epochs.max()))


def _legend_of_one(run: Series) -> list[Line2D]:
    """The kinds of line."""
    loss = "training, with penalty" if run.has_penalty else "training"
    entries = [_entry(loss, style.BLUE, linestyle=style.TRAINING)]
    if run.has_penalty:
        entries.append(_entry("training, without penalty", style.SKY, linestyle=style.DATA_LOSS))
    if run.has_validation:
        entries.append(_entry("validation", style.VERMILION, linestyle=style.VALIDATION))
    if run.best_epoch is not None:
        entries.append(_entry(f"best epoch ({run.best_epoch:,})", style.VERMILION, **BEST))
    return entries


def _legend_of_several(runs: Sequence[Series], colours: Sequence[Any]) -> list[Line2D]:
    """Every run by its colour, as far as there is room, then the kinds of line."""
    labels = [style.wrapped(run.label) for run in runs]
    lines = np.cumsum([label.count("\n") + 1 for label in labels])
    shown = max(int(np.count_nonzero(lines <= MOST_LINES)), 1)
    entries = [_entry(label, colour) for label, colour in zip(labels[:shown], colours[:shown], strict=True)]
    if shown < len(runs):
        entries.append(_entry(f"and {len(runs) - shown} more", style.MUTED, linestyle="none"))
    if any(run.has_penalty for run in runs):
        entries.append(_entry("without penalty", style.MUTED, linestyle=style.DATA_LOSS))
    if any(run.has_validation for run in runs):
        entries.append(_entry("validation", style.MUTED, linestyle=style.VALIDATION))
    if any(run.best_epoch is not None for run in runs):
        entries.append(_entry("best epoch", style.MUTED, **BEST))
    return entries


def _entry(label: str, colour: Any, **how: Any) -> Line2D:
    from matplotlib.lines import Line2D

    return Line2D([], [], color=colour, label=label, **how)
