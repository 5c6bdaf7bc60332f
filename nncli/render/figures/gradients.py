"""How strong the gradient is in each layer, over the epochs: whether all layers learn, and none in leaps."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.arrays import Shape
from nncli.nn.layers.base import Arrays
from nncli.render.divergence import divergence_epoch
from nncli.render.figures import style
from nncli.render.figures.bands import finish_epochs
from nncli.render.figures.figure_inputs import Request, layer_labels, spread_out
from nncli.render.figures.registry import figure
from nncli.render.figures.snapshot_passes import SnapshotPasses
from nncli.render.figures.vertical_lines import legend_of_divergence

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from nncli.model import Model

PANEL = (4.4, 3.3)  # inches
MAX_SAMPLES = 10_000


@figure(
    shows="how strong the gradient is in each layer",
    help="each layer over the epochs",
    needs="snapshots",
    place=80,
    pictures={"gradients": "sine/default --dark"},
)
def draw(request: Request) -> Figure:
    """Draw the gradients of a run."""
    return gradients(gradients_of(request.model()))


class Gradients(NamedTuple):
    """For each layer with parameters, the norm of their gradient and of themselves (epochs,)."""

    title: str
    epochs: list[int]
    gradient: dict[str, NDArray[np.float64]]
    weights: dict[str, NDArray[np.float64]]
    diverged: int | None = None


def gradients_of(model: Model) -> Gradients:
    """The gradients of a run at each moment that it kept. Raises UsageError where it kept none.

    ‖g‖ = √Σ g² over all weights and biases of a layer, g the derivative of the loss over the training samples by each
    """
    passes = SnapshotPasses(model, MAX_SAMPLES)
    links = passes.network.links
    shown = spread_out([index for index, link in enumerate(links) if link.shapes])
    names = layer_labels(model.experiment.layers)
    epochs: list[int] = []
    norms = []
    for after, params in passes.weights_by_epoch():
        epochs.append(after)
        grads = passes.gradients(params)
        pairs = [(grads.links[index], params.links[index]) for index in shown]
        norms.append(
            [[_norm(each, links[index].shapes) for each in pair] for index, pair in zip(shown, pairs, strict=True)]
        )
    table = np.array(norms).transpose(1, 2, 0)
    of_layers = dict(zip((names[links[index].number] for index in shown), table, strict=True))
    return Gradients(
        passes.title,
        epochs,
        {name: both[0] for name, both in of_layers.items()},
        {name: both[1] for name, both in of_layers.items()},
        divergence_epoch(model.run),
    )


def _norm(arrays: Arrays, names: dict[str, Shape]) -> float:
    with np.errstate(all="ignore"):
        return float(np.sqrt(sum(np.sum(np.square(arrays[name])) for name in names)))


@style.apply()
def gradients(shown: Gradients) -> Figure:
    """The norm of each layer's gradient, and its ratio to the norm of what it changes, both on a log scale."""
    figure, (left, right) = style.new_figure(2, PANEL)
    for name, colour in zip(shown.gradient, style.colours(len(shown.gradient)), strict=True):
        gradient, weights = shown.gradient[name], shown.weights[name]
        with np.errstate(invalid="ignore"):
            ratio = np.divide(gradient, weights, out=np.full(len(weights), np.nan), where=weights > 0)
        style.plot_line(left, shown.epochs, gradient, color=colour, label=style.text(name))
        style.plot_line(right, shown.epochs, ratio, color=colour)
    for panel, label in ((left, "norm of the gradient"), (right, "norm of the gradient\n/ norm of the weights")):
        _log(panel)
        panel.set_ylabel(label)
        finish_epochs(panel, shown.epochs, shown.diverged)
    style.title(figure, shown.title)
    style.legend_below(figure, [*left.get_legend_handles_labels()[0], *legend_of_divergence(shown.diverged)])
    return figure


def _log(axes: Axes) -> None:
    """A log scale, where there is anything that it can show."""
    values = np.concatenate([np.asarray(line.get_ydata(), float) for line in axes.get_lines()])
    if np.any(values > 0):
        axes.set_yscale("log", nonpositive="mask")
    elif not np.isfinite(values).any():
        style.note(axes, "no finite value")
