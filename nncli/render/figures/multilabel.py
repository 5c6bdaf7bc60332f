"""Figures of several labels, each set or not: what a network makes of each over its inputs, and how well it is told."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.data.data import Samples
from nncli.data.description import Description
from nncli.errors import UsageError
from nncli.render.figures import style
from nncli.render.figures.classes import class_map
from nncli.render.figures.figure_inputs import PartChoice, Predict, predictions_of
from nncli.render.figures.palette import palette
from nncli.render.figures.roc_points import FIGURE_SIZE, Points, points
from nncli.render.number_format import format_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from nncli.model import Model

MAP = (3.9, 3.6)  # inches
MAX_LABELS = 6
MAX_NAME_LENGTH = 24  # characters
FIRST_ROW, ROW = 0.06, 0.05  # where the samples of the first label stand below 0, and of each further one


class Curves(NamedTuple):
    """The receiver operating characteristic of each label."""

    title: str
    labels: dict[str, Points | str]  # by positive value; why there is no curve


def curves_of(model: Model, part: PartChoice | None) -> Curves:
    """The curves of a run's network on a part of its data. Raises UsageError if a prediction is not finite."""
    shown = predictions_of(model, part)
    if not np.isfinite(shown.y).all():
        hint = "`nncli plot` shows where training diverged"
        raise UsageError("roc needs finite predictions", place=str(model.run.path), hint=hint)
    labels: dict[str, Points | str] = {}
    for number in range(len(shown.data.target_names))[:MAX_LABELS]:
        values, positive = shown.data.label_names[number], shown.t[:, number] == 1
        constant = positive.all() or not positive.any()
        labels[_title(shown.data, number)] = (
            f"all samples are {style.text(values[int(positive[0])], MAX_NAME_LENGTH)}"
            if constant
            else points(shown.y[:, number], positive)
        )
    return Curves(shown.title + left_out(shown.data), labels)


@style.apply()
def roc_by_label(shown: Curves) -> Figure:
    """A curve for each label with the area under it, and the diagonal of mere guessing."""
    figure, (axes,) = style.new_figure(1, FIGURE_SIZE)
    axes.plot([0, 1], [0, 1], color=palette().muted, linewidth=0.8, linestyle=style.VALIDATION, label="guessing: 0.5")
    for (name, curve), colour in zip(shown.labels.items(), style.colours(len(shown.labels)), strict=True):
        if isinstance(curve, str):
            axes.plot([], [], color=colour, label=f"{name}: {curve}")
        else:
            axes.plot(*curve, color=colour, linewidth=1.6, label=f"{name}: area {format_number(curve.area)}")
    axes.grid(visible=True, axis="both")
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xlabel="false positive rate", ylabel="true positive rate")
    style.title(figure, shown.title)
    handles = axes.get_legend_handles_labels()[0]
    style.legend_below(figure, [*handles[1:], handles[0]])
    return figure


def label_maps(title: str, predict: Predict, samples: Samples, data: Description) -> Figure:
    """A map of the decisions for each label over two inputs, its samples in the colours of the bar beside it."""
    labels = range(len(data.target_names))[:MAX_LABELS]
    figure, panels = style.new_figure(len(labels), MAP)
    for number, axes in zip(labels, panels, strict=True):
        of_label = Samples(samples.x, samples.t[:, number : number + 1])
        class_map(axes, partial(_column, predict, number), of_label, data.of_label(number))
        axes.set_title(style.text(data.target_names[number], MAX_NAME_LENGTH))
    style.title(figure, title)
    return figure


def label_probabilities(axes: Axes, predict: Predict, inputs: Array, samples: Samples, data: Description) -> None:
    """The probability of each label over one input; below, a row of the samples that have it in the same colour."""
    probabilities = style.drawable(predict(inputs))
    labels = range(len(data.target_names))[:MAX_LABELS]
    for number, colour in zip(labels, style.colours(len(labels)), strict=True):
        style.plot_line(axes, inputs[:, 0], probabilities[:, number], color=colour, label=_title(data, number))
        positive = samples.x[samples.t[:, number] == 1, 0]
        below = np.full(len(positive), -FIRST_ROW - ROW * number)
        style.plot_points(axes, positive, below, color=colour, **style.edge())
    axes.set(xlabel=style.text(data.input_names[0]), ylabel="probability")
    if not np.isfinite(probabilities).any():
        style.note(axes, "no finite prediction")


def _title(data: Description, number: int) -> str:
    """What a legend calls a label: its name and, unless that is 1 or true, the value that is positive."""
    name, positive = data.target_names[number], data.label_names[number][1]
    words = name if positive.lower() in ("1", "true") else f"{name} {positive}"
    return style.text(words, MAX_NAME_LENGTH)


def left_out(data: Description) -> str:
    """What a title adds if a figure shows some of the labels only."""
    return f", the first {MAX_LABELS} labels" if len(data.label_names) > MAX_LABELS else ""


def _column(predict: Predict, number: int, x: Array) -> Array:
    """The output (n, 1) of one label."""
    return predict(x)[:, number : number + 1]
