"""The residuals of predictions: against the predicted values, and as a histogram."""

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
    shows="residuals against predicted values, and their histogram",
    help="errors on a part of the data",
    needs="numeric targets",
    options=("--on", "--checkpoint"),
    place=50,
    pictures={"residuals": "houses/default"},
)
def draw(request: Request) -> Figure:
    """Draw the residuals of a network on a part of its data."""
    return residuals(residuals_of(request.model(), request.part))


def residuals_of(model: Model, part: PartChoice | None) -> Predictions:
    """Return the predictions on a part of the data. Raises UsageError if the network predicts classes or labels."""
    if model.data.task != "regression":
        kind, alternative = ("classes", "confusion") if model.data.class_names else ("labels", "roc")
        hint = f"use `nncli plot --what {alternative}` for the errors"
        raise UsageError(f"predicts {kind}, and residuals need numbers", place=str(model.run.path), hint=hint)
    return predictions_of(model, part)


@style.apply()
def residuals(predictions: Predictions) -> Figure:
    """Draw for each target the residuals (true − predicted) against the predicted values, and their histogram."""
    names = [style.label(name, MAX_NAME_LENGTH) for name in predictions.data.target_names][:MAX_TARGETS]
    predicted, true = style.drawable(predictions.y), style.drawable(predictions.t.reshape(predictions.y.shape))
    figure = style.blank_figure((6.8, 0.6 + 3.1 * len(names)))
    panels = figure.subplots(len(names), 2, squeeze=False, sharey="row", width_ratios=(2.2, 1))
    left_out = len(predictions.data.target_names) - len(names)
    style.title(figure, predictions.title + (f", the first {len(names)} targets" if left_out else ""))
    for (scatter, histogram), name, y, t in zip(panels, names, predicted.T, true.T, strict=False):
        _scatter(scatter, y, t - y, name)
        _histogram(histogram, t - y)
    return figure


def _scatter(axes: Axes, predicted: Array, residual: Array, name: str) -> None:
    axes.axhline(0, color=palette().muted, linewidth=0.8, zorder=1.5)
    style.plot_points(axes, predicted, residual, color=palette().blue, **style.edge())
    axes.set(xlabel=f"predicted {name}", ylabel=f"true − predicted\n{name}")
    axes.locator_params(axis="x", nbins=6)
    if not np.isfinite(residual).any():
        style.note(axes, "no finite prediction")


def _histogram(axes: Axes, residual: Array) -> None:
    """Draw the histogram, with the mean and the root mean square in its title."""
    axes.axhline(0, color=palette().muted, linewidth=0.8, zorder=1.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=True, axis="x")
    axes.set_xlabel("samples")
    axes.locator_params(axis="x", nbins=4, integer=True)
    residual = residual[np.isfinite(residual)]
    if not len(residual):
        return
    bins: Any = int(np.clip(np.sqrt(len(residual)) * 1.5, MIN_BINS, MAX_BINS))
    axes.hist(residual, bins=bins, orientation="horizontal", color=palette().blue, alpha=0.75)
    axes.set_title(
        f"mean {style.format_number(residual.mean())}\nRMSE {style.format_number(np.sqrt(np.mean(residual**2)))}"
    )
