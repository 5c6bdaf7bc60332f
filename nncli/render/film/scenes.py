"""The fit of a run in a film: drawn once, then updated in place with the weights of each snapshot."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nncli.arrays import Array
from nncli.data.description import Description
from nncli.render.figures import classes, style
from nncli.render.figures.figure_inputs import Predict
from nncli.render.figures.fit_panel import line_inputs
from nncli.render.figures.palette import LIGHT
from nncli.render.film.filmed_runs import FilmedRun
from nncli.render.limits import limits

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

FINENESS = 150  # cells of a map in each direction: more do not show at the resolution of a film
MAX_CLASSES_WITH_NUMBERS = 12


class Scene(ABC):
    """The fit of one run in its own axes."""

    square = False  # whether the panel is as high as it is wide

    def __init__(self, axes: Axes, run: FilmedRun, runs: Sequence[FilmedRun], colour: Any) -> None:
        """Draw a run. `runs` are all that are drawn side by side, which share their limits."""
        self.axes = axes
        self.legend: list[Artist] = []
        self._artists: list[Artist] = []
        box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8}
        place: dict[str, Any] = {"transform": axes.transAxes, "ha": "center", "va": "center", "zorder": 6}
        self._note = axes.text(0.5, 0.5, "no finite prediction", color=LIGHT.muted, bbox=box, visible=False, **place)
        self.setup(axes, run, runs, colour)

    @property
    def moving(self) -> list[Artist]:
        """The artists that are drawn again for each frame, from bottom to top."""
        return [*self._artists, self._note]

    @abstractmethod
    def setup(self, axes: Axes, run: FilmedRun, runs: Sequence[FilmedRun], colour: Any) -> None:
        """Draw the parts that stay, and add those that move."""

    @abstractmethod
    def update(self, predict: Predict) -> bool:
        """Update the moving parts with new predictions. Return whether any of them is finite."""

    def show(self, predict: Predict) -> None:
        """Show new predictions, or a note if none of them is finite."""
        self._note.set_visible(not self.update(predict))


class Line(Scene):
    """One target against one input: true values as points, the prediction as a line."""

    def setup(self, axes: Axes, run: FilmedRun, runs: Sequence[FilmedRun], colour: Any) -> None:
        x, data = run.samples.inputs, run.data
        self._inputs = line_inputs(x)
        style.plot_points(axes, x[:, 0], run.samples.t.reshape(-1), color=LIGHT.sky, label="truth")
        marker: dict[str, Any] = {"marker": "o", "markersize": 4} if len(self._inputs) == 1 else {}
        self._line = _empty_line(axes, self._inputs[:, 0], color=colour, linewidth=1.8, label="prediction", **marker)
        self._artists.append(self._line)
        # With two runs, each has its own colour, which is also that of its label above the fit.
        self.legend += axes.get_lines()[: 1 if len(runs) > 1 else None]
        xs = np.concatenate([each.samples.inputs[:, 0] for each in runs])
        ends = np.concatenate(
            [each.network(each.snapshot_epochs[-1])(line_inputs(each.samples.inputs))[:, 0] for each in runs]
        )
        axes.set(xlabel=style.label(data.input_names[0]), ylabel=style.label(data.target_names[0]))
        axes.set(xlim=limits(xs), ylim=limits(_truths(runs), ends))

    def update(self, predict: Predict) -> bool:
        y = style.drawable(predict(self._inputs)[:, 0])
        self._line.set_ydata(y)
        return bool(np.isfinite(y).any())


class Map(Scene):
    """Classes of two inputs: a map of the decision regions with their boundaries, and the points."""

    square = True

    def setup(self, axes: Axes, run: FilmedRun, runs: Sequence[FilmedRun], colour: Any) -> None:
        around = np.concatenate([each.samples.inputs for each in runs])
        self._map = classes.Decisions(axes, run.samples, run.data, around=around, fineness=FINENESS)
        classes.points_by_class(axes, run.samples, self._map.colours, self._map.names)
        self._points = list(axes.get_lines())
        self.legend = axes.get_legend_handles_labels()[0]
        axes.grid(visible=False)
        axes.locator_params(nbins=6)
        axes.set(xlabel=style.label(run.data.input_names[0]), ylabel=style.label(run.data.input_names[1]))
        self._arrange()

    def update(self, predict: Predict) -> bool:
        self._map.show(predict)
        self._arrange()
        return self._map.finite

    def _arrange(self) -> None:
        """List the artists of a frame: the points lie above the map, so they are drawn again with it."""
        self._artists = [self._map.image, *self._map.boundaries, *self._points, *self.axes.spines.values()]


class Probabilities(Scene):
    """Classes of one input: the probability of each as a line, and the points below."""

    def setup(self, axes: Axes, run: FilmedRun, runs: Sequence[FilmedRun], colour: Any) -> None:
        self._inputs = line_inputs(run.samples.inputs)
        names = classes.class_labels(run.data)
        colours = style.colours(len(names))
        self._lines = [_empty_line(axes, self._inputs[:, 0], color=each, linewidth=1.8) for each in colours]
        self._artists += self._lines
        classes.points_below(axes, run.samples, colours, names)
        self.legend = axes.get_legend_handles_labels()[0]
        xs = np.concatenate([each.samples.inputs[:, 0] for each in runs])
        axes.set(xlabel=style.label(run.data.input_names[0]), ylabel="probability")
        axes.set(xlim=limits(xs), ylim=(-0.1, 1.05))

    def update(self, predict: Predict) -> bool:
        probabilities = classes.class_outputs(predict(self._inputs), len(self._lines))
        for number, line in enumerate(self._lines):
            line.set_ydata(probabilities[:, number])
        return bool(np.isfinite(probabilities).any())


class Confusion(Scene):
    """Classes of more inputs: the confusion matrix, coloured by the share of each true class."""

    square = True

    def setup(self, axes: Axes, run: FilmedRun, runs: Sequence[FilmedRun], colour: Any) -> None:
        from matplotlib.colors import LinearSegmentedColormap

        names = [style.label(name, 12) for name in run.data.class_names]
        self._x, self._true = run.samples.inputs, classes.class_numbers(run.samples.t).astype(np.intp)
        self._count = len(names)
        shades = LinearSegmentedColormap.from_list("share", ["white", LIGHT.blue])
        self._image = axes.imshow(
            np.zeros((self._count, self._count)), cmap=shades, vmin=0, vmax=1, interpolation="nearest"
        )
        self._artists.append(self._image)
        numbered = self._count <= MAX_CLASSES_WITH_NUMBERS
        place: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 8 if self._count < 6 else 6}
        rows = range(self._count) if numbered else ()
        self._texts = [axes.text(column, row, "", **place) for row in rows for column in rows]
        self._artists += [*self._texts, *axes.spines.values()]
        axes.grid(visible=False)
        axes.set(xlabel=f"predicted {style.label(run.data.target_names[0])}")
        axes.set(ylabel=f"true {style.label(run.data.target_names[0])}")
        if numbered:
            axes.set(xticks=range(self._count), yticks=range(self._count), yticklabels=names)
            axes.set_xticklabels(names, rotation=90 if max(map(len, names)) > 3 else 0)

    def update(self, predict: Predict) -> bool:
        probabilities = classes.class_outputs(predict(self._x), self._count)
        finite = np.isfinite(probabilities).all(axis=1)
        counts = np.zeros((self._count, self._count))
        np.add.at(counts, (self._true[finite], np.argmax(probabilities[finite], axis=1)), 1)
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        self._image.set_data(shares)
        for text, count, share in zip(self._texts, counts.flat, shares.flat, strict=False):
            text.set(text=f"{count:.0f}" if count else "", color="white" if share > 0.6 else LIGHT.ink)
        return bool(finite.any())


class AgainstTruth(Scene):
    """Predicted against true values, a colour for each target; correct predictions lie on the diagonal."""

    square = True

    def setup(self, axes: Axes, run: FilmedRun, runs: Sequence[FilmedRun], colour: Any) -> None:
        targets = [style.label(name) for name in run.data.target_names]
        self._x = run.samples.inputs
        true = style.drawable(run.samples.t.reshape(len(self._x), -1))
        several = len(targets) > 1
        for number, shade in enumerate(style.colours(len(targets)) if several else [colour]):
            label = targets[number] if several and number < classes.MAX_LABELS else None
            nothing = np.full(len(true), np.nan)
            style.plot_points(axes, true[:, number], nothing, color=shade, label=label, **style.edge())
        self._points = list(axes.get_lines())
        self._artists += self._points
        ends = np.concatenate(
            [each.network(each.snapshot_epochs[-1])(each.samples.inputs).reshape(-1) for each in runs]
        )
        low, high = limits(_truths(runs), ends)
        axes.plot((low, high), (low, high), color=LIGHT.muted, linewidth=0.8, label="prediction = truth", zorder=1.5)
        self.legend = axes.get_legend_handles_labels()[0]
        name = "" if several else targets[0]
        axes.set(xlabel=f"true {name}".rstrip(), ylabel=f"predicted {name}".rstrip())
        axes.set(xlim=(low, high), ylim=(low, high), aspect="equal")

    def update(self, predict: Predict) -> bool:
        predicted = style.drawable(predict(self._x))
        for number, points in enumerate(self._points):
            points.set_ydata(predicted[:, number])
        return bool(np.isfinite(predicted).any())


def scene_of(data: Description) -> Callable[..., Scene]:
    """Return the scene class for the data."""
    if data.class_names:
        return {1: Probabilities, 2: Map}.get(len(data.input_names), Confusion)
    return Line if len(data.input_names) == len(data.target_names) == 1 else AgainstTruth


def _empty_line(axes: Axes, x: Array, **options: Any) -> Any:
    (line,) = axes.plot(x, np.full(len(x), np.nan), **options)
    return line


def _truths(runs: Sequence[FilmedRun]) -> Array:
    return np.concatenate([each.samples.t.reshape(-1) for each in runs])
