"""The scan of initial weights: signal and gradient by layer, a line for each initializer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from nncli.remedies.init_scan import GRADIENT, SIGNAL, InitScales
from nncli.render.figures import style
from nncli.render.figures.palette import palette

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANEL = (4.2, 3.2)  # inches


@style.apply()
def init_scan(scans: Sequence[InitScales], name: str) -> Figure:
    """Draw a panel for signals and one for gradients, on log scales, with the healthy bands shaded."""
    from matplotlib.patches import Patch

    figure, (left, right) = style.new_figure(2, PANEL)
    colours = style.colours(len(scans))
    _draw(left, [[each.signal for each in scan.layers] for scan in scans], scans, colours)
    _draw(right, [[each.gradient for each in scan.layers] for scan in scans], scans, colours)
    layers = [each.layer for each in scans[0].layers]
    hidden = layers[:-1]
    if hidden:  # the signal of the last layer has no band
        left.fill_between([hidden[0] - 0.3, hidden[-1] + 0.3], *SIGNAL, color=palette().faint, zorder=0.5)
    right.axhspan(*GRADIENT, color=palette().faint, zorder=0.5)
    left.set(ylabel="signal: rms of the outputs")
    right.set(ylabel="gradient: rms by the weights")
    style.title(figure, f"{name}: initial weights")
    band = Patch(color=palette().faint, label="healthy")
    style.legend_below(figure, [*left.get_legend_handles_labels()[0], band])
    return figure


def _draw(
    axes: Axes, scales: Sequence[Sequence[float | None]], scans: Sequence[InitScales], colours: Sequence[object]
) -> None:
    """Draw a line for each initializer, with gaps for zeros and numbers that are not finite."""
    for values, scan, colour in zip(scales, scans, colours, strict=True):
        y = np.array([value or np.nan for value in values], np.float64)
        x = [each.layer for each in scan.layers]
        style.plot_line(axes, x, y, color=colour, marker="o", markersize=3.5, label=style.label(scan.name))
    style.log_scale(axes)
    axes.grid(visible=False)
    axes.set_xlabel("layer")
    style.integer_ticks(axes, x[0] - 0.3, x[-1] + 0.3)
