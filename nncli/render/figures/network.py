"""The layers of a network: units and weights if it is small, else boxes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.nn.activations.base import Activation
from nncli.nn.layers.base import Layer
from nncli.nn.layers.dense import Dense
from nncli.nn.network import Network
from nncli.registry import type_name
from nncli.render.figures import style
from nncli.render.figures.classes import class_labels
from nncli.render.figures.figure_inputs import Request, figure_title
from nncli.render.figures.palette import palette
from nncli.render.figures.registry import figure
from nncli.text import count_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from nncli.model import Model

MAX_UNITS, MAX_WEIGHTS = 20, 1_000  # units per layer and weights in total; larger networks are drawn as boxes
COLUMN, UNIT, WORDS, AROUND = 1.75, 0.36, 0.75, 0.95  # inches: of a column, a unit, the text below, title and legend
MAX_LINE_WIDTH = 3.0  # points
MIN_WEIGHT_SHARE = 0.02  # of the largest weight; thinner lines would be invisible
MAX_NAME_LENGTH = 18  # characters


@figure(
    shows="the layers, with units and weights if the network is small",
    help="the layers of the network",
    options=("--checkpoint",),
    place=90,
    pictures={"network": "iris/few", "network-boxes": "digits/default --dark"},
)
def draw(request: Request) -> Figure:
    """Draw the network of a run."""
    return network(network_of(request.model()))


class Column(NamedTuple):
    """The inputs, or an entry of `layers:`: its outputs, text and parameters."""

    units: int
    words: tuple[str, ...]  # lines of text
    parameters: int = 0
    weights: Array | None = None  # (units of the previous column, units)
    biases: Array | None = None


class Columns(NamedTuple):
    """A network as columns, from the inputs to the outputs."""

    title: str
    columns: list[Column]
    inputs: list[str]
    outputs: list[str]


def network_of(model: Model) -> Columns:
    """Return the columns of a run's network."""
    inputs = list(model.data.input_names)
    units = len(inputs)
    columns = [Column(units, ("inputs", model.experiment.data.type))]
    params = {link.number: views for link, views in zip(model.network.links, model.params.links, strict=True) if views}
    for number, layer in enumerate(model.experiment.layers):
        alone = Network((layer,), units, model.experiment.loss)
        units = alone.outputs
        views = params.get(number, {})
        weights, biases = (views.get(name) for name in ("weights", "biases"))
        columns.append(Column(units, _words(layer), alone.parameter_count, weights, biases))
    outputs = class_labels(model.data) if len(model.data.class_names) == units else list(model.data.target_names)
    if len(model.data.class_names) == 2 and units == 1:
        outputs = [class_labels(model.data)[1]]
    total = model.network.parameter_count
    return Columns(figure_title(model, f"{total:,} parameters"), columns, inputs, outputs)


def _words(layer: Layer | Activation) -> tuple[str, ...]:
    name = type_name(type(layer))
    if isinstance(layer, Dense):
        return (name, type_name(type(layer.activation)) if layer.activation else "linear")
    return (name,)


@style.apply()
def network(contents: Columns) -> Figure:
    """Draw the layers from left to right, with type, shape and number of parameters."""
    layers = contents.columns[1:]
    weights = sum(column.weights.size for column in layers if column.weights is not None)
    is_small = max(column.units for column in contents.columns) <= MAX_UNITS and weights <= MAX_WEIGHTS
    tallest = max(column.units for column in contents.columns) if is_small else 7
    height = UNIT * max(tallest, 5)
    size = (COLUMN * len(contents.columns) + 1.6, height + WORDS + AROUND)
    figure, (axes,) = style.new_figure(1, size)
    axes.set_axis_off()
    axes.set(xlim=(-0.75, len(contents.columns) - 0.25), ylim=(-0.56 - 1.12 * WORDS / height, 0.56))
    (_draw_units if is_small else _draw_boxes)(axes, contents)
    for place, column in enumerate(contents.columns):
        previous = contents.columns[place - 1] if place else None
        axes.text(place, -0.58, _text_below(column, previous), ha="center", va="top", fontsize=8, linespacing=1.35)
    style.title(figure, contents.title)
    if is_small and weights:
        _legend(figure, _largest_weight(contents.columns))
    return figure


def _text_below(column: Column, previous: Column | None) -> str:
    lines = [*column.words]
    if previous is None:
        lines.append(f"{column.units:,}")
    elif column.weights is not None:
        lines.append(f"{previous.units:,} × {column.units:,}")
    if column.parameters:
        lines.append(count_of(column.parameters, "parameter"))
    return "\n".join(lines)


def heights(units: int) -> Array:
    """Return the heights of the units of a column, from top to bottom, between 0.5 and -0.5 and centred at 0."""
    if units == 1:
        return np.zeros(1)
    reach = 0.5 * min(1.0, units / 4)
    return np.linspace(reach, -reach, units)


