"""The receiver operating characteristic (ROC) of two classes or of each label."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.errors import UsageError
from nncli.nn.labels import true_classes
from nncli.number_format import format_number, format_percent
from nncli.render.figures import style
from nncli.render.figures.classes import class_labels
from nncli.render.figures.figure_inputs import PartChoice, Request, predictions_of
from nncli.render.figures.multilabel import curves_of, roc_by_label
from nncli.render.figures.palette import palette
from nncli.render.figures.registry import figure
from nncli.render.figures.roc_points import FIGURE_SIZE, points

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from nncli.model import Model

THRESHOLD = 0.5


@figure(
    shows="the ROC curve and the area under it",
    help="errors on a part of the data",
    needs="two classes, or labels",
    options=("--on", "--checkpoint"),
    place=40,
    pictures={"roc": "spiral/default"},
)
def draw(request: Request) -> Figure:
    """Draw the ROC curve of a network on a part of its data, or one for each label."""
    model = request.model()
    if model.data.task == "multilabel":
        return roc_by_label(curves_of(model, request.part))
    return roc(roc_of(model, request.part))


class Roc(NamedTuple):
    """Scores (n,), higher for the second class, and whether each sample belongs to it."""

    title: str
    scores: Array
    positive: Array
    name: str  # of the second class
    threshold: float = THRESHOLD


def roc_of(model: Model, part: PartChoice | None) -> Roc:
    """Return the scores of a network on a part of its data.

    Raises UsageError unless there are two classes, samples of both, and finite predictions.
    """
    names, place = class_labels(model.data), str(model.run.path)
    if len(names) != 2:
        count = len(names) or "no"
        hint = f"use `nncli plot --what {'confusion' if names else 'residuals'}` for the errors"
        raise UsageError(f"an ROC curve needs two classes, and this data has {count} classes", place=place, hint=hint)
    predictions = predictions_of(model, part)
    positive = true_classes(predictions.t) == 1
    if positive.all() or not positive.any():
        only = names[int(positive.all())]
        message = f"an ROC curve needs samples of both classes, and all are of {only}"
        raise UsageError(message, place=place, hint="choose another part of the data with --on")
    scores = predictions.y[:, -1]
    if not np.isfinite(scores).all():
        hint = "use `nncli plot` to see where training diverged"
        raise UsageError("an ROC curve needs finite predictions", place=place, hint=hint)
    return Roc(predictions.title, scores, positive, names[1])


@style.apply()
def roc(contents: Roc) -> Figure:
    """Draw the curve with the area under it, the diagonal of random guessing, and the point of the threshold."""
    colours, curve = palette(), points(contents.scores, contents.positive)
    figure, (axes,) = style.new_figure(1, FIGURE_SIZE)
    axes.plot(
        [0, 1],
        [0, 1],
        color=colours.muted,
        linewidth=0.8,
        linestyle=style.VALIDATION,
        label="random guessing: area 0.5",
    )
    label = f"area under the curve: {format_number(curve.area)}"
    axes.fill_between(curve.false_positive, curve.true_positive, color=colours.blue, alpha=0.12, linewidth=0)
    axes.plot(*curve, color=colours.blue, linewidth=1.6, label=label)
    above = contents.scores > contents.threshold
    x, y = above[~contents.positive].mean(), above[contents.positive].mean()
    rates = f"{format_percent(y, 1)} true, {format_percent(x, 1)} false positives"
    label = f"threshold {contents.threshold:g}: {rates}"
    axes.plot(x, y, "o", color=colours.vermilion, markersize=6, clip_on=False, zorder=5, label=label, **style.edge())
    axes.grid(visible=True, axis="both")
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xlabel="false positive rate")
    axes.set_ylabel(f"true positive rate ({style.label(contents.name, 24)})")
    style.title(figure, contents.title)
    style.legend_below(figure, axes.get_legend_handles_labels()[0][::-1])
    return figure
