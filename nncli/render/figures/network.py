"""The layers of a network: unit by unit with their weights where it is small, else as boxes."""

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
from nncli.render.figures.figure_inputs import Request, heading
from nncli.render.figures.palette import palette
from nncli.render.figures.registry import figure
from nncli.text import count_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from nncli.model import Model

MAX_UNITS, MAX_WEIGHTS = 20, 1_000  # of what is drawn unit by unit, in a layer and in all
COLUMN, UNIT, WORDS, AROUND = 1.75, 0.36, 0.75, 0.95  # inches: of a column, a unit, what stands below, title and legend
MAX_LINE_WIDTH = 3.0  # points
THINNEST_SHARE = 0.02  # of the greatest weight: below, a line cannot be seen
MAX_NAME_LENGTH = 18  # characters


@figure(
    shows="its layers, or its units and weights",
    help="its layers",
    options=("--checkpoint",),
    place=90,
    pictures={"network": "iris/few", "network-boxes": "digits/default --dark"},
)
def draw(request: Request) -> Figure:
    """Draw the network of a run."""
    return network(network_of(request.model()))


class Column(NamedTuple):
    """The inputs, or an entry of `layers:`: how many numbers come out, what it is called, and what it learned."""

    units: int
    words: tuple[str, ...]  # a line each
    parameters: int = 0
    weights: Array | None = None  # (units of the column before, units), where there are any
    biases: Array | None = None


class Shown(NamedTuple):
    """A network, from the inputs to the output."""

    title: str
    columns: list[Column]
    inputs: list[str]
    outputs: list[str]


def network_of(model: Model) -> Shown:
    """A run's network with its weights."""
    inputs = list(model.data.input_names)
    units = len(inputs)
    columns = [Column(units, ("inputs", model.experiment.data.type))]
    learned = {link.number: views for link, views in zip(model.network.links, model.params.links, strict=True) if views}
    for number, layer in enumerate(model.experiment.layers):
        alone = Network((layer,), units, model.experiment.loss)
        units = alone.outputs
        views = learned.get(number, {})
        weights, biases = (views.get(name) for name in ("weights", "biases"))
        columns.append(Column(units, _words(layer), alone.parameter_count, weights, biases))
    outputs = class_labels(model.data) if len(model.data.class_names) == units else list(model.data.target_names)
    if len(model.data.class_names) == 2 and units == 1:
        outputs = [class_labels(model.data)[1]]
    total = model.network.parameter_count
    return Shown(heading(model, f"{total:,} parameters"), columns, inputs, outputs)


def _words(layer: Layer | Activation) -> tuple[str, ...]:
    name = type_name(type(layer))
    if isinstance(layer, Dense):
        return (name, type_name(type(layer.activation)) if layer.activation else "linear")
    return (name,)


@style.apply()
def network(shown: Shown) -> Figure:
    """The layers from left to right, with what each is, its shape and how many numbers it learned."""
    layers = shown.columns[1:]
    weights = sum(column.weights.size for column in layers if column.weights is not None)
    small = max(column.units for column in shown.columns) <= MAX_UNITS and weights <= MAX_WEIGHTS
    tallest = max(column.units for column in shown.columns) if small else 7
    height = UNIT * max(tallest, 5)
    size = (COLUMN * len(shown.columns) + 1.6, height + WORDS + AROUND)
    figure, (axes,) = style.new_figure(1, size)
    axes.set_axis_off()
    axes.set(xlim=(-0.75, len(shown.columns) - 0.25), ylim=(-0.56 - 1.12 * WORDS / height, 0.56))
    (_draw_units if small else _draw_boxes)(axes, shown)
    for place, column in enumerate(shown.columns):
        before = shown.columns[place - 1] if place else None
        axes.text(place, -0.58, _below(column, before), ha="center", va="top", fontsize=8, linespacing=1.35)
    style.title(figure, shown.title)
    if small and weights:
        _legend(figure, _greatest(shown.columns))
    return figure


def _below(column: Column, before: Column | None) -> str:
    """What stands under a column."""
    lines = [*column.words]
    if before is None:
        lines.append(f"{column.units:,}")
    elif column.weights is not None:
        lines.append(f"{before.units:,} × {column.units:,}")
    if column.parameters:
        lines.append(count_of(column.parameters, "parameter"))
    return "\n".join(lines)


def heights(units: int) -> Array:
    """Where the units of a column stand, from 0.5 at the top to -0.5; a single one in the middle."""
    if units == 1:
        return np.zeros(1)
    reach = 0.5 * min(1.0, units / 4)
    return np.linspace(reach, -reach, units)