def _draw_units(axes: Axes, contents: Columns) -> None:
    """Draw units as circles, and weights as lines: the colour is the sign of the weight, the width its magnitude."""
    from matplotlib.collections import LineCollection

    largest = _largest_weight(contents.columns)
    for place, column in enumerate(contents.columns):
        if place:
            starts, ends = heights(contents.columns[place - 1].units), heights(column.units)
            weights = column.weights if column.weights is not None else np.eye(len(starts), len(ends)) * np.nan
            lines: list[Any] = []
            widths, colours = [], []
            for (i, j), weight in np.ndenumerate(style.drawable(weights)):
                share = abs(weight) / largest if largest else 0.0
                is_unweighted = column.weights is None and i == j
                if is_unweighted or share >= MIN_WEIGHT_SHARE:
                    lines.append([(place - 1, starts[i]), (place, ends[j])])
                    widths.append(0.8 if is_unweighted else MAX_LINE_WIDTH * share)
                    colours.append(palette().muted if is_unweighted else _sign_colour(weight))
            axes.add_collection(LineCollection(lines, linewidths=widths, colors=colours, alpha=0.8, zorder=1))
        _draw_circles(axes, place, column)
    _write_names(axes, 0, contents.inputs, "right", -0.1)
    _write_names(axes, len(contents.columns) - 1, contents.outputs, "left", 0.1)


def _draw_circles(axes: Axes, place: int, column: Column) -> None:
    """Draw the units of a column, filled by bias: the colour is its sign, the strength its share of the largest."""
    fills = [palette().page] * column.units
    if column.biases is not None and (largest := float(np.max(np.abs(style.drawable(column.biases)), initial=0))) > 0:
        fills = [style.blend(palette().page, _sign_colour(bias), abs(bias) / largest) for bias in column.biases]
    x = np.full(column.units, place)
    axes.scatter(x, heights(column.units), s=110, c=fills, edgecolors=palette().ink, linewidths=0.8, zorder=3)


def _write_names(axes: Axes, place: int, names: Sequence[str], side: Any, offset: float) -> None:
    for name, height in zip(names, heights(len(names)), strict=True):
        axes.text(place + offset, height, style.label(name, MAX_NAME_LENGTH), ha=side, va="center", fontsize=8)


def _sign_colour(weight: float) -> str:
    return palette().blue if weight >= 0 else palette().vermilion


def _largest_weight(columns: Sequence[Column]) -> float:
    """Return the largest magnitude of a weight."""
    weights = [np.abs(column.weights[np.isfinite(column.weights)]) for column in columns if column.weights is not None]
    return float(np.max(np.concatenate([each.reshape(-1) for each in weights]), initial=0)) if weights else 0.0


def _legend(figure: Figure, largest: float) -> None:
    from matplotlib.lines import Line2D

    entries = [
        Line2D(
            [],
            [],
            color=_sign_colour(sign),
            linewidth=MAX_LINE_WIDTH,
            label=f"weight {style.format_number(sign * largest)}",
        )
        for sign in (1, -1)
    ]
    entries.append(Line2D([], [], color=palette().muted, linewidth=MAX_LINE_WIDTH / 4, label="thinner: closer to 0"))
    bias: Any = {"marker": "o", "linestyle": "none", "markeredgecolor": palette().ink}
    entries.append(Line2D([], [], color=style.blend(palette().page, palette().blue, 0.6), label="filled: bias", **bias))
    style.legend_below(figure, entries)


def _draw_boxes(axes: Axes, contents: Columns) -> None:
    """Draw a bar for each column; its height grows with the logarithm of the number of units."""
    from matplotlib.patches import FancyBboxPatch

    most = np.log2(1 + max(column.units for column in contents.columns))
    tops = [0.08 + 0.42 * float(np.log2(1 + column.units) / most) for column in contents.columns]
    for place, (column, top) in enumerate(zip(contents.columns, tops, strict=True)):
        if place:
            _draw_band(axes, place, tops[place - 1], top)
        colour = palette().blue if column.parameters else palette().muted
        face = style.blend(palette().page, colour, 0.25)
        look = {"boxstyle": "round,pad=0,rounding_size=0.04", "facecolor": face, "edgecolor": colour, "linewidth": 1}
        axes.add_patch(FancyBboxPatch((place - 0.17, -top), 0.34, 2 * top, mutation_aspect=1, zorder=3, **look))
        axes.text(place, 0, f"{column.units:,}", ha="center", va="center", zorder=4)


def _draw_band(axes: Axes, place: int, left: float, right: float) -> None:
    """Draw the band that represents all weights between two columns; `left` and `right` are half its heights."""
    corners = [(place - 0.83, left), (place - 0.17, right), (place - 0.17, -right), (place - 0.83, -left)]
    axes.fill(*zip(*corners, strict=True), color=palette().faint, linewidth=0, zorder=1)
