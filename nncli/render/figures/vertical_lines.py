"""Vertical lines at the epoch at which training diverged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nncli.render.divergence import divergence_text
from nncli.render.figures.palette import palette

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

DASH, WIDTH = 2.0, 1.0  # in points


def plot_vertical_line(axes: Axes, x: float, colour: Any, turn: int = 0, turns: int = 1) -> None:
    """Draw a dotted vertical line behind the others. The dots of several lines at the same x alternate."""
    period = DASH * max(turns, 2)
    dashes = (DASH * turn, (DASH, period - DASH))
    axes.axvline(x, color=colour, linestyle=dashes, linewidth=WIDTH, zorder=1.5)


def vertical_line_entry(label: str) -> Line2D:
    """Return the legend entry of a vertical line."""
    from matplotlib.lines import Line2D

    return Line2D([], [], color=palette().muted, linewidth=WIDTH, linestyle=(0, (DASH, DASH)), label=label)


def legend_of_divergence(diverged: int | None) -> list[Line2D]:
    """Return the legend entry of the epoch at which training diverged, if it did."""
    return [] if diverged is None else [vertical_line_entry(divergence_text([diverged]))]
