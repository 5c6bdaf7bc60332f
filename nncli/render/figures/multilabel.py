"""Figures of multilabel data: the fit and the ROC curve of each label."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.data.data import Samples
from nncli.data.description import Description
from nncli.errors import UsageError
from nncli.number_format import format_number
from nncli.render.figures import style
from nncli.render.figures.classes import class_map
from nncli.render.figures.figure_inputs import PartChoice, Predict, predictions_of
from nncli.render.figures.palette import palette
from nncli.render.figures.roc_points import FIGURE_SIZE, Points, points

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from nncli.model import Model

MAP = (3.9, 3.6)  # inches
MAX_LABELS = 6
MAX_NAME_LENGTH = 24  # characters
FIRST_ROW, ROW = 0.06, 0.05  # distance of the first row of samples below 0, and between rows


class Curves(NamedTuple):
    """The receiver operating characteristic of each label."""

    title: str
    labels: dict[str, Points | str]  # by name; a string is the reason why a label has no curve


def curves_of(model: Model, part: PartChoice | None) -> Curves:
    """Return the ROC curves of a network on a part of its data. Raises UsageError if a prediction is not finite."""
    predictions = predictions_of(model, part)
    if not np.isfinite(predictions.y).all():
        hint = "use `nncli plot` to see where training diverged"
        raise UsageError("an ROC curve needs finite predictions", place=str(model.run.path), hint=hint)
    labels: dict[str, Points | str] = {}
    data = predictions.data
    for number in range(len(data.target_names))[:MAX_LABELS]:
        values, positive = data.label_names[number], predictions.t[:, number] == 1
        is_constant = positive.all() or not positive.any()
        labels[_title(data, number)] = (
            f"all samples are {style.label(values[int(positive[0])], MAX_NAME_LENGTH)}"
            if is_constant
            else points(predictions.y[:, number], positive)
        )
    return Curves(predictions.title + title_suffix(data), labels)


@style.apply()
def roc_by_label(curves: Curves) -> Figure:
    """Draw the ROC curve of each label with the area under it, and the diagonal of random guessing."""
    figure, (axes,) = style.new_figure(1, FIGURE_SIZE)
    axes.plot(
        [0, 1],
        [0, 1],
        color=palette().muted,
        linewidth=0.8,
        linestyle=style.VALIDATION,
        label="random guessing: area 0.5",
    )
    for (name, curve), colour in zip(curves.labels.items(), style.colours(len(curves.labels)), strict=True):
        if isinstance(curve, str):
            axes.plot([], [], color=colour, label=f"{name}: {curve}")
        else:
            axes.plot(*curve, color=colour, linewidth=1.6, label=f"{name}: area {format_number(curve.area)}")
    axes.grid(visible=True, axis="both")
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xlabel="false positive rate", ylabel="true positive rate")
    style.title(figure, curves.title)
    handles = axes.get_legend_handles_labels()[0]
    style.legend_below(figure, [*handles[1:], handles[0]])
    return figure


def label_maps(title: str, predict: Predict, samples: Samples, data: Description) -> Figure:
    """Draw a map of the decision regions for each label of two inputs, with a colour bar for each map."""
    labels = range(len(data.target_names))[:MAX_LABELS]
    figure, panels = style.new_figure(len(labels), MAP)
    for number, axes in zip(labels, panels, strict=True):
        of_label = Samples(samples.x, samples.t[:, number : number + 1])
        class_map(axes, partial(_column, predict, number), of_label, data.of_label(number))
        axes.set_title(style.label(data.target_names[number], MAX_NAME_LENGTH))
    style.title(figure, title)
    return figure


def label_probabilities(axes: Axes, predict: Predict, inputs: Array, samples: Samples, data: Description) -> None:
    """Draw the probability of each label by one input, and below a row of the samples that have the label."""
    probabilities = style.drawable(predict(inputs))
    labels = range(len(data.target_names))[:MAX_LABELS]
    for number, colour in zip(labels, style.colours(len(labels)), strict=True):
        style.plot_line(axes, inputs[:, 0], probabilities[:, number], color=colour, label=_title(data, number))
        positive = samples.x[samples.t[:, number] == 1, 0]
        below = np.full(len(positive), -FIRST_ROW - ROW * number)
        style.plot_points(axes, positive, below, color=colour, **style.edge())
    axes.set(xlabel=style.label(data.input_names[0]), ylabel="probability")
    if not np.isfinite(probabilities).any():
        style.note(axes, "no finite prediction")


def _title(data: Description, number: int) -> str:
    """Return the name of a label in legends, with its positive value unless that is 1 or true."""
    name, positive = data.target_names[number], data.label_names[number][1]
    words = name if positive.lower() in ("1", "true") else f"{name} {positive}"
    return style.label(words, MAX_NAME_LENGTH)


def title_suffix(data: Description) -> str:
    """Return the end of the title of a figure that shows only some of the labels."""
    return f", the first {MAX_LABELS} labels" if len(data.label_names) > MAX_LABELS else ""


def _column(predict: Predict, number: int, x: Array) -> Array:
    """Return the output (n, 1) of one label."""
    return predict(x)[:, number : number + 1]
