"""A panel with the fit of a network to its data."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.data.data import Samples
from nncli.data.description import Description
from nncli.diagnosis.dark import dark_inputs
from nncli.errors import UsageError
from nncli.number_format import format_number
from nncli.render.figures import style
from nncli.render.figures.classes import class_map, class_probabilities
from nncli.render.figures.figure_inputs import PartChoice, figure_title, part_samples
from nncli.render.figures.multilabel import label_probabilities
from nncli.render.figures.palette import palette

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from nncli.model import Model

LINE_POINTS = 400  # between the lowest and the highest input
MAX_LABELS = 8
CHUNK = 4096  # samples


class Fit(NamedTuple):
    """A trained network and samples to show it on."""

    title: str
    predict: Callable[[Array], Array]  # inputs (n, inputs) to outputs (n, outputs)
    samples: Samples
    data: Description
    dark: Callable[[Array], Array] | None = None  # inputs (n, inputs) to whether no unit of the first layer fires

    def predicted(self, x: Array) -> Array:
        """Return the outputs for inputs, computed in chunks to bound the memory of wide networks."""
        return np.concatenate([self.predict(x[start : start + CHUNK]) for start in range(0, len(x), CHUNK)])


def fit_of(model: Model, part: PartChoice) -> Fit:
    """Return the fit of a network on a part of its data. Raises UsageError if the data have no such part."""
    plan, samples = part_samples(model, part)
    loss = plan.evaluate(model.params, samples)["loss"]
    kind = "data loss" if part == "train" and plan.network.penalty(model.params, plan.evaluation_ops) else "loss"
    title = figure_title(model, f"{'training' if part == 'train' else part} {kind} {format_number(loss)}")

    def dark(x: Array) -> Array:
        return dark_inputs(model.experiment.layers, model.weights, model.preprocessing.inputs(x))

    return Fit(title, model.predict, plan.in_data_units(samples), model.data, dark)


def check_inputs(data: Description) -> None:
    """Raise UsageError for classes or labels of more than two inputs."""
    inputs = len(data.input_names)
    if data.class_names and inputs > 2:
        hint = "use `nncli plot --what confusion` for the confusion matrix"
        raise UsageError(f"a fit of classes needs 1 or 2 inputs, and this data has {inputs}", hint=hint)
    if data.label_names and inputs > 2:
        hint = "use `nncli plot --what roc` for the ROC curve of each label"
        raise UsageError(f"a fit of labels needs 1 or 2 inputs, and this data has {inputs}", hint=hint)


def has_curve(data: Description) -> bool:
    """Return whether the fit to the data is a curve over one input."""
    return len(data.input_names) == 1 and (data.task != "regression" or len(data.target_names) == 1)


def draw_panel(axes: Axes, contents: Fit, *, colour_bar: bool = True) -> None:
    """Draw a fit in a panel. Labels need one input."""
    data, samples = contents.data, contents.samples
    if data.class_names and len(data.input_names) == 2:
        class_map(axes, contents.predicted, samples, data, colour_bar=colour_bar)
    elif data.class_names:
        class_probabilities(axes, contents.predicted, line_inputs(samples.inputs), samples, data)
    elif data.label_names:
        label_probabilities(axes, contents.predicted, line_inputs(samples.inputs), samples, data)
    elif has_curve(data):
        _line(axes, contents)
    else:
        _against_truth(axes, contents)


def line_inputs(x: Array) -> Array:
    """Return the inputs (n, 1) in order, with enough values between them for a smooth line."""
    between = np.linspace(x.min(), x.max(), LINE_POINTS)
    return np.union1d(x[:, 0], between).astype(x.dtype).reshape(-1, 1)


def _line(axes: Axes, contents: Fit) -> None:
    """Draw true values as points, and the prediction as a line."""
    x, inputs = contents.samples.x, line_inputs(contents.samples.inputs)
    predicted = style.drawable(contents.predicted(inputs)[:, 0])
    style.plot_points(axes, x[:, 0], contents.samples.t.reshape(-1), color=palette().sky, label="truth")
    label = "prediction" if np.isfinite(predicted).any() else "prediction: no finite value"
    style.plot_line(axes, inputs[:, 0], predicted, color=palette().vermilion, label=label)
    if contents.dark is not None:
        _shade(axes, inputs[:, 0], contents.dark(inputs))
    axes.set(xlabel=style.label(contents.data.input_names[0]), ylabel=style.label(contents.data.target_names[0]))


def _shade(axes: Axes, x: Array, dark: Array) -> None:
    """Shade the ranges of x, in order, where no unit of the first layer fires."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], dark.astype(np.int8), [0]])))
    label = "no unit of the first layer fires"
    for start, end in edges.reshape(-1, 2):
        if end - start > 1:  # a single point, such as an input of 0 without biases, has no width
            axes.axvspan(x[start], x[end - 1], color=palette().faint, label=label, zorder=0.5)
            label = "_nolegend_"


def _against_truth(axes: Axes, contents: Fit) -> None:
    """Draw predicted against true values, a colour for each target. Correct predictions lie on the diagonal."""
    targets = [style.label(name) for name in contents.data.target_names]
    true = style.drawable(contents.samples.t.reshape(len(contents.samples.x), -1))
    predicted = style.drawable(contents.predicted(contents.samples.inputs))
    for number, colour in enumerate(style.colours(len(targets))):
        label = targets[number] if len(targets) > 1 and number < MAX_LABELS else None
        style.plot_points(axes, true[:, number], predicted[:, number], color=colour, label=label, **style.edge())
    finite = np.concatenate([true[np.isfinite(true)], predicted[np.isfinite(predicted)]])
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    margin = 0.05 * (high - low) or 0.5
    ends = (low - margin, high + margin)
    axes.plot(ends, ends, color=palette().muted, linewidth=0.8, label="prediction = truth", zorder=1.5)
    name = targets[0] if len(targets) == 1 else ""
    axes.set(xlabel=f"true {name}".rstrip(), ylabel=f"predicted {name}".rstrip(), xlim=ends, ylim=ends, aspect="equal")
    if not np.isfinite(predicted).any():
        style.note(axes, "no finite prediction")
