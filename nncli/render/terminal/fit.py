"""The fit in characters: a line through the data, a map of classes, or predicted against true values."""

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

MAX_POINTS = 500  # more cannot be distinguished in characters
LINE_POINTS = 200
REGIONS, POINTS = ". :,-~'", "ox+*#@%"  # the mark of each class: of its predicted region, of its true points


class Fit(NamedTuple):
    """A network and samples to show it on, in the units of the data."""

    predict: Callable[[Array], Array]  # inputs (n, inputs) to outputs (n, outputs)
    samples: Samples
    data: Description

    @property
    def subset(self) -> Samples:
        """At most 500 of the samples, evenly spaced."""
        step = -(-len(self.samples.x) // MAX_POINTS)
        return Samples(self.samples.x[::step], self.samples.t[::step])

    @property
    def drawable(self) -> bool:
        """True if the fit can be drawn: numbers always, classes if there are at most seven of at most two inputs."""
        is_small = len(self.data.input_names) <= 2 and len(self.data.class_names) <= 7
        return self.data.task == "regression" or (self.data.task == "classes" and is_small)


def fit_panel(fit: Fit, size: tuple[int, int], terminal: Capabilities) -> list[str]:
    """Return the lines of the panel for the data."""
    data = fit.data
    if data.class_names:
        return (_map if len(data.input_names) == 2 else _probabilities)(fit, size, terminal)
    return (_line if len(data.input_names) == len(data.target_names) == 1 else _against_truth)(fit, size, terminal)


def _line(fit: Fit, size: tuple[int, int], terminal: Capabilities) -> list[str]:
    x, t = fit.subset.x[:, 0], fit.subset.t.reshape(-1)
    inputs = np.linspace(x.min(), x.max(), LINE_POINTS, dtype=x.dtype)
    predicted = fit.predict(inputs.reshape(-1, 1))[:, 0]
    series = [Series(x, t, "cyan", ".", name="truth"), Series(inputs, predicted, "red", "#", True, name="prediction")]
    ends = {**_ends("x", x), **_ends("y", fit.samples.t)}
    title = f"{fit.data.target_names[0]} by {fit.data.input_names[0]}:"
    # Without colours, a dotted line could not be distinguished from the points.
    return panel(title, series, size, terminal, marks=not terminal.colour, **ends)


def _probabilities(fit: Fit, size: tuple[int, int], terminal: Capabilities) -> list[str]:
    x = fit.subset.x[:, 0]
    inputs = np.linspace(x.min(), x.max(), LINE_POINTS, dtype=x.dtype)
    probabilities = class_outputs(fit.predict(inputs.reshape(-1, 1)), len(fit.data.class_names))
    series = [
        Series(inputs, probabilities[:, number], COLOURS[number], POINTS[number], True, name=name)
        for number, name in enumerate(fit.data.class_names)
    ]
    title = f"probability by {fit.data.input_names[0]}:"
    return panel(title, series, size, terminal, marks=not terminal.colour, **_ends("x", x), y_min=0.0, y_max=1.0)


def _map(fit: Fit, size: tuple[int, int], terminal: Capabilities) -> list[str]:
    """Mark where each class is the likeliest with one character, and the points of each true class with another."""
    x, y = fit.subset.x[:, 0], fit.subset.x[:, 1]
    ends = {**_ends("x", fit.samples.x[:, 0]), **_ends("y", fit.samples.x[:, 1])}
    columns, rows = max(size[0] - 4, 1), max(size[1] - AROUND, 1)
    centres = [_centres(ends["x_min"], ends["x_max"], columns), _centres(ends["y_min"], ends["y_max"], rows)]
    grid = np.stack(np.meshgrid(*centres), axis=-1).reshape(-1, 2).astype(fit.samples.x.dtype)
    probabilities = class_outputs(fit.predict(grid), len(fit.data.class_names))
    finite = np.isfinite(probabilities).all(axis=1)
    likeliest = np.where(finite, np.argmax(probabilities, axis=1), -1)
    true = class_numbers(fit.subset.t)
    names = fit.data.class_names
    regions = [
        Series(grid[likeliest == number, 0], grid[likeliest == number, 1], COLOURS[number], REGIONS[number])
        for number in range(len(names))
    ]
    points = [
        Series(x[true == number], y[true == number], COLOURS[number], POINTS[number], name=names[number])
        for number in range(len(names))
    ]
    title = f"{fit.data.target_names[0]}:" if finite.any() else f"{fit.data.target_names[0]}: no finite prediction"
    return panel(title, [*regions, *points], size, terminal, marks=True, **ends)


def _against_truth(fit: Fit, size: tuple[int, int], terminal: Capabilities) -> list[str]:
    true = fit.subset.t.reshape(len(fit.subset.x), -1)
    predicted = fit.predict(fit.subset.inputs)
    low, high = limits(true)
    diagonal = np.linspace(low, high, LINE_POINTS)
    names = fit.data.target_names
    several = len(names) > 1
    series = [Series(diagonal, diagonal, "white", ".")]
    for number, (colour, mark) in enumerate(
        colours_and_marks(len(names), POINTS + LETTERS) if several else [("red", "o")]
    ):
        name = names[number] if several else ""
        series.append(Series(true[:, number], predicted[:, number], colour, mark, name=name))
    ends: dict[str, Any] = {"x_min": low, "x_max": high, "y_min": low, "y_max": high}
    title = "predicted vs. true:" if several else f"predicted vs. true {fit.data.target_names[0]}"
    marks = not terminal.colour or needs_marks(len(names), terminal)
    return panel(title, series, size, terminal, marks=marks, **ends)


def _ends(axis: str, values: Array) -> dict[str, Any]:
    low, high = limits(values)
    return {f"{axis}_min": low, f"{axis}_max": high}


def _centres(low: float, high: float, count: int) -> Array:
    """Return the centres of that many cells of equal width."""
    return low + (np.arange(count) + 0.5) * (high - low) / count
