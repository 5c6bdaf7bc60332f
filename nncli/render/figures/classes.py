"""Panels of predicted classes: a map of the decision regions of two inputs, probabilities by one input."""

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
STRONGEST_TINT = 0.55  # pale enough that the points stand out
MAX_LABELS = 12
MAX_ASPECT = 3.0  # of a map that is drawn to scale


def class_map(axes: Axes, predict: Predict, samples: Samples, data: Description, *, colour_bar: bool = True) -> None:
    """Draw the predicted class as a function of two inputs, and the samples in the colours of their true classes.

    The colour is stronger where the network is more certain; lines separate the regions. Two classes have a colour bar.
    """
    decisions = Decisions(axes, samples, data)
    decisions.show(predict)
    if not decisions.finite:
        style.note(axes, "no finite prediction")
    colours, names = decisions.colours, decisions.names
    points_by_class(axes, samples, colours, names)
    axes.grid(visible=False)
    axes.locator_params(nbins=6)
    axes.set(xlabel=style.label(data.input_names[0]), ylabel=style.label(data.input_names[1]))
    if len(names) == 2 and colour_bar:
        _colour_bar(axes, colours, f"probability of {names[1]}")


class Decisions:
    """A map of the decision regions that can be updated for other weights. It covers the inputs `around` (n, 2)."""

    def __init__(
        self, axes: Axes, samples: Samples, data: Description, *, around: Array | None = None, fineness: int = FINENESS
    ) -> None:
        self.names = class_labels(data)
        self.colours = style.colours(len(self.names))
        self.finite = False
        self._axes = axes
        inputs = samples.x if around is None else around
        self._x, self._y = x, y = [_cells(inputs[:, column], fineness) for column in (0, 1)]
        self._grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2).astype(samples.x.dtype)
        # Drawn to scale, a map of inputs with very different ranges would be a thin line.
        to_scale = 1 / MAX_ASPECT < np.ptp(x) / np.ptp(y) < MAX_ASPECT
        aspect: Any = "equal" if to_scale else "auto"
        blank = np.ones((len(y), len(x), 3))
        self.image = axes.imshow(blank, origin="lower", extent=(x[0], x[-1], y[0], y[-1]), aspect=aspect)
        self.boundaries: list[Artist] = []

    def show(self, predict: Predict) -> None:
        """Update the map with the predictions of a network."""
        for line in self.boundaries:
            line.remove()
        shape = (len(self._y), len(self._x), len(self.names))
        probabilities = class_outputs(predict(self._grid), len(self.names)).reshape(shape)
        self.image.set_data(_tints(probabilities, self.colours))
        self.boundaries = _boundaries(self._axes, self._x, self._y, probabilities)
        self.finite = bool(np.isfinite(probabilities).any())


def class_probabilities(axes: Axes, predict: Predict, inputs: Array, samples: Samples, data: Description) -> None:
    """Draw the probability of each class by one input, and below it the samples in the colours of their classes."""
    names = class_labels(data)
    colours = style.colours(len(names))
    probabilities = class_outputs(predict(inputs), len(names))
    for number, colour in enumerate(colours):
        style.plot_line(axes, inputs[:, 0], probabilities[:, number], color=colour)
    points_below(axes, samples, colours, names)
    axes.set(xlabel=style.label(data.input_names[0]), ylabel="probability")


def class_numbers(t: Array) -> Array:
    """Return class numbers (n,) of targets: from numbers, a column of 0 and 1, or one-hot rows."""
    if t.ndim == 1:
        return t
    return np.argmax(t, axis=1) if t.shape[1] > 1 else (t[:, 0] > 0.5).astype(np.intp)


def class_labels(data: Description) -> list[str]:
    """Return the names of classes in legends. A number is preceded by the name of the target, as in `class 1`."""
    return [style.label(f"{data.target_names[0]} {name}" if name.isdigit() else name) for name in data.class_names]


def class_outputs(outputs: Array, classes: int) -> Array:
    """Return outputs (n, outputs) with one column per class. A single output is the probability of the second class."""
    outputs = style.drawable(outputs)
    if outputs.shape[1] == 1 and classes == 2:
        return np.concatenate([1 - outputs, outputs], axis=1)
    return outputs


def _cells(values: Array, fineness: int) -> Array:
    """Return the positions of the cells along one input."""
    low, high = float(values.min()), float(values.max())
    margin = MARGIN * (high - low) or 0.5
    return np.linspace(low - margin, high + margin, fineness)


def _tints(probabilities: Array, colours: Sequence[Any]) -> Array:
    """Return colours (..., 3) for probabilities (..., classes): that of the page if the two likeliest are equal."""
    ordered = np.sort(probabilities, axis=-1)
    lead = np.clip(ordered[..., -1] - ordered[..., -2], 0, 1)  # NaN sorts last, so it gives NaN
    strength = STRONGEST_TINT * np.nan_to_num(lead)[..., np.newaxis]
    page = _rgb([palette().page])
    tints: Array = page + strength * (_rgb(colours)[np.argmax(probabilities, axis=-1)] - page)
    return tints


def _rgb(colours: Sequence[Any]) -> Array:
    from matplotlib.colors import to_rgb

    return np.array([to_rgb(colour) for colour in colours])


def _boundaries(axes: Axes, x: Array, y: Array, probabilities: Array) -> list[Artist]:
    """Draw the boundary of each class: the line on which its lead over the likeliest other class is 0."""
    lines: list[Artist] = []
    for number in range(probabilities.shape[-1]):
        lead = probabilities[..., number] - np.delete(probabilities, number, axis=-1).max(axis=-1)
        if np.any(lead > 0) and np.any(lead < 0):  # matplotlib warns if the line does not exist
            masked = np.ma.masked_invalid(lead)
            lines.append(axes.contour(x, y, masked, levels=[0], colors=palette().ink, linewidths=0.8))
    return lines


def points_by_class(axes: Axes, samples: Samples, colours: Sequence[Any], names: Sequence[str]) -> None:
    """Draw samples of two inputs in the colours of their true classes."""
    numbers = class_numbers(samples.t)
    for number, (colour, name) in enumerate(zip(colours, names, strict=True)):
        of_class = samples.x[numbers == number]
        label = name if number < MAX_LABELS else None
        style.plot_points(axes, of_class[:, 0], of_class[:, 1], color=colour, label=label, **style.edge())


def points_below(axes: Axes, samples: Samples, colours: Sequence[Any], names: Sequence[str]) -> None:
    """Draw samples of one input, below probability 0, in the colours of their true classes."""
    below = np.full((len(samples.x), 1), -0.06)
    points_by_class(axes, Samples(np.concatenate([samples.x, below], axis=1), samples.t), colours, names)


def _colour_bar(axes: Axes, colours: Sequence[Any], title: str) -> None:
    """Add the colour bar of two classes."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap

    second = np.linspace(0, 1, 256)
    shades = ListedColormap(_tints(np.stack([1 - second, second], axis=-1), colours))
    bar = axes.figure.colorbar(ScalarMappable(cmap=shades), ax=axes, fraction=0.05, ticks=[0, 0.25, 0.5, 0.75, 1])
    bar.ax.axhline(0.5, color=palette().ink, linewidth=0.8)
    bar.outline.set_visible(False)
    bar.set_label(title)
