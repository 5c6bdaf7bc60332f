"""The contribution of each hidden unit to the output: curves of one input, maps of two, and their sum."""

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
    shows="the contribution of each hidden unit to the output",
    help="the hidden units as functions of 1 or 2 inputs",
    needs="1 or 2 inputs, a hidden layer",
    options=("--checkpoint",),
    place=95,
    pictures={"units-line": "sine/default", "units-map": "spiral/few"},
)
def draw(request: Request) -> Figure:
    """Draw the units of the last hidden layer of a network."""
    return units(hidden_of(request.model()))


def largest(parts: Array) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return at most 32 units whose parts (n, units) vary most, and each unit's share of the total variation."""
    extent = np.nan_to_num(np.ptp(style.drawable(parts), axis=0))
    shares = extent / (extent.sum() or 1.0)
    units = np.argsort(-shares, kind="stable")[:MAX_UNITS]
    return units[shares[units] > 0], shares


@style.apply()
def units(contents: Hidden) -> Figure:
    """Draw curves and their sum for one input, or a map of the sum and one of each unit for two inputs."""
    return _curves(contents) if contents.x.shape[1] == 1 else _maps(contents)


def _curves(contents: Hidden) -> Figure:
    outputs = min(contents.weights.shape[1], MAX_OUTPUTS)
    figure, axes = style.new_figure(2 * outputs, PANEL, columns=2)
    entries: list[Artist] = []
    for number in range(outputs):
        entries = _parts(axes[2 * number], contents, number) + _sum(axes[2 * number + 1], contents, number)
    style.title(figure, contents.title)
    style.legend_below(figure, list({str(entry.get_label()): entry for entry in entries}.values()))
    return figure


def _parts(axes: Axes, contents: Hidden, number: int) -> list[Artist]:
    """Draw the output of each unit times its weight, with dots at its kinks, and the sum of the units left out."""
    x, parts = contents.x[:, 0], contents.outputs * contents.weights[:, number]
    drawn_units, _ = largest(parts)
    kinks_of_units = _kinks(contents)
    order = sorted(drawn_units, key=lambda unit: min(kinks_of_units[unit], default=np.inf))
    for unit, colour in zip(order, style.colours(len(order)), strict=True):
        axes.plot(x, style.drawable(parts[:, unit]), color=colour, linewidth=1.1)
        heights = np.interp(kinks_of_units[unit], x, parts[:, unit])
        axes.plot(kinks_of_units[unit], heights, "o", color=colour, markersize=4, zorder=4, **style.edge())
    others = np.setdiff1d(np.arange(parts.shape[1]), drawn_units)
    if len(others):
        rest = style.drawable(parts[:, others].sum(axis=1))
        axes.plot(x, rest, color=palette().muted, linestyle=style.VALIDATION, label=f"sum of the other {len(others)}")
    axes.set(xlabel=style.label(contents.data.input_names[0]), ylabel="contribution of a unit")
    if not np.isfinite(parts).any():
        style.note(axes, "no finite value")
    entries = [_line("output of a unit × its weight", palette().lines[0]), *axes.get_legend_handles_labels()[0]]
    if any(map(len, kinks_of_units)):
        entries.append(_line("kink: the unit switches on or off", palette().ink, marker="o", linestyle="none"))
    return entries


def _sum(axes: Axes, contents: Hidden, number: int) -> list[Artist]:
    """Draw the sum of all units and the bias, with dots at all kinks, and the samples if the sum is the output."""
    x = contents.x[:, 0]
    total = style.drawable(contents.outputs @ contents.weights[:, number] + contents.bias[number])
    if not contents.final_activation and not contents.data.class_names:
        t = contents.samples.t.reshape(len(contents.samples.x), -1)[:, number]
        style.plot_points(axes, contents.samples.x[:, 0], t, color=palette().sky, label="truth")
    label = f"sum of all units + bias ({style.format_number(float(contents.bias[number]))})"
    axes.plot(x, total, color=palette().vermilion, label="sum of all units + bias" if number else label)
    drawn_units, _ = largest(contents.outputs * contents.weights[:, number])
    positions = np.concatenate([np.empty(0), *(_kinks(contents)[unit] for unit in drawn_units)])
    look = {"markersize": 3.5, "zorder": 4, **style.edge()}
    axes.plot(positions, np.interp(positions, x, total), "o", color=palette().ink, **look)
    axes.set(xlabel=style.label(contents.data.input_names[0]), ylabel=_output_name(contents, number))
    if not np.isfinite(total).any():
        style.note(axes, "no finite value")
    return list(axes.get_legend_handles_labels()[0])


