"""What the units of each layer put out for the training samples, over the epochs, and how many of them are silent."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.arrays import Array
from nncli.nn.activations.relu import Relu
from nncli.render.divergence import divergence_epoch
from nncli.render.figures import style
from nncli.render.figures.bands import draw_bands, finish_epochs, legend_of_bands, percentiles
from nncli.render.figures.figure_inputs import Request, layer_labels, spread_out
from nncli.render.figures.palette import palette
from nncli.render.figures.registry import figure
from nncli.render.figures.snapshot_passes import SnapshotPasses
from nncli.render.figures.vertical_lines import legend_of_divergence

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from nncli.model import Model

PANEL = (3.4, 2.6)  # inches
MAX_SAMPLES = 2_000


@figure(
    shows="what each layer puts out, and which units are silent",
    help="each layer over the epochs",
    needs="snapshots",
    place=70,
    pictures={"activations": "spiral3/default"},
)
def draw(request: Request) -> Figure:
    """Draw the outputs of all layers of a run."""
    return activations(activations_of(request.model()))


class Activations(NamedTuple):
    """The percentiles (epochs, 7) of each layer's outputs, and of relu the shares (epochs,) of zeros and dead units."""

    title: str
    epochs: list[int]
    spread: dict[str, NDArray[np.float64]]
    zeros: dict[str, NDArray[np.float64]]
    dead: dict[str, NDArray[np.float64]]  # units whose output is zero for every sample
    diverged: int | None = None


def activations_of(model: Model) -> Activations:
    """The outputs of all layers of a run at each moment that it kept. Raises UsageError where it kept none."""
    passes = SnapshotPasses(model, MAX_SAMPLES)
    relus = {link.number for link in passes.network.links if isinstance(link.part, Relu)}
    shown = spread_out(list(dict.fromkeys(link.number for link in passes.network.links)))
    names = layer_labels(model.experiment.layers)
    epochs: list[int] = []
    spread: dict[int, list[Array]] = {number: [] for number in shown}
    zeros: dict[int, list[tuple[float, float]]] = {number: [] for number in shown if number in relus}
    for after, params in passes.weights_by_epoch():
        epochs.append(after)
        for number, y in passes.outputs(params):
            if number in spread:
                spread[number].append(percentiles(y))
            if number in zeros:
                zeros[number].append(_silence(y))
    shares = {names[number]: np.array(each).T for number, each in zeros.items()}
    return Activations(
        passes.title,
        epochs,
        {names[number]: np.array(each) for number, each in spread.items()},
        {name: of_both[0] for name, of_both in shares.items()},
        {name: of_both[1] for name, of_both in shares.items()},
        divergence_epoch(model.run),
    )


def _silence(y: Array) -> tuple[float, float]:
    """The share of outputs (n, units) that are zero, and of units that are so for every sample; NaN for no numbers."""
    if not np.isfinite(y).all():
        return np.nan, np.nan
    zero = y == 0
    return float(zero.mean()), float(zero.all(axis=0).mean())


@style.apply()
def activations(shown: Activations) -> Figure:
    """A panel for each layer with the spread of its outputs; where there are relus, one more with what is zero."""
    figure, axes = style.new_figure(len(shown.spread) + bool(shown.zeros), PANEL)
    colours = dict(zip(shown.spread, style.colours(len(shown.spread)), strict=True))
    for panel, (name, spread) in zip(axes, shown.spread.items(), strict=False):
        panel.set_title(style.text(name))
        draw_bands(panel, shown.epochs, spread, colours[name], shown.diverged)
        panel.set_ylabel("output")
    entries = list(legend_of_bands(palette().muted))
    if shown.zeros:
        entries += _silent(axes[-1], shown, colours)
    style.title(figure, shown.title)
    style.legend_below(figure, [*entries, *legend_of_divergence(shown.diverged)])
    return figure


def _silent(axes: Axes, shown: Activations, colours: dict[str, str]) -> list[Artist]:
    """The shares of relu outputs that are zero, and of units that are so for every sample."""
    from matplotlib.lines import Line2D

    for name in shown.zeros:
        style.plot_line(axes, shown.epochs, shown.zeros[name], color=colours[name])
        style.plot_line(axes, shown.epochs, shown.dead[name], color=colours[name], linestyle=style.VALIDATION)
    finish_epochs(axes, shown.epochs, shown.diverged)
    axes.set_title("relu, each layer in its colour")
    axes.set(ylabel="share", ylim=(-0.03, 1.03))
    axes.yaxis.set_major_formatter("{x:.0%}")
    muted = palette().muted
    return [
        Line2D([], [], color=muted, label="outputs that are zero"),
        Line2D([], [], color=muted, linestyle=style.VALIDATION, label="dead units: zero for every sample"),
    ]