def _draw_units(axes: Axes, shown: Shown) -> None:
    """Circles, and between them lines whose colour is the sign of the weight and whose width its size."""
    from matplotlib.collections import LineCollection

    greatest = _greatest(shown.columns)
    for place, column in enumerate(shown.columns):
        if place:
            starts, ends = heights(shown.columns[place - 1].units), heights(column.units)
            weights = column.weights if column.weights is not None else np.eye(len(starts), len(ends)) * np.nan
            lines: list[Any] = []
            widths, colours = [], []
            for (i, j), weight in np.ndenumerate(style.drawable(weights)):
                share = abs(weight) / greatest if greatest else 0.0
                passes_on = column.weights is None and i == j
                if passes_on or share >= THINNEST_SHARE:
                    lines.append([(place - 1, starts[i]), (place, ends[j])])
                    widths.append(0.8 if passes_on else MAX_LINE_WIDTH * share)
                    colours.append(palette().muted if passes_on else _sign(weight))
            axes.add_collection(LineCollection(lines, linewidths=widths, colors=colours, alpha=0.8, zorder=1))
        _circles(axes, place, column)
    _names(axes, 0, shown.inputs, "right", -0.1)
    _names(axes, len(shown.columns) - 1, shown.outputs, "left", 0.1)


def _circles(axes: Axes, place: int, column: Column) -> None:
    """The units of a column: filled in the colour of the bias' sign, the fuller the greater it is in its layer."""
    fills = [palette().page] * column.units
    if column.biases is not None and (most := float(np.max(np.abs(style.drawable(column.biases)), initial=0))) > 0:
        fills = [style.blend(palette().page, _sign(bias), abs(bias) / most) for bias in column.biases]
    x = np.full(column.units, place)
    axes.scatter(x, heights(column.units), s=110, c=fills, edgecolors=palette().ink, linewidths=0.8, zorder=3)


def _names(axes: Axes, place: int, names: Sequence[str], side: Any, away: float) -> None:
    for name, height in zip(names, heights(len(names)), strict=True):
        axes.text(place + away, height, style.text(name, MAX_NAME_LENGTH), ha=side, va="center", fontsize=8)


def _sign(weight: float) -> str:
    return palette().blue if weight >= 0 else palette().vermilion


def _greatest(columns: Sequence[Column]) -> float:
    """The greatest weight of all, by its size."""
    weights = [np.abs(column.weights[np.isfinite(column.weights)]) for column in columns if column.weights is not None]
    return float(np.max(np.concatenate([each.reshape(-1) for each in weights]), initial=0)) if weights else 0.0


def _legend(figure: Figure, greatest: float) -> None:
    from matplotlib.lines import Line2D

    entries = [
        Line2D([], [], color=_sign(sign), linewidth=MAX_LINE_WIDTH, label=f"weight {style.number(sign * greatest)}")
        for sign in (1, -1)
    ]
    entries.append(Line2D([], [], color=palette().muted, linewidth=MAX_LINE_WIDTH / 4, label="thinner: nearer to 0"))
    bias: Any = {"marker": "o", "linestyle": "none", "markeredgecolor": palette().ink}
    entries.append(Line2D([], [], color=style.blend(palette().page, palette().blue, 0.6), label="filled: bias", **bias))
    style.legend_below(figure, entries)


def _draw_boxes(axes: Axes, shown: Shown) -> None:
    """A bar for each column, the higher the more units it has, by the logarithm."""
    from matplotlib.patches import FancyBboxPatch

    most = np.log2(1 + max(column.units for column in shown.columns))
    tops = [0.08 + 0.42 * float(np.log2(1 + column.units) / most) for column in shown.columns]
    for place, (column, top) in enumerate(zip(shown.columns, tops, strict=True)):
        if place:
            _link(axes, place, tops[place - 1], top)
        colour = palette().blue if column.parameters else palette().muted
        face = style.blend(palette().page, colour, 0.25)
        look = {"boxstyle": "round,pad=0,rounding_size=0.04", "facecolor": face, "edgecolor": colour, "linewidth": 1}
        axes.add_patch(FancyBboxPatch((place - 0.17, -top), 0.34, 2 * top, mutation_aspect=1, zorder=3, **look))
        axes.text(place, 0, f"{column.units:,}", ha="center", va="center", zorder=4)


def _link(axes: Axes, place: int, before: float, after: float) -> None:
    """The band that stands for all lines between two columns."""
    corners = [(place - 0.83, before), (place - 0.17, after), (place - 0.17, -after), (place - 0.83, -before)]
    axes.fill(*zip(*corners, strict=True), color=palette().faint, linewidth=0, zorder=1)