def _kinks(contents: Hidden) -> list[NDArray[np.float64]]:
    if contents.preactivations is None:
        return [np.empty(0)] * contents.outputs.shape[1]
    return kinks(contents.x[:, 0], contents.preactivations)


def _output_name(contents: Hidden, number: int) -> str:
    """Return the label of an output, with the activation that is not included in it."""
    names = class_labels(contents.data) or contents.data.target_names
    name = style.label(names[-1] if len(names) > contents.weights.shape[1] else names[number], MAX_NAME_LENGTH)
    return f"{name}\nbefore {contents.final_activation}" if contents.final_activation else name


def _maps(contents: Hidden) -> Figure:
    """Draw a small map for each unit: its contribution if there is one output, else its own output."""
    is_single = contents.weights.shape[1] == 1
    parts = contents.outputs * contents.weights[:, 0] if is_single else contents.outputs
    drawn_units, shares = largest(parts * (1 if is_single else np.linalg.norm(contents.weights, axis=1)))
    titles, values = (
        [f"unit {unit}: {shares[unit]:.0%}" for unit in drawn_units],
        [parts[:, unit] for unit in drawn_units],
    )
    lines = [None if contents.preactivations is None else contents.preactivations[:, unit] for unit in drawn_units]
    if is_single:
        total = parts.sum(axis=1) + contents.bias[0]
        titles, values = ["sum + bias", *titles], [total, *values]
        lines = [total if contents.data.class_names and contents.final_activation else None, *lines]
    columns = min(max(len(titles), 1), IN_A_ROW)
    figure, axes = style.new_figure(max(len(titles), 1), (MAP, MAP + 0.22), (1.1, MAP + 1.0), columns)
    colours = _colours(values)
    for place, (panel, title, value, line) in enumerate(zip(axes, titles, values, lines, strict=False)):
        image = _map(panel, contents, value, line, colours)
        panel.set_title(title)
        _label_outer_edges(panel, contents, left=place % columns == 0, bottom=place + columns >= len(titles))
    style.title(figure, contents.title)
    if not titles:
        style.note(axes[0], "all units are constant")
        return figure
    shrink = min(1.0, 2.2 / -(-len(titles) // columns))
    bar = figure.colorbar(image, ax=axes, fraction=0.03, shrink=shrink, aspect=14)
    bar.outline.set_visible(False)
    bar.set_label("contribution of a unit" if is_single else "output of a unit")
    return figure


def _colours(values: list[Array]) -> dict[str, Any]:
    """Return the colours of all maps, with the page's colour at 0. Positive values have the second class's colour."""
    numbers = style.drawable(values)
    limit = float(np.max(np.abs(numbers), where=np.isfinite(numbers), initial=0)) or 1.0
    if np.any(numbers < 0):
        return {"cmap": style.colour_map(palette().blue, palette().vermilion), "vmin": -limit, "vmax": limit}
    return {"cmap": style.colour_map(palette().vermilion), "vmin": 0, "vmax": limit}


def _map(axes: Axes, contents: Hidden, values: Array, line: Array | None, colours: dict[str, Any]) -> Any:
    """Draw values over the square of inputs, and the line along which `line` is 0."""
    side = FINENESS[2]
    x, y = contents.x[:side, 0], contents.x[::side, 1]
    square = style.drawable(values).reshape(side, side)
    image = axes.imshow(square, origin="lower", extent=(x[0], x[-1], y[0], y[-1]), aspect="auto", **colours)
    if line is not None and np.any(line > 0) and np.any(line < 0):
        axes.contour(x, y, line.reshape(side, side), levels=[0], colors=palette().ink, linewidths=0.8)
    return image


def _label_outer_edges(axes: Axes, contents: Hidden, *, left: bool, bottom: bool) -> None:
    """Write the numbers and names of the axes only at the left and bottom edges of the figure."""
    axes.grid(visible=False)
    axes.locator_params(nbins=3)
    axes.tick_params(labelleft=left, labelbottom=bottom)
    if left:
        axes.set_ylabel(style.label(contents.data.input_names[1], 20))
    if bottom:
        axes.set_xlabel(style.label(contents.data.input_names[0], 20))


def _line(label: str, colour: Any, **options: Any) -> Artist:
    from matplotlib.lines import Line2D

    return Line2D([], [], color=colour, label=label, **options)
