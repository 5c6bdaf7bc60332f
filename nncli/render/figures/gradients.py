"""The norm of each layer's gradient by epoch, which shows vanishing and exploding gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.arrays import Shape
from nncli.nn.layers.base import Arrays
from nncli.render.divergence import divergence_epoch
from nncli.render.figures import style
from nncli.render.figures.bands import finish_epochs
from nncli.render.figures.figure_inputs import Request, layer_labels, sample_layers
from nncli.render.figures.registry import figure
from nncli.render.figures.snapshot_passes import SnapshotPasses
from nncli.render.figures.vertical_lines import legend_of_divergence

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from nncli.model import Model

PANEL = (4.4, 3.3)  # inches
MAX_SAMPLES = 10_000


@figure(
    shows="the norm of the gradient in each layer by epoch",
    help="each layer by epoch",
    needs="snapshots",
    place=80,
    pictures={"gradients": "sine/default --dark"},
)
def draw(request: Request) -> Figure:
    """Draw the gradients of a run."""
    return gradients(gradients_of(request.model()))


class Gradients(NamedTuple):
    """The norms (epochs,) of the gradient and of the weights, for each layer with parameters."""

    title: str
    epochs: list[int]
    gradient: dict[str, NDArray[np.float64]]
    weights: dict[str, NDArray[np.float64]]
    diverged: int | None = None


def gradients_of(model: Model) -> Gradients:
    """Return the norms of a run's gradients at each snapshot. Raises UsageError if it has no snapshots.

    ‖g‖ = √Σ g² over all weights and biases of a layer, g the derivatives of the training loss
    """
    passes = SnapshotPasses(model, MAX_SAMPLES)
    links = passes.network.links
    indices = sample_layers([index for index, link in enumerate(links) if link.shapes])
    names = layer_labels(model.experiment.layers)
    epochs: list[int] = []
    norms = []
    for epoch, params in passes.weights_by_epoch():
        epochs.append(epoch)
        grads = passes.gradients(params)
        pairs = [(grads.links[index], params.links[index]) for index in indices]
        norms.append(
            [[_norm(each, links[index].shapes) for each in pair] for index, pair in zip(indices, pairs, strict=True)]
        )
    table = np.array(norms).transpose(1, 2, 0)
    by_layer = dict(zip((names[links[index].number] for index in indices), table, strict=True))
    return Gradients(
        passes.title,
        epochs,
        {name: gradient for name, (gradient, _) in by_layer.items()},
        {name: weights for name, (_, weights) in by_layer.items()},
        divergence_epoch(model.run),
    )


def _norm(arrays: Arrays, names: dict[str, Shape]) -> float:
    with np.errstate(all="ignore"):
        return float(np.sqrt(sum(np.sum(np.square(arrays[name])) for name in names)))


@style.apply()
def gradients(contents: Gradients) -> Figure:
    """Draw the norm of each layer's gradient, and its ratio to the norm of the weights, both on a log scale."""
    figure, (left, right) = style.new_figure(2, PANEL)
    for name, colour in zip(contents.gradient, style.colours(len(contents.gradient)), strict=True):
        gradient, weights = contents.gradient[name], contents.weights[name]
        with np.errstate(invalid="ignore"):
            ratio = np.divide(gradient, weights, out=np.full(len(weights), np.nan), where=weights > 0)
        style.plot_line(left, contents.epochs, gradient, color=colour, label=style.label(name))
        style.plot_line(right, contents.epochs, ratio, color=colour)
    for panel, label in ((left, "norm of the gradient"), (right, "norm of the gradient\n/ norm of the weights")):
        style.log_scale(panel)
        panel.set_ylabel(label)
        finish_epochs(panel, contents.epochs, contents.diverged)
    style.title(figure, contents.title)
    style.legend_below(figure, [*left.get_legend_handles_labels()[0], *legend_of_divergence(contents.diverged)])
    return figure
