"""The fit of a network to its data: a curve, a map of classes, or predicted against true values."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TextIO

import numpy as np

from nncli.arrays import Array
from nncli.data.data import Samples
from nncli.data.description import Description
from nncli.errors import UsageError
from nncli.number_format import format_number
from nncli.render.figures import style
from nncli.render.figures.classes import class_map, class_probabilities
from nncli.render.figures.figure_inputs import PartChoice, Request, figure_title, part_samples
from nncli.render.figures.multilabel import label_maps, label_probabilities, title_suffix
from nncli.render.figures.palette import palette
from nncli.render.figures.registry import figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from nncli.model import Model

WIDE, SQUARE = (5.4, 3.7), (4.8, 4.4)  # inches
LINE_POINTS = 400  # between the lowest and the highest input
MAX_LABELS = 8
CHUNK = 4096  # samples


@figure(
    shows="predictions and data: a curve, a map of classes, or predicted against true values",
    help="predictions and data as a curve, a map of classes, or predicted against true values",
    needs="1 or 2 inputs for classes and labels",
    options=("--on", "--checkpoint", "--term"),
    place=20,
    pictures={"fit-map": "spiral3/default", "fit-values": "houses/default --on test"},
)
def draw(request: Request) -> Figure:
    """Draw the fit of a network on a part of its data, by default the training data."""
    return fit(fit_of(request.model(), request.part or "train"))


@draw.in_terminal
def print_fit(request: Request, file: TextIO) -> None:
    """Print the fit in characters."""
    from nncli.render.terminal import print_plots

    print_plots.print_fit(request.model(), request.part or "train", file)


class Fit(NamedTuple):
    """A trained network and samples to show it on."""

    title: str
    predict: Callable[[Array], Array]  # inputs (n, inputs) to outputs (n, outputs)
    samples: Samples
    data: Description

    def predicted(self, x: Array) -> Array:
        """Return the outputs for inputs, computed in chunks to bound the memory of wide networks."""
        return np.concatenate([self.predict(x[start : start + CHUNK]) for start in range(0, len(x), CHUNK)])


def fit_of(model: Model, part: PartChoice) -> Fit:
    """Return the fit of a network on a part of its data. Raises UsageError if the data have no such part."""
    plan, samples = part_samples(model, part)
    loss = plan.evaluate(model.params, samples)["loss"]
    kind = "data loss" if part == "train" and plan.network.penalty(model.params, plan.evaluation_ops) else "loss"
    title = figure_title(model, f"{'training' if part == 'train' else part} {kind} {format_number(loss)}")
    return Fit(title, model.predict, plan.in_data_units(samples), model.data)


@style.apply()
def fit(contents: Fit) -> Figure:
    """Draw the figure for the type of data. Raises UsageError for classes or labels of more than two inputs."""
    inputs, classes, labels = len(contents.data.input_names), contents.data.class_names, contents.data.label_names
    if classes and inputs > 2:
        hint = "use `nncli plot --what confusion` for the confusion matrix"
        raise UsageError(f"a fit of classes needs 1 or 2 inputs, and this data has {inputs}", hint=hint)
    if labels and inputs > 2:
        hint = "use `nncli plot --what roc` for the ROC curve of each label"
        raise UsageError(f"a fit of labels needs 1 or 2 inputs, and this data has {inputs}", hint=hint)
    if labels and inputs == 2:
        title = contents.title + title_suffix(contents.data)
        return label_maps(title, contents.predicted, contents.samples, contents.data)
    line = inputs == 1 and (contents.data.task != "regression" or len(contents.data.target_names) == 1)
    figure, (axes,) = style.new_figure(1, WIDE if line else SQUARE)
    style.title(figure, contents.title + title_suffix(contents.data))
    if classes and inputs == 2:
        class_map(axes, contents.predicted, contents.samples, contents.data)
    elif classes:
        class_probabilities(
            axes, contents.predicted, line_inputs(contents.samples.inputs), contents.samples, contents.data
        )
    elif labels:
        label_probabilities(
            axes, contents.predicted, line_inputs(contents.samples.inputs), contents.samples, contents.data
        )
    elif line:
        _line(axes, contents)
    else:
        _against_truth(axes, contents)
    style.legend_below(figure, axes.get_legend_handles_labels()[0])
    return figure


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
    axes.set(xlabel=style.label(contents.data.input_names[0]), ylabel=style.label(contents.data.target_names[0]))


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
