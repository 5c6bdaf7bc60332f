"""The distribution of each layer's weights by epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.arrays import Shape
from nncli.render.divergence import divergence_epoch
from nncli.render.figures import style
from nncli.render.figures.bands import draw_bands, legend_of_bands, percentiles
from nncli.render.figures.figure_inputs import Request, figure_title, layer_labels, sample_layers, weights_by_epoch
from nncli.render.figures.palette import palette
from nncli.render.figures.registry import figure
from nncli.render.figures.vertical_lines import legend_of_divergence

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from nncli.model import Model

PANEL = (3.2, 2.5)  # inches
MAX_COLUMNS = 4


@figure(
    shows="the distribution of each layer's weights by epoch",
    help="each layer by epoch",
    needs="snapshots",
    place=60,
    pictures={"weights": "sine/default"},
)
def draw(request: Request) -> Figure:
    """Draw the weights of a run's snapshots."""
    return weights(weights_of(request.model()))


class Weights(NamedTuple):
    """The percentiles (epochs, 7) of each array of parameters, by the names of its layer and of the array."""

    title: str
    epochs: list[int]
    spread: dict[tuple[str, str], NDArray[np.float64]]
    diverged: int | None = None


def weights_of(model: Model) -> Weights:
    """Return the weights of a run's snapshots. Raises UsageError if it has none."""
    links = model.network.links
    indices = sample_layers([index for index, link in enumerate(links) if link.shapes])
    arrays = [(index, name) for index in indices for name in links[index].shapes]
    epochs: list[int] = []
    rows = []
    for epoch, params in weights_by_epoch(model):
        epochs.append(epoch)
        rows.append([percentiles(params.links[index][name]) for index, name in arrays])
    names = layer_labels(model.experiment.layers)
    keys = [(names[links[index].number], _with_shape(name, links[index].shapes[name])) for index, name in arrays]
    spread = dict(zip(keys, np.array(rows).transpose(1, 0, 2), strict=True))
    return Weights(figure_title(model, "weights by epoch"), epochs, spread, divergence_epoch(model.run))


def _with_shape(name: str, shape: Shape) -> str:
    return f"{name}, {' × '.join(f'{size:,}' for size in shape)}"


@style.apply()
def weights(contents: Weights) -> Figure:
    """Draw a column for each layer, weights above biases, with at most four layers in a row."""
    layers: dict[str, list[tuple[str, NDArray[np.float64]]]] = {}
    for (layer, name), spread in contents.spread.items():
        layers.setdefault(layer, []).append((name, spread))
    columns = min(len(layers), MAX_COLUMNS)
    blocks = -(-len(layers) // columns)
    depth = max(map(len, layers.values()))
    figure, axes = style.new_figure(blocks * depth * columns, PANEL, columns=columns)
    used = set()
    for place, (layer, arrays) in enumerate(layers.items()):
        block, column = divmod(place, columns)
        for row, (name, spread) in enumerate(arrays):
            panel = axes[(block * depth + row) * columns + column]
            used.add(panel)
            panel.set_title(f"{layer}\n{name}")
            draw_bands(panel, contents.epochs, spread, palette().lines[row], contents.diverged)
            panel.set_ylabel("value")
    for panel in set(axes) - used:
        panel.remove()
    style.title(figure, contents.title)
    style.legend_below(figure, [*legend_of_bands(palette().blue), *legend_of_divergence(contents.diverged)])
    return figure
