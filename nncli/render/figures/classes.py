"""What a network makes of classes: a map of its decisions over two inputs, its probabilities over one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nncli.arrays import Array
from nncli.data.data import Samples
from nncli.data.description import Description
from nncli.render.figures import style
from nncli.render.figures.figure_inputs import Predict
from nncli.render.figures.palette import palette

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

FINENESS = 300  # cells of a map in each direction
MARGIN = 0.06  # of the extent of the points, around them
STRONGEST_TINT = 0.55  # so that the points stand out
MAX_LABELS = 12
MAX_DIFFERENCE = 3.0


def class_map(axes: Axes, predict: Predict, samples: Samples, data: Description) -> None:
    """The classes that the network tells apart over two inputs, and the samples by their true class.

    The surer the network, the stronger the colour; along the lines it changes its mind.
    """
    decisions = Decisions(axes, samples, data)
    decisions.show(predict)
    if not decisions.finite:
        style.note(axes, "no finite prediction")
    colours, names = decisions.colours, decisions.names
    points_by_class(axes, samples, colours, names)
    axes.grid(visible=False)
    axes.locator_params(nbins=6)
    axes.set(xlabel=style.text(data.input_names[0]), ylabel=style.text(data.input_names[1]))
    if len(names) == 2:
        _scale(axes, colours, f"probability of {names[1]}")


class Decisions:
    """The map itself, which can be shown anew for other weights. `around` are inputs (n, 2) that it has room for."""

    def __init__(
        self, axes: Axes, samples: Samples, data: Description, *, around: Array | None = None, fineness: int = FINENESS
    ) -> None:
        self.names = class_labels(data)
        self.colours = style.colours(len(self.names))
        self.finite = False
        self._axes = axes
        shown = samples.x if around is None else around
        self._x, self._y = x, y = [_cells(shown[:, column], fineness) for column in (0, 1)]
        self._grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2).astype(samples.x.dtype)
        # An input that is far larger than the other would leave of the map a thin line.
        alike = 1 / MAX_DIFFERENCE < np.ptp(x) / np.ptp(y) < MAX_DIFFERENCE
        aspect: Any = "equal" if alike else "auto"
        blank = np.ones((len(y), len(x), 3))
        self.image = axes.imshow(blank, origin="lower", extent=(x[0], x[-1], y[0], y[-1]), aspect=aspect)
        self.boundaries: list[Artist] = []

    def show(self, predict: Predict) -> None:
        """The map of a network, in place of the one before."""
        for line in self.boundaries:
            line.remove()
        shape = (len(self._y), len(self._x), len(self.names))
        probabilities = class_outputs(predict(self._grid), len(self.names)).reshape(shape)
        self.image.set_data(_tints(probabilities, self.colours))
        self.boundaries = _boundaries(self._axes, self._x, self._y, probabilities)
        self.finite = bool(np.isfinite(probabilities).any())


def class_probabilities(axes: Axes, predict: Predict, inputs: Array, samples: Samples, data: Description) -> None:
    """The probability of each class over one input; below, the samples in the colour of their true class."""
    names = class_labels(data)
    colours = style.colours(len(names))
    probabilities = class_outputs(predict(inputs), len(names))
    for number, colour in enumerate(colours):
        style.plot_line(axes, inputs[:, 0], probabilities[:, number], color=colour)
    points_below(axes, samples, colours, names)
    axes.set(xlabel=style.text(data.input_names[0]), ylabel="probability")


def class_numbers(t: Array) -> Array:
    """Class numbers (n,) of targets in any of their forms: numbers, a column of 0 and 1, or a row with a 1 in it."""
    if t.ndim == 1:
        return t
    return np.argmax(t, axis=1) if t.shape[1] > 1 else (t[:, 0] > 0.5).astype(np.intp)


def class_labels(data: Description) -> list[str]:
    """What a legend calls the classes: a number alone would say little."""
    return [style.text(f"{data.target_names[0]} {name}" if name.isdigit() else name) for name in data.class_names]


def class_outputs(outputs: Array, classes: int) -> Array:
    """Outputs (n, outputs) as one column a class: a single output is the probability of the second class."""
    outputs = style.drawable(outputs)
    if outputs.shape[1] == 1 and classes == 2:
        return np.concatenate([1 - outputs, outputs], axis=1)
    return outputs


def _cells(values: Array, fineness: int) -> Array:
    """Where to ask the network along one input."""
    low, high = float(values.min()), float(values.max())
    room = MARGIN * (high - low) or 0.5
    return np.linspace(low - room, high + room, fineness)


def _tints(probabilities: Array, colours: Sequence[Any]) -> Array:
    """Colours (..., 3) for probabilities (..., classes): the page's where the two likeliest classes are as likely."""
    ordered = np.sort(probabilities, axis=-1)
    lead = np.clip(ordered[..., -1] - ordered[..., -2], 0, 1)  # NaN, which is last in order, gives NaN
    strength = STRONGEST_TINT * np.nan_to_num(lead)[..., np.newaxis]
    page = _rgb([palette().page])
    tints: Array = page + strength * (_rgb(colours)[np.argmax(probabilities, axis=-1)] - page)
    return tints


def _rgb(colours: Sequence[Any]) -> Array:
    from matplotlib.colors import to_rgb

    return np.array([to_rgb(colour) for colour in colours])


def _boundaries(axes: Axes, x: Array, y: Array, probabilities: Array) -> list[Artist]:
    """Lines around the cells of each class: where its lead over the likeliest other is 0."""
    lines: list[Artist] = []
    for number in range(probabilities.shape[-1]):
        lead = probabilities[..., number] - np.delete(probabilities, number, axis=-1).max(axis=-1)
        if np.any(lead > 0) and np.any(lead < 0):  # matplotlib warns of a line that is nowhere
            masked = np.ma.masked_invalid(lead)
            lines.append(axes.contour(x, y, masked, levels=[0], colors=palette().ink, linewidths=0.8))
    return lines


def points_by_class(axes: Axes, samples: Samples, colours: Sequence[Any], names: Sequence[str]) -> None:
    """Samples over two inputs in the colour of their true class."""
    numbers = class_numbers(samples.t)
    for number, (colour, name) in enumerate(zip(colours, names, strict=True)):
        of_class = samples.x[numbers == number]
        label = name if number < MAX_LABELS else None
        style.plot_points(axes, of_class[:, 0], of_class[:, 1], color=colour, label=label, **style.edge())


def points_below(axes: Axes, samples: Samples, colours: Sequence[Any], names: Sequence[str]) -> None:
    """Samples over one input, below probability 0, in the colour of their true class."""
    below = np.full((len(samples.x), 1), -0.06)
    points_by_class(axes, Samples(np.concatenate([samples.x, below], axis=1), samples.t), colours, names)


def _scale(axes: Axes, colours: Sequence[Any], title: str) -> None:
    """What the colours of two classes mean."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap

    second = np.linspace(0, 1, 256)
    shades = ListedColormap(_tints(np.stack([1 - second, second], axis=-1), colours))
    bar = axes.figure.colorbar(ScalarMappable(cmap=shades), ax=axes, fraction=0.05, ticks=[0, 0.25, 0.5, 0.75, 1])
    bar.ax.axhline(0.5, color=palette().ink, linewidth=0.8)
    bar.outline.set_visible(False)
    bar.set_label(title)
