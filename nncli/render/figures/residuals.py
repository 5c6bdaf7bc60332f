"""By how much predictions miss: residuals against what was predicted, and how they are spread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nncli.arrays import Array
from nncli.errors import UsageError
from nncli.render.figures import style
from nncli.render.figures.figure_inputs import PartChoice, Predictions, Request, predictions_of
from nncli.render.figures.palette import palette
from nncli.render.figures.registry import figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from nncli.model import Model

MAX_TARGETS = 4
MAX_NAME_LENGTH = 30  # characters
MIN_BINS, MAX_BINS = 10, 60


@figure(
    shows="by how much predictions miss",
    help="where it is mistaken",
    needs="numbers as targets",
    options=("--on", "--checkpoint"),
    place=50,
    pictures={"residuals": "houses/default"},
)
def draw(request: Request) -> Figure:
    """Draw the residuals of a network on a part of its data."""
    return residuals(residuals_of(request.model(), request.part))


def residuals_of(model: Model, part: PartChoice | None) -> Predictions:
    """A run's predictions on a part of its data. Raises UsageError where it tells classes."""
    if model.data.task != "regression":
        what, figure = ("classes", "confusion") if model.data.class_names else ("labels", "roc")
        hint = f"`nncli plot --what {figure}` shows which it mistakes"
        raise UsageError(f"predicts {what}, and residuals are of numbers", place=str(model.run.path), hint=hint)
    return predictions_of(model, part)


@style.apply()
def residuals(shown: Predictions) -> Figure:
    """For each target, truth minus prediction over what was predicted, and beside it the histogram of the same."""
    names = [style.text(name, MAX_NAME_LENGTH) for name in shown.data.target_names][:MAX_TARGETS]
    predicted, true = style.drawable(shown.y), style.drawable(shown.t.reshape(shown.y.shape))
    figure = style.blank_figure((6.8, 0.6 + 3.1 * len(names)))
    panels = figure.subplots(len(names), 2, squeeze=False, sharey="row", width_ratios=(2.2, 1))
    left_out = len(shown.data.target_names) - len(names)
    style.title(figure, shown.title + (f", the first {len(names)} targets" if left_out else ""))
    for (scatter, histogram), name, y, t in zip(panels, names, predicted.T, true.T, strict=False):
        _against_predicted(scatter, y, t - y, name)
        _spread(histogram, t - y)
    return figure


def _against_predicted(axes: Axes, predicted: Array, missed: Array, name: str) -> None:
    axes.axhline(0, color=palette().muted, linewidth=0.8, zorder=1.5)
    style.plot_points(axes, predicted, missed, color=palette().blue, **style.edge())
    axes.set(xlabel=f"predicted {name}", ylabel=f"true − predicted\n{name}")
    axes.locator_params(axis="x", nbins=6)
    if not np.isfinite(missed).any():
        style.note(axes, "no finite prediction")


def _spread(axes: Axes, missed: Array) -> None:
    """The histogram, with the mean and the root of the mean square in its title."""
    axes.axhline(0, color=palette().muted, linewidth=0.8, zorder=1.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=True, axis="x")
    axes.set_xlabel("samples")
    axes.locator_params(axis="x", nbins=4, integer=True)
    missed = missed[np.isfinite(missed)]
    if not len(missed):
        return
    bins: Any = int(np.clip(np.sqrt(len(missed)) * 1.5, MIN_BINS, MAX_BINS))
    axes.hist(missed, bins=bins, orientation="horizontal", color=palette().blue, alpha=0.75)
    axes.set_title(f"mean {style.number(missed.mean())}\nRMSE {style.number(np.sqrt(np.mean(missed**2)))}")
