"""The health of each layer by epoch: dead and saturated units, dark samples, gradients and the spread of outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.diagnosis.probe_rows import probes_of
from nncli.render.divergence import divergence_epoch
from nncli.render.figures import style
from nncli.render.figures.bands import finish_epochs
from nncli.render.figures.figure_inputs import Request, figure_title, layer_labels, sample_layers
from nncli.render.figures.palette import palette
from nncli.render.figures.registry import figure
from nncli.render.figures.vertical_lines import legend_of_divergence

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from nncli.model import Model
    from nncli.training.probes import LayerProbe

Lines = dict[str, NDArray[np.float64]]  # values (epochs,) by the name of a layer
PANEL = (4.2, 3.0)  # inches


@figure(
    shows="dead and saturated units, dark samples, gradients and the spread of outputs by epoch",
    help="each layer by epoch",
    place=85,
    pictures={"probes": "ch17-sine-2x64/small"},
)
def draw(request: Request) -> Figure:
    """Draw the probes of a run."""
    return probes(series_of(request.model()))


class Series(NamedTuple):
    """Numbers (epochs,) of the network and of each layer; NaN where they are not known."""

    title: str
    epochs: list[int]
    dark: NDArray[np.float64]  # fraction of samples for which no unit of the first relu layer fires
    spread: NDArray[np.float64]  # of the outputs, over that of the targets
    dead: Lines  # of relu layers
    saturated: Lines  # of sigmoid and tanh layers
    gradients: Lines
    updates: Lines  # norm of the change in an epoch, over the norm of the weights
    diverged: int | None = None


def series_of(model: Model) -> Series:
    """Return the probes of a run as series."""
    all_probes = probes_of(model)
    names = layer_labels(model.experiment.layers)
    chosen = sample_layers([layer.layer for layer in all_probes[0].layers])

    def lines(value: Callable[[LayerProbe], float | None], *, known_only: bool = True) -> Lines:
        by_layer: dict[int, list[float | None]] = {number: [] for number in chosen}
        for each in all_probes:
            for layer in each.layers:
                if layer.layer in by_layer:
                    by_layer[layer.layer].append(value(layer))
        arrays = {names[number]: _numbers(values) for number, values in by_layer.items()}
        return {name: y for name, y in arrays.items() if not known_only or not np.isnan(y).all()}

    return Series(
        figure_title(model, "probes by epoch"),
        [each.epoch for each in all_probes],
        _numbers(each.dark for each in all_probes),
        _numbers(each.output_spread for each in all_probes),
        lines(lambda layer: layer.dead),
        lines(lambda layer: layer.saturated),
        lines(lambda layer: layer.gradient_scale, known_only=False),
        lines(lambda layer: layer.update_ratio),
        divergence_epoch(model.run),
    )


def _numbers(values: Iterable[float | None]) -> NDArray[np.float64]:
    return np.array([np.nan if value is None else value for value in values], np.float64)


@style.apply()
def probes(series: Series) -> Figure:
    """Draw a panel for each number that the layers have; those of scales are logarithmic."""
    has_dark = not np.isnan(series.dark).all()
    panels = [
        ("dead units", "share", series.dead, _finish_fractions),
        ("saturated outputs", "share", series.saturated, _finish_fractions),
        ("gradient by the weights", "root mean square", _positive(series.gradients), style.log_scale),
        ("change of the weights in an epoch", "ratio to the weights", _positive(series.updates), style.log_scale),
    ]
    drawn = [panel for panel in panels if panel[2]]
    figure, axes = style.new_figure(len(drawn) + 1, PANEL)
    colours = dict(zip(series.gradients, style.colours(len(series.gradients)), strict=True))
    handles = {}
    for panel, (title, ylabel, lines, finish) in zip(axes, drawn, strict=False):
        for name, y in lines.items():
            style.plot_line(panel, series.epochs, y, color=colours[name], label=style.label(name))
            handles[name] = panel.get_lines()[-1]
        panel.set(title=title, ylabel=ylabel)
        finish(panel)
    if has_dark:
        look = {"color": palette().ink, "linestyle": style.VALIDATION, "label": "dark samples: no unit fires"}
        style.plot_line(axes[0], series.epochs, series.dark, **look)
        handles["dark"] = axes[0].get_lines()[-1]
        axes[0].set_title("dead units and dark samples")
    _draw_spread(axes[-1], series)
    for panel in axes:
        finish_epochs(panel, series.epochs, series.diverged)
    style.title(figure, series.title)
    style.legend_below(figure, [*handles.values(), *legend_of_divergence(series.diverged)])
    return figure


def _draw_spread(axes: Axes, series: Series) -> None:
    style.plot_line(axes, series.epochs, _positive({"": series.spread})[""], color=palette().ink)
    style.log_scale(axes)
    axes.axhline(1, color=palette().muted, linewidth=1, zorder=1)
    axes.set(title="spread of outputs", ylabel="ratio to that of the targets")


def _positive(lines: Lines) -> Lines:
    """Replace zeros by gaps, which a logarithmic scale cannot show."""
    return {name: np.where(y > 0, y, np.nan) for name, y in lines.items()}


def _finish_fractions(axes: Axes) -> None:
    axes.set_ylim(-0.03, 1.03)
    axes.yaxis.set_major_formatter("{x:.0%}")
