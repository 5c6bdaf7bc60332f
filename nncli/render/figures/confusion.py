"""Which classes are taken for which: counts of samples by true and predicted class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.errors import UsageError
from nncli.metric_choice import class_threshold, metrics_of
from nncli.nn.labels import predicted_classes, true_classes
from nncli.render.figures import style
from nncli.render.figures.classes import class_labels
from nncli.render.figures.figure_inputs import PartChoice, Request, predictions_of
from nncli.render.figures.palette import palette
from nncli.render.figures.registry import figure
from nncli.render.number_format import format_percent

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
    shows="which classes it takes for which",
    help="where it is mistaken",
    needs="classes, one a sample",
    options=("--on", "--checkpoint"),
    place=30,
    pictures={"confusion": "digits/default"},
)
def draw(request: Request) -> Figure:
    """Draw the counts of a network's predictions on a part of its data."""
    return confusion(confusion_of(request.model(), request.part))


class Confusion(NamedTuple):
    """How many samples of each true class (a row) were predicted to be of each class (a column)."""

    title: str
    counts: Array  # (classes, classes)
    names: list[str]


def confusion_of(model: Model, part: PartChoice | None) -> Confusion:
    """The confusion of a run's network on a part of its data. Raises UsageError where it does not tell classes."""
    if model.data.task == "multilabel":
        message = "predicts labels, of which a sample can have any number, and confusion is of classes"
        raise UsageError(message, place=str(model.run.path), hint="`nncli plot --what roc` shows each label")
    if not model.data.class_names:
        hint = "`nncli plot --what residuals` shows by how much it is mistaken"
        raise UsageError("predicts numbers, not classes", place=str(model.run.path), hint=hint)
    found = predictions_of(model, part)
    size = len(model.data.class_names)
    threshold = class_threshold(metrics_of(model.experiment, model.data))
    cells = true_classes(found.t) * size + predicted_classes(found.y, threshold)
    counts = np.bincount(cells, minlength=size * size).reshape(size, size)
    right = np.trace(counts) / max(counts.sum(), 1)
    return Confusion(f"{found.title}, {format_percent(right, 1)} right", counts, class_labels(model.data))


@style.apply()
def confusion(shown: Confusion) -> Figure:
    """A cell for each pair of classes: the count, and the share of those of the true class as colour and in percent."""
    size = len(shown.names)
    side = float(np.clip(CELL * size, *SIDES))
    figure, (axes,) = style.new_figure(1, (side + 2.4, side + 1.5))
    figure.set_layout_engine("compressed")  # made for squares
    support = shown.counts.sum(axis=1, keepdims=True)
    shares = np.divide(shown.counts, support, out=np.full(shown.counts.shape, np.nan), where=support > 0)
    image = axes.imshow(shares, cmap=style.ramp(palette().blue), vmin=0, vmax=1, interpolation="nearest")
    if size <= MAX_WITH_COUNTS:
        _write(axes, image, shown.counts, shares)
    _name(axes, shown.names, side / size)
    style.title(figure, shown.title)
    bar = figure.colorbar(image, ax=axes, fraction=0.045, ticks=[0, 0.25, 0.5, 0.75, 1], format="{x:.0%}")
    bar.outline.set_visible(False)
    bar.set_label("share of the true class")
    return figure


def _write(axes: Axes, image: AxesImage, counts: Array, shares: Array) -> None:
    """The numbers, in that of two colours which can be read on the cell's own."""
    with_shares = len(counts) <= MAX_WITH_SHARES
    for (row, column), count in np.ndenumerate(counts):
        share = float(shares[row, column])
        words = f"{count:,}" + (f"\n{format_percent(share)}" if with_shares and count else "")
        colour = style.readable_on(image.cmap(share)) if count else palette().muted
        axes.text(column, row, words, ha="center", va="center", color=colour, fontsize=8 if with_shares else 6)


def _name(axes: Axes, names: list[str], room: float) -> None:
    """The classes at both axes, slanted where a cell has too little room, in inches, for a name."""
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.set(xlabel="predicted", ylabel="true")
    if len(names) > MAX_NAMED:
        axes.set(xticks=[], yticks=[])
        return
    short = [style.text(name, MAX_NAME_LENGTH) for name in names]
    slanted = CHARACTER * max(map(len, short)) > room
    axes.set_yticks(range(len(names)), short)
    turned: Any = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if slanted else {}
    axes.set_xticks(range(len(names)), short, **turned)
