"""The fit in characters: a line over the data, a map of classes, or predicted against true values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.data.data import Samples
from nncli.data.description import Description
from nncli.render.figures.classes import class_numbers, class_outputs
from nncli.render.limits import limits
from nncli.render.terminal.canvas import AROUND, COLOURS, Capabilities, Series, panel
from nncli.render.terminal.marks import LETTERS, colours_and_marks, needs_marks

MAX_POINTS = 500  # more are not told apart in characters
BETWEEN = 200  # points of a line
REGIONS, POINTS = ". :,-~'", "ox+*#@%"  # what stands for each class: where it is predicted, and where it is true


class Shown(NamedTuple):
    """A network, and samples to show it on, in the units of the data."""

    predict: Callable[[Array], Array]  # inputs (n, inputs) to outputs (n, outputs)
    samples: Samples
    data: Description

    @property
    def few(self) -> Samples:
        """Some of the samples, evenly chosen."""
        step = -(-len(self.samples.x) // MAX_POINTS)
        return Samples(self.samples.x[::step], self.samples.t[::step])

    @property
    def possible(self) -> bool:
        """Whether there is a picture of it: of numbers, and of at most seven classes over at most two inputs."""
        few = len(self.data.input_names) <= 2 and len(self.data.class_names) <= 7
        return self.data.task == "regression" or (self.data.task == "classes" and few)


def fit_panel(shown: Shown, size: tuple[int, int], terminal: Capabilities) -> list[str]:
    """The panel that suits the data."""
    data = shown.data
    if data.class_names:
        return (_map if len(data.input_names) == 2 else _probabilities)(shown, size, terminal)
    return (_line if len(data.input_names) == len(data.target_names) == 1 else _against_truth)(shown, size, terminal)


def _line(shown: Shown, size: tuple[int, int], terminal: Capabilities) -> list[str]:
    x, t = shown.few.x[:, 0], shown.few.t.reshape(-1)
    inputs = np.linspace(x.min(), x.max(), BETWEEN, dtype=x.dtype)
    predicted = shown.predict(inputs.reshape(-1, 1))[:, 0]
    series = [Series(x, t, "cyan", ".", name="truth"), Series(inputs, predicted, "red", "#", True, name="prediction")]
    ends = {**_ends("x", x), **_ends("y", shown.samples.t)}
    title = f"{shown.data.target_names[0]} over {shown.data.input_names[0]}:"
    # Without colours, a line of dots over dots would not be told from them.
    return panel(title, series, size, terminal, marks=not terminal.colour, **ends)


def _probabilities(shown: Shown, size: tuple[int, int], terminal: Capabilities) -> list[str]:
    x = shown.few.x[:, 0]
    inputs = np.linspace(x.min(), x.max(), BETWEEN, dtype=x.dtype)
    probabilities = class_outputs(shown.predict(inputs.reshape(-1, 1)), len(shown.data.class_names))
    series = [
        Series(inputs, probabilities[:, number], COLOURS[number], POINTS[number], True, name=name)
        for number, name in enumerate(shown.data.class_names)
    ]
    title = f"probability over {shown.data.input_names[0]}:"
    return panel(title, series, size, terminal, marks=not terminal.colour, **_ends("x", x), y_min=0.0, y_max=1.0)


def _map(shown: Shown, size: tuple[int, int], terminal: Capabilities) -> list[str]:
    """Where each class is the likeliest as one character, and the points of each true class as another."""
    x, y = shown.few.x[:, 0], shown.few.x[:, 1]
    ends = {**_ends("x", shown.samples.x[:, 0]), **_ends("y", shown.samples.x[:, 1])}
    columns, rows = max(size[0] - 4, 1), max(size[1] - AROUND, 1)
    cells = [_middles(ends["x_min"], ends["x_max"], columns), _middles(ends["y_min"], ends["y_max"], rows)]
    grid = np.stack(np.meshgrid(*cells), axis=-1).reshape(-1, 2).astype(shown.samples.x.dtype)
    probabilities = class_outputs(shown.predict(grid), len(shown.data.class_names))
    there = np.isfinite(probabilities).all(axis=1)
    likeliest = np.where(there, np.argmax(probabilities, axis=1), -1)
    true = class_numbers(shown.few.t)
    names = shown.data.class_names
    regions = [
        Series(grid[likeliest == number, 0], grid[likeliest == number, 1], COLOURS[number], REGIONS[number])
        for number in range(len(names))
    ]
    points = [
        Series(x[true == number], y[true == number], COLOURS[number], POINTS[number], name=names[number])
        for number in range(len(names))
    ]
    title = f"{shown.data.target_names[0]}:" if there.any() else f"{shown.data.target_names[0]}: no finite prediction"
    return panel(title, [*regions, *points], size, terminal, marks=True, **ends)


def _against_truth(shown: Shown, size: tuple[int, int], terminal: Capabilities) -> list[str]:
    true = shown.few.t.reshape(len(shown.few.x), -1)
    predicted = shown.predict(shown.few.x)
    low, high = limits(true)
    diagonal = np.linspace(low, high, BETWEEN)
    names = shown.data.target_names
    several = len(names) > 1
    series = [Series(diagonal, diagonal, "white", ".")]
    for number, (colour, mark) in enumerate(
        colours_and_marks(len(names), POINTS + LETTERS) if several else [("red", "o")]
    ):
        name = names[number] if several else ""
        series.append(Series(true[:, number], predicted[:, number], colour, mark, name=name))
    ends: dict[str, Any] = {"x_min": low, "x_max": high, "y_min": low, "y_max": high}
    title = "predicted over true:" if several else f"predicted over true {shown.data.target_names[0]}"
    marks = not terminal.colour or needs_marks(len(names), terminal)
    return panel(title, series, size, terminal, marks=marks, **ends)


def _ends(axis: str, values: Array) -> dict[str, Any]:
    low, high = limits(values)
    return {f"{axis}_min": low, f"{axis}_max": high}


def _middles(low: float, high: float, count: int) -> Array:
    """The middles of as many cells of one length."""
    return low + (np.arange(count) + 0.5) * (high - low) / count
