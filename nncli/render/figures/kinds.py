"""The figures that can be drawn of one network, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from nncli.render.figures.activations import activations, activations_of
from nncli.render.figures.confusion import confusion, confusion_of
from nncli.render.figures.figure_inputs import On
from nncli.render.figures.fit import fit, fit_of
from nncli.render.figures.gradients import gradients, gradients_of
from nncli.render.figures.hidden import hidden_of
from nncli.render.figures.multilabel import curves_of, roc_by_label
from nncli.render.figures.network import network, network_of
from nncli.render.figures.residuals import residuals, residuals_of
from nncli.render.figures.roc import roc, roc_of
from nncli.render.figures.units import units
from nncli.render.figures.weights import weights, weights_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from nncli.model import Model


class Kind(NamedTuple):
    """How a figure of a network is drawn, and what it can be asked for."""

    draw: Callable[[Model, On | None], Figure]
    of_part: bool = False  # whether it shows one part of the data, which can be named
    over_epochs: bool = False  # whether it shows how the weights came about, and not those of one checkpoint


def _roc(model: Model, part: On | None) -> Figure:
    """A curve, or one for each label."""
    if model.data.task == "multilabel":
        return roc_by_label(curves_of(model, part))
    return roc(roc_of(model, part))


KINDS: dict[str, Kind] = {
    "fit": Kind(lambda model, part: fit(fit_of(model, part or "train")), of_part=True),
    "confusion": Kind(lambda model, part: confusion(confusion_of(model, part)), of_part=True),
    "roc": Kind(_roc, of_part=True),
    "residuals": Kind(lambda model, part: residuals(residuals_of(model, part)), of_part=True),
    "weights": Kind(lambda model, part: weights(weights_of(model)), over_epochs=True),
    "activations": Kind(lambda model, part: activations(activations_of(model)), over_epochs=True),
    "gradients": Kind(lambda model, part: gradients(gradients_of(model)), over_epochs=True),
    "network": Kind(lambda model, part: network(network_of(model))),
    "units": Kind(lambda model, part: units(hidden_of(model))),
}
