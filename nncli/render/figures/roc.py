"""How well two classes can be told apart at any threshold: the receiver operating characteristic."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.errors import UsageError
from nncli.nn.labels import true_classes
from nncli.render.figures import style
from nncli.render.figures.classes import class_labels
from nncli.render.figures.figure_inputs import PartChoice, Request, predictions_of
from nncli.render.figures.multilabel import curves_of, roc_by_label
from nncli.render.figures.palette import palette
from nncli.render.figures.registry import figure
from nncli.render.figures.roc_points import FIGURE_SIZE, points
from nncli.render.number_format import format_number, format_percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from nncli.model import Model

THRESHOLD = 0.5


@figure(
    shows="how well two classes can be told apart at any threshold",
    help="where it is mistaken",
    needs="two classes, or labels",
    options=("--on", "--checkpoint"),
    place=40,
    pictures={"roc": "spiral/default"},
)
def draw(request: Request) -> Figure:
    """Draw the curve of a network on a part of its data, or one for each label."""
    model = request.model()
    if model.data.task == "multilabel":
        return roc_by_label(curves_of(model, request.part))
    return roc(roc_of(model, request.part))


class Roc(NamedTuple):
    """Scores (n,), the higher the likelier is the second class, and whether each sample is of it."""

    title: str
    scores: Array
    positive: Array
    name: str  # of the second class
    threshold: float = THRESHOLD


def roc_of(model: Model, part: PartChoice | None) -> Roc:
    """The scores of a run's network on a part of its data.

    Raises UsageError where there are not two classes, or where all samples are of one.
    """
    names, place = class_labels(model.data), str(model.run.path)
    if len(names) != 2:
        found = len(names) or "no"
        hint = f"`nncli plot --what {'confusion' if names else 'residuals'}` shows where it is mistaken"
        raise UsageError(f"roc is for two classes, and this data has {found} classes", place=place, hint=hint)
    shown = predictions_of(model, part)
    positive = true_classes(shown.t) == 1
    if positive.all() or not positive.any():
        only = names[int(positive.all())]
        message = f"roc needs samples of both classes, and all are of {only}"
        raise UsageError(message, place=place, hint="choose another part of the data with --on")
    scores = shown.y[:, -1]
    if not np.isfinite(scores).all():
        hint = "`nncli plot` shows where training diverged"
        raise UsageError("roc needs finite predictions", place=place, hint=hint)
    return Roc(shown.title, scores, positive, names[1])


@style.apply()
def roc(shown: Roc) -> Figure:
    """The curve with the area under it, the diagonal of mere guessing, and where the threshold of 0.5 stands."""
    colours, curve = palette(), points(shown.scores, shown.positive)
    figure, (axes,) = style.new_figure(1, FIGURE_SIZE)
    axes.plot([0, 1], [0, 1], color=colours.muted, linewidth=0.8, linestyle=style.VALIDATION, label="guessing: 0.5")
    label = f"area under the curve: {format_number(curve.area)}"
    axes.fill_between(curve.false_positive, curve.true_positive, color=colours.blue, alpha=0.12, linewidth=0)
    axes.plot(*curve, color=colours.blue, linewidth=1.6, label=label)
    above = shown.scores > shown.threshold
    x, y = above[~shown.positive].mean(), above[shown.positive].mean()
    label = f"threshold {shown.threshold:g}: {format_percent(y, 1)} found, {format_percent(x, 1)} false alarms"
    axes.plot(x, y, "o", color=colours.vermilion, markersize=6, clip_on=False, zorder=5, label=label, **style.edge())
    axes.grid(visible=True, axis="both")
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xlabel="false positive rate")
    axes.set_ylabel(f"true positive rate ({style.text(shown.name, 24)})")
    style.title(figure, shown.title)
    style.legend_below(figure, axes.get_legend_handles_labels()[0][::-1])
    return figure
