"""The curves of a range test: the loss by learning rate, for each seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nncli.remedies.lr_range import RangeTest
from nncli.render.figures import style
from nncli.render.figures.palette import palette
from nncli.render.figures.vertical_lines import plot_vertical_line, vertical_line_entry

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PANEL = (5.2, 3.6)  # inches
RAW = 0.35  # opacity of the losses before smoothing


@style.apply()
def range_test(test: RangeTest, name: str) -> Figure:
    """Draw the smoothed losses over the raw ones, and a dotted line at the suggested rate."""
    figure, (axes,) = style.new_figure(1, PANEL)
    curves = [curve for curve in test.curves if curve.rates]
    for curve, colour in zip(curves, style.colours(len(curves)), strict=True):
        style.plot_line(axes, curve.rates, curve.losses, color=colour, alpha=RAW, linewidth=0.7)
        style.plot_line(axes, curve.rates, curve.smoothed, color=colour, label=f"seed {curve.seed}")
    plot_vertical_line(axes, test.learning_rate, palette().muted)
    axes.set_xscale("log")
    smoothed = np.concatenate([curve.smoothed for curve in curves])
    low, high = float(smoothed.min()), float(smoothed.max())
    margin = 0.08 * (high - low)
    axes.set(xlabel="learning rate", ylabel="loss, smoothed and raw", ylim=(low - margin, high + margin))
    style.title(figure, f"{name}: range test")
    entry = vertical_line_entry(f"suggestion {test.learning_rate:g}")
    style.legend_below(figure, [*axes.get_legend_handles_labels()[0], entry])
    return figure
