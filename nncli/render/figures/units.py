"""What each hidden unit adds to the output: curves over one input, maps over two, and their sum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nncli.arrays import Array
from nncli.render.figures import style
from nncli.render.figures.classes import class_labels
from nncli.render.figures.figure_inputs import Request
from nncli.render.figures.hidden import FINENESS, Hidden, hidden_of, kinks
from nncli.render.figures.palette import palette
from nncli.render.figures.registry import figure

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_UNITS, MAX_OUTPUTS = 32, 3
PANEL, MAP = (4.6, 3.4), 1.5  # inches
IN_A_ROW = 7
MAX_NAME_LENGTH = 28  # characters beside an axis


@figure(
    shows="what each hidden unit adds to the output",
    help="what each hidden unit computes of 1 or 2 inputs",
    needs="1 or 2 inputs, a hidden layer",
    options=("--checkpoint",),
    place=95,
    pictures={"units-line": "sine/default", "units-map": "spiral/few"},
)
def draw(request: Request) -> Figure:
    """Draw the last hidden layer of a run's network."""
    return units(hidden_of(request.model()))


def largest(parts: Array) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The units whose parts (n, units) vary the most, at most 32, and of each unit its share of all that varies."""
    extent = np.nan_to_num(np.ptp(style.drawable(parts), axis=0))
    shares = extent / (extent.sum() or 1.0)
    moving = np.argsort(-shares, kind="stable")[:MAX_UNITS]
    return moving[shares[moving] > 0], shares


@style.apply()
def units(shown: Hidden) -> Figure:
    """Over one input the curves and beside them their sum; over two a map for each unit behind one of the sum."""
    return _curves(shown) if shown.x.shape[1] == 1 else _maps(shown)


def _curves(shown: Hidden) -> Figure:
    outputs = min(shown.weights.shape[1], MAX_OUTPUTS)
    figure, axes = style.new_figure(2 * outputs, PANEL, columns=2)
    entries: list[Artist] = []
    for number in range(outputs):
        entries = _parts(axes[2 * number], shown, number) + _sum(axes[2 * number + 1], shown, number)
    style.title(figure, shown.title)
    style.legend_below(figure, list({str(entry.get_label()): entry for entry in entries}.values()))
    return figure


def _parts(axes: Axes, shown: Hidden, number: int) -> list[Artist]:
    """The curve of each unit times its outgoing weight, with its kinks as dots, and that of all others together."""
    x, parts = shown.x[:, 0], shown.outputs * shown.weights[:, number]
    chosen, _ = largest(parts)
    bends = _kinks(shown)
    order = sorted(chosen, key=lambda unit: bends[unit][0] if len(bends[unit]) else np.inf)
    for unit, colour in zip(order, style.colours(len(order)), strict=True):
        axes.plot(x, style.drawable(parts[:, unit]), color=colour, linewidth=1.1)
        at = np.interp(bends[unit], x, parts[:, unit])
        axes.plot(bends[unit], at, "o", color=colour, markersize=4, zorder=4, **style.edge())
    others = np.setdiff1d(np.arange(parts.shape[1]), chosen)
    if len(others):
        rest = style.drawable(parts[:, others].sum(axis=1))
        axes.plot(x, rest, color=palette().muted, linestyle=style.VALIDATION, label=f"the other {len(others)} together")
    axes.set(xlabel=style.text(shown.data.input_names[0]), ylabel="what a unit adds")
    if not np.isfinite(parts).any():
        style.note(axes, "no finite value")
    entries = [_line("output of a unit × its weight", palette().lines[0]), *axes.get_legend_handles_labels()[0]]
    if any(map(len, bends)):
        entries.append(_line("kink: the unit turns on or off", palette().ink, marker="o", linestyle="none"))
    return entries


def _sum(axes: Axes, shown: Hidden, number: int) -> list[Artist]:
    """The sum of all units and the bias, with every kink on it; where that is the output, over the samples."""
    x = shown.x[:, 0]
    together = style.drawable(shown.outputs @ shown.weights[:, number] + shown.bias[number])
    if not shown.final_activation and not shown.data.class_names:
        t = shown.samples.t.reshape(len(shown.samples.x), -1)[:, number]
        style.plot_points(axes, shown.samples.x[:, 0], t, color=palette().sky, label="truth")
    label = f"sum of all units + bias ({style.number(float(shown.bias[number]))})"
    axes.plot(x, together, color=palette().vermilion, label="sum of all units + bias" if number else label)
    chosen, _ = largest(shown.outputs * shown.weights[:, number])
    bends = np.concatenate([np.empty(0), *(_kinks(shown)[unit] for unit in chosen)])
    look = {"markersize": 3.5, "zorder": 4, **style.edge()}
    axes.plot(bends, np.interp(bends, x, together), "o", color=palette().ink, **look)
    axes.set(xlabel=style.text(shown.data.input_names[0]), ylabel=_output_name(shown, number))
    if not np.isfinite(together).any():
        style.note(axes, "no finite value")
    return list(axes.get_legend_handles_labels()[0])


def _kinks(shown: Hidden) -> list[NDArray[np.float64]]:
    if shown.preactivations is None:
        return [np.empty(0)] * shown.outputs.shape[1]
    return kinks(shown.x[:, 0], shown.preactivations)


def _output_name(shown: Hidden, number: int) -> str:
    """What an axis calls an output, and which activation it still goes through."""
    names = class_labels(shown.data) or shown.data.target_names
    name = style.text(names[-1] if len(names) > shown.weights.shape[1] else names[number], MAX_NAME_LENGTH)
    return f"{name}\nbefore {shown.final_activation}" if shown.final_activation else name


def _maps(shown: Hidden) -> Figure:
    """A small map for each unit: of one output what it adds to it, of several what it puts out itself."""
    alone = shown.weights.shape[1] == 1
    parts = shown.outputs * shown.weights[:, 0] if alone else shown.outputs
    chosen, shares = largest(parts * (1 if alone else np.linalg.norm(shown.weights, axis=1)))
    titles, values = [f"unit {unit}: {shares[unit]:.0%}" for unit in chosen], [parts[:, unit] for unit in chosen]
    lines = [None if shown.preactivations is None else shown.preactivations[:, unit] for unit in chosen]
    if alone:
        together = parts.sum(axis=1) + shown.bias[0]
        titles, values = ["all + bias", *titles], [together, *values]
        lines = [together if shown.data.class_names and shown.final_activation else None, *lines]
    columns = min(max(len(titles), 1), IN_A_ROW)
    figure, axes = style.new_figure(max(len(titles), 1), (MAP, MAP + 0.22), (1.1, MAP + 1.0), columns)
    colours = _colours(values)
    for place, (panel, title, value, line) in enumerate(zip(axes, titles, values, lines, strict=False)):
        image = _map(panel, shown, value, line, colours)
        panel.set_title(title)
        _outer(panel, shown, left=place % columns == 0, bottom=place + columns >= len(titles))
    style.title(figure, shown.title)
    if not titles:
        style.note(axes[0], "no unit does anything")
        return figure
    shrink = min(1.0, 2.2 / -(-len(titles) // columns))
    bar = figure.colorbar(image, ax=axes, fraction=0.03, shrink=shrink, aspect=14)
    bar.outline.set_visible(False)
    bar.set_label("what a unit adds" if alone else "output of a unit")
    return figure


def _colours(values: list[Array]) -> dict[str, Any]:
    """Colours for all maps alike, with that of the page at 0; the second of two classes has its colour in `fit`."""
    every = style.drawable(values)
    limit = float(np.max(np.abs(every), where=np.isfinite(every), initial=0)) or 1.0
    if np.any(every < 0):
        return {"cmap": style.ramp(palette().blue, palette().vermilion), "vmin": -limit, "vmax": limit}
    return {"cmap": style.ramp(palette().vermilion), "vmin": 0, "vmax": limit}


def _map(axes: Axes, shown: Hidden, values: Array, line: Array | None, colours: dict[str, Any]) -> Any:
    """Values over the square of inputs, and the line along which others are 0."""
    side = FINENESS[2]
    x, y = shown.x[:side, 0], shown.x[::side, 1]
    square = style.drawable(values).reshape(side, side)
    image = axes.imshow(square, origin="lower", extent=(x[0], x[-1], y[0], y[-1]), aspect="auto", **colours)
    if line is not None and np.any(line > 0) and np.any(line < 0):
        axes.contour(x, y, line.reshape(side, side), levels=[0], colors=palette().ink, linewidths=0.8)
    return image


def _outer(axes: Axes, shown: Hidden, *, left: bool, bottom: bool) -> None:
    """Numbers and names at the outer edges alone."""
    axes.grid(visible=False)
    axes.locator_params(nbins=3)
    axes.tick_params(labelleft=left, labelbottom=bottom)
    if left:
        axes.set_ylabel(style.text(shown.data.input_names[1], 20))
    if bottom:
        axes.set_xlabel(style.text(shown.data.input_names[0], 20))


def _line(label: str, colour: Any, **how: Any) -> Artist:
    from matplotlib.lines import Line2D

    return Line2D([], [], color=colour, label=label, **how)
