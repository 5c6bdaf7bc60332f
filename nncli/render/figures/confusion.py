"""The confusion matrix: counts of samples by true and predicted class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.errors import UsageError
from nncli.metric_choice import class_threshold, metrics_of
from nncli.nn.labels import predicted_classes, true_classes
from nncli.number_format import format_percent
from nncli.render.figures import style
from nncli.render.figures.classes import class_labels
from nncli.render.figures.figure_inputs import PartChoice, Request, predictions_of
from nncli.render.figures.palette import palette
from nncli.render.figures.registry import figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

    from nncli.model import Model

CELL, CHARACTER = 0.62, 0.075  # inches
SIDES = (1.9, CELL * 12)
MAX_WITH_SHARES, MAX_WITH_COUNTS, MAX_NAMED = 12, 25, 60  # classes
MAX_NAME_LENGTH = 24  # characters


@figure(
    shows="the confusion matrix: counts by true and predicted class",
    help="errors on a part of the data",
    needs="one class per sample",
    options=("--on", "--checkpoint"),
    place=30,
    pictures={"confusion": "digits/default"},
)
def draw(request: Request) -> Figure:
    """Draw the counts of a network's predictions on a part of its data."""
    return confusion(confusion_of(request.model(), request.part))


class Confusion(NamedTuple):
    """Counts of samples by true class (rows) and predicted class (columns)."""

    title: str
    counts: Array  # (classes, classes)
    names: list[str]


def confusion_of(model: Model, part: PartChoice | None) -> Confusion:
    """Return the confusion matrix of a network on a part of its data. Raises UsageError if it predicts no classes."""
    if model.data.task == "multilabel":
        message = "predicts several labels per sample, and the confusion matrix needs one class"
        raise UsageError(message, place=str(model.run.path), hint="use `nncli plot --what roc` for each label")
    if not model.data.class_names:
        hint = "use `nncli plot --what residuals` for the errors"
        raise UsageError("predicts numbers, not classes", place=str(model.run.path), hint=hint)
    predictions = predictions_of(model, part)
    size = len(model.data.class_names)
    threshold = class_threshold(metrics_of(model.experiment, model.data))
    cells = true_classes(predictions.t) * size + predicted_classes(predictions.y, threshold)
    counts = np.bincount(cells, minlength=size * size).reshape(size, size)
    accuracy = np.trace(counts) / max(counts.sum(), 1)
    title = f"{predictions.title}, {format_percent(accuracy, 1)} correct"
    return Confusion(title, counts, class_labels(model.data))


@style.apply()
def confusion(contents: Confusion) -> Figure:
    """Draw a cell for each pair of classes with its count and its share of the true class, which is also its colour."""
    size = len(contents.names)
    side = float(np.clip(CELL * size, *SIDES))
    figure, (axes,) = style.new_figure(1, (side + 2.4, side + 1.5))
    figure.set_layout_engine("compressed")  # suits square axes
    support = contents.counts.sum(axis=1, keepdims=True)
    shares = np.divide(contents.counts, support, out=np.full(contents.counts.shape, np.nan), where=support > 0)
    image = axes.imshow(shares, cmap=style.colour_map(palette().blue), vmin=0, vmax=1, interpolation="nearest")
    if size <= MAX_WITH_COUNTS:
        _write_counts(axes, image, contents.counts, shares)
    _write_names(axes, contents.names, side / size)
    style.title(figure, contents.title)
    bar = figure.colorbar(image, ax=axes, fraction=0.045, ticks=[0, 0.25, 0.5, 0.75, 1], format="{x:.0%}")
    bar.outline.set_visible(False)
    bar.set_label("share of the true class")
    return figure


def _write_counts(axes: Axes, image: AxesImage, counts: Array, shares: Array) -> None:
    """Write the counts, and the shares if there are few classes, in a colour that is readable on the cell."""
    with_shares = len(counts) <= MAX_WITH_SHARES
    for (row, column), count in np.ndenumerate(counts):
        share = float(shares[row, column])
        words = f"{count:,}" + (f"\n{format_percent(share)}" if with_shares and count else "")
        colour = style.readable_on(image.cmap(share)) if count else palette().muted
        axes.text(column, row, words, ha="center", va="center", color=colour, fontsize=8 if with_shares else 6)


def _write_names(axes: Axes, names: list[str], cell: float) -> None:
    """Write the classes along both axes, slanted if a name is wider than a cell, whose size is in inches."""
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.set(xlabel="predicted", ylabel="true")
    if len(names) > MAX_NAMED:
        axes.set(xticks=[], yticks=[])
        return
    short = [style.label(name, MAX_NAME_LENGTH) for name in names]
    is_slanted = CHARACTER * max(map(len, short)) > cell
    axes.set_yticks(range(len(names)), short)
    rotation: Any = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if is_slanted else {}
    axes.set_xticks(range(len(names)), short, **rotation)
