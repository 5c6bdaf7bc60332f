"""What a network makes of classes: a map of its decisions over two inputs, its probabilities over one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from nncli.data.data import Array, Description, Samples
from nncli.render.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Predict: TypeAlias = Callable[[Array], Array]
FINENESS = 300  # cells of a map in each direction
MARGIN = 0.06  # of the extent of the points, around them
STRONGEST_TINT = 0.55  # so that the points stand out
MOST_LABELS = 10


def class_map(axes: Axes, predict: Predict, samples: Samples, data: Description) -> None:
    """The classes that the network tells apart over two inputs, and the samples by their true class.

    The more certain the network, the stronger the colour; black lines are where it changes its mind.
    """
    classes = len(data.class_names)
    x, y = (_cells(samples.x[:, column]) for column in (0, 1))
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2).astype(samples.x.dtype)
    probabilities = _probabilities(predict(grid), classes).reshape(len(y), len(x), classes)
    colours = _rgb(style.colours(classes))
    half = [(cells[1] - cells[0]) / 2 for cells in (x, y)]
    extent = (x[0] - half[0], x[-1] + half[0], y[0] - half[1], y[-1] + half[1])
    axes.imshow(_tints(probabilities, colours), origin="lower", extent=extent, aspect="equal", zorder=0)
    _boundaries(axes, x, y, probabilities)
    numbers = class_numbers(samples.t)
    how = {"markeredgewidth": 0.3, "markeredgecolor": "white"}
    for number in range(classes):
        of_class = samples.x[numbers == number]
        label = style.text(f"{data.target_names[0]} {data.class_names[number]}") if number < MOST_LABELS else None
        style.plot_points(axes, of_class[:, 0], of_class[:, 1], color=colours[number], label=label, **how)
    axes.grid(visible=False)
    axes.set(xlabel=style.text(data.input_names[0]), ylabel=style.text(data.input_names[1]))
    style.legend_above(axes, ncols=min(classes, 5))
    if classes == 2:
        _scale(axes, colours, style.text(f"probability of {data.target_names[0]} {data.class_names[1]}"))


def class_probabilities(axes: Axes, predict: Predict, inputs: Array, samples: Samples, data: Description) -> None:
    """The probability of each class over one input; the samples lie at 1 in the colour of their true class."""
    ...


def class_numbers(t: Array) -> Array:
    """Class numbers (n,) of targets in any of their forms: numbers, a column of 0 and 1, or a row with a 1 in it."""
    if t.ndim == 1:
        return t
    return np.argmax(t, axis=1) if t.shape[1] > 1 else (t[:, 0] > 0.5).astype(np.intp)


def _probabilities(outputs: Array, classes: int) -> Array:
    """Outputs (n, outputs) as one column a class: a single output is the probability of the second class."""
    outputs = style.drawable(outputs)
    if outputs.shape[1] == 1 and classes == 2:
        return np.concatenate([1 - outputs, outputs], axis=1)
    return outputs


def _cells(values: Array) -> Array:
    """The centres of the cells of a map along one input."""
    low, high = float(values.min()), float(values.max())
    room = MARGIN * (high - low) or 0.5
    return np.linspace(low - room, high + room, FINENESS)
