"""The outputs of each layer for the training samples by epoch, and the share of zeros and dead units."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.arrays import Array
from nncli.nn.activations.relu import Relu
from nncli.render.divergence import divergence_epoch
from nncli.render.figures import style
from nncli.render.figures.bands import draw_bands, finish_epochs, legend_of_bands, percentiles
from nncli.render.figures.figure_inputs import Request, layer_labels, sample_layers
from nncli.render.figures.palette import palette
from nncli.render.figures.registry import figure
from nncli.render.figures.snapshot_passes import SnapshotPasses
from nncli.render.figures.vertical_lines import legend_of_divergence
from nncli.training.array_statistics import ZeroShares, zero_shares

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from nncli.model import Model

PANEL = (3.4, 2.6)  # inches
MAX_SAMPLES = 2_000


@figure(
    shows="the outputs of each layer by epoch, and dead units",
    help="each layer by epoch",
    needs="snapshots",
    place=70,
    pictures={"activations": "spiral3/default"},
)
def draw(request: Request) -> Figure:
    """Draw the outputs of all layers of a run."""
    return activations(activations_of(request.model()))


class Activations(NamedTuple):
    """Percentiles (epochs, 7) of each layer's outputs; for relu layers, shares (epochs,) of zeros and dead units."""

    title: str
    epochs: list[int]
    spread: dict[str, NDArray[np.float64]]
    zeros: dict[str, NDArray[np.float64]]
    dead: dict[str, NDArray[np.float64]]  # units whose output is zero for every sample
    diverged: int | None = None


def activations_of(model: Model) -> Activations:
    """Return the outputs of all layers of a run at each snapshot. Raises UsageError if it has no snapshots."""
    passes = SnapshotPasses(model, MAX_SAMPLES)
    relus = {link.number for link in passes.network.links if isinstance(link.part, Relu)}
    layers = sample_layers(list(dict.fromkeys(link.number for link in passes.network.links)))
    names = layer_labels(model.experiment.layers)
    epochs: list[int] = []
    spread: dict[int, list[Array]] = {number: [] for number in layers}
    zeros: dict[int, list[ZeroShares]] = {number: [] for number in layers if number in relus}
    for epoch, params in passes.weights_by_epoch():
        epochs.append(epoch)
        for number, y in passes.outputs(params):
            if number in spread:
                spread[number].append(percentiles(y))
            if number in zeros:
                zeros[number].append(zero_shares(y))
    shares = {names[number]: np.array(each).T for number, each in zeros.items()}
    return Activations(
        passes.title,
        epochs,
        {names[number]: np.array(each) for number, each in spread.items()},
        {name: zero for name, (zero, *_) in shares.items()},
        {name: dead for name, (_, dead, _) in shares.items()},
        divergence_epoch(model.run),
    )


@style.apply()
def activations(contents: Activations) -> Figure:
    """Draw a panel for each layer with the distribution of its outputs, and one for the zeros of all relu layers."""
    figure, axes = style.new_figure(len(contents.spread) + bool(contents.zeros), PANEL)
    colours = dict(zip(contents.spread, style.colours(len(contents.spread)), strict=True))
    for panel, (name, spread) in zip(axes, contents.spread.items(), strict=False):
        panel.set_title(style.label(name))
        draw_bands(panel, contents.epochs, spread, colours[name], contents.diverged)
        panel.set_ylabel("output")
    entries = list(legend_of_bands(palette().muted))
    if contents.zeros:
        entries += _draw_zeros(axes[-1], contents, colours)
    style.title(figure, contents.title)
    style.legend_below(figure, [*entries, *legend_of_divergence(contents.diverged)])
    return figure


def _draw_zeros(axes: Axes, contents: Activations, colours: dict[str, str]) -> list[Artist]:
    """Draw the shares of zero outputs and dead units of relu layers. Return the entries of the legend."""
    from matplotlib.lines import Line2D

    for name in contents.zeros:
        style.plot_line(axes, contents.epochs, contents.zeros[name], color=colours[name])
        style.plot_line(axes, contents.epochs, contents.dead[name], color=colours[name], linestyle=style.VALIDATION)
    finish_epochs(axes, contents.epochs, contents.diverged)
    axes.set_title("zero outputs of relu layers")
    axes.set(ylabel="share", ylim=(-0.03, 1.03))
    axes.yaxis.set_major_formatter("{x:.0%}")
    muted = palette().muted
    return [
        Line2D([], [], color=muted, label="zero outputs"),
        Line2D([], [], color=muted, linestyle=style.VALIDATION, label="dead units: zero for every sample"),
    ]
