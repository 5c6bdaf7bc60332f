"""What a network has learned, beside what it should have: a curve, a map of its classes, or predicted against true."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TextIO

import numpy as np

from nncli.arrays import Array
from nncli.data.data import Samples
from nncli.data.description import Description
from nncli.errors import UsageError
from nncli.render.figures import style
from nncli.render.figures.classes import class_map, class_probabilities
from nncli.render.figures.figure_inputs import PartChoice, Request, heading, part_samples
from nncli.render.figures.multilabel import label_maps, label_probabilities, left_out
from nncli.render.figures.palette import palette
from nncli.render.figures.registry import figure
from nncli.render.number_format import format_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from nncli.model import Model

WIDE, SQUARE = (5.4, 3.7), (4.8, 4.4)  # inches
BETWEEN = 400  # points between the lowest and the highest input
MAX_LABELS = 8
PIECE = 4096  # samples


@figure(
    shows="what it learned, over the data",
    help="the prediction over the data, a map of the decisions, or predicted against true values",
    needs="for classes and labels, 1 or 2 inputs",
    options=("--on", "--checkpoint", "--term"),
    place=20,
    pictures={"fit-map": "spiral3/default", "fit-values": "houses/default --on test"},
)
def draw(request: Request) -> Figure:
    """Draw what a network learned over a part of its data, the training data unless another is named."""
    return fit(fit_of(request.model(), request.part or "train"))


@draw.in_terminal
def print_fit(request: Request, file: TextIO) -> None:
    """Print the same in characters."""
    from nncli.render.terminal import print_plots

    print_plots.print_fit(request.model(), request.part or "train", file)


class Fit(NamedTuple):
    """A trained network and samples to show it on."""

    title: str
    predict: Callable[[Array], Array]  # inputs (n, inputs) to outputs (n, outputs)
    samples: Samples
    data: Description

    def predicted(self, x: Array) -> Array:
        """Outputs for inputs, taken in pieces so that a wide network needs no more memory than a batch does."""
        return np.concatenate([self.predict(x[start : start + PIECE]) for start in range(0, len(x), PIECE)])


def fit_of(model: Model, part: PartChoice) -> Fit:
    """A run's network and the samples of a part of its data. Raises UsageError where it has no such part."""
    plan, ready = part_samples(model, part)
    loss = plan.evaluate(model.params, ready)["loss"]
    kind = "data loss" if part == "train" and plan.network.penalty(model.params, plan.evaluating) else "loss"
    title = heading(model, f"{'training' if part == 'train' else part} {kind} {format_number(loss)}")
    return Fit(title, model.predict, plan.in_data_units(ready), model.data)


@style.apply()
def fit(shown: Fit) -> Figure:
    """The figure that suits the data. Raises UsageError for classes or labels of more than two inputs."""
    inputs, classes, labels = len(shown.data.input_names), shown.data.class_names, shown.data.label_names
    if classes and inputs > 2:
        hint = "`nncli plot --what confusion` shows which classes it mistakes for which"
        raise UsageError(f"a fit of classes needs 1 or 2 inputs, and this data has {inputs}", hint=hint)
    if labels and inputs > 2:
        hint = "`nncli plot --what roc` shows how well it tells each label"
        raise UsageError(f"a fit of labels needs 1 or 2 inputs, and this data has {inputs}", hint=hint)
    if labels and inputs == 2:
        return label_maps(shown.title + left_out(shown.data), shown.predicted, shown.samples, shown.data)
    line = inputs == 1 and (shown.data.task != "regression" or len(shown.data.target_names) == 1)
    figure, (axes,) = style.new_figure(1, WIDE if line else SQUARE)
    style.title(figure, shown.title + left_out(shown.data))
    if classes and inputs == 2:
        class_map(axes, shown.predicted, shown.samples, shown.data)
    elif classes:
        class_probabilities(axes, shown.predicted, line_inputs(shown.samples.x), shown.samples, shown.data)
    elif labels:
        label_probabilities(axes, shown.predicted, line_inputs(shown.samples.x), shown.samples, shown.data)
    elif line:
        _line(axes, shown)
    else:
        _against_truth(axes, shown)
    style.legend_below(figure, axes.get_legend_handles_labels()[0])
    return figure


def line_inputs(x: Array) -> Array:
    """The inputs (n, 1) in order, and enough between them for a smooth line."""
    between = np.linspace(x.min(), x.max(), BETWEEN)
    return np.union1d(x[:, 0], between).astype(x.dtype).reshape(-1, 1)


def _line(axes: Axes, shown: Fit) -> None:
    """Truth as points, the prediction as a line over them."""
    x, inputs = shown.samples.x, line_inputs(shown.samples.x)
    predicted = style.drawable(shown.predicted(inputs)[:, 0])
    style.plot_points(axes, x[:, 0], shown.samples.t.reshape(-1), color=palette().sky, label="truth")
    label = "prediction" if np.isfinite(predicted).any() else "prediction: no finite value"
    style.plot_line(axes, inputs[:, 0], predicted, color=palette().vermilion, label=label)
    axes.set(xlabel=style.text(shown.data.input_names[0]), ylabel=style.text(shown.data.target_names[0]))


def _against_truth(axes: Axes, shown: Fit) -> None:
    """Predictions over true values, a colour for each target; what is right lies on the diagonal."""
    targets = [style.text(name) for name in shown.data.target_names]
    true = style.drawable(shown.samples.t.reshape(len(shown.samples.x), -1))
    predicted = style.drawable(shown.predicted(shown.samples.x))
    for number, colour in enumerate(style.colours(len(targets))):
        label = targets[number] if len(targets) > 1 and number < MAX_LABELS else None
        style.plot_points(axes, true[:, number], predicted[:, number], color=colour, label=label, **style.edge())
    finite = np.concatenate([true[np.isfinite(true)], predicted[np.isfinite(predicted)]])
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    room = 0.05 * (high - low) or 0.5
    ends = (low - room, high + room)
    axes.plot(ends, ends, color=palette().muted, linewidth=0.8, label="prediction = truth", zorder=1.5)
    name = targets[0] if len(targets) == 1 else ""
    axes.set(xlabel=f"true {name}".rstrip(), ylabel=f"predicted {name}".rstrip(), xlim=ends, ylim=ends, aspect="equal")
    if not np.isfinite(predicted).any():
        style.note(axes, "no finite prediction")
