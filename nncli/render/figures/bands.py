"""The distribution of numbers by epoch: the median, and bands of the middle half, the middle 90% and all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nncli.arrays import Array
from nncli.render.figures import style
from nncli.render.figures.palette import palette
from nncli.render.figures.vertical_lines import plot_vertical_line

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

PERCENTILES = (0, 5, 25, 50, 75, 95, 100)
MIDDLE = PERCENTILES.index(50)
BANDS = {"all": 0.14, "middle 90%": 0.22, "middle half": 0.36}  # opacities
DENSER, TICKS = 4, 4


def percentiles(values: Array) -> NDArray[np.float64]:
    """Return the percentiles (7,) of the finite values, NaN if there are none."""
    flat = style.drawable(values).reshape(-1)
    finite = flat[np.isfinite(flat)]
    return np.percentile(finite, PERCENTILES) if len(finite) else np.full(len(PERCENTILES), np.nan)


def draw_bands(
    axes: Axes, epochs: Sequence[int], spread: NDArray[np.float64], colour: Any, diverged: int | None = None
) -> None:
    """Draw percentiles (epochs, 7) as bands, and the median as a line."""
    for depth, strength in enumerate(BANDS.values()):
        axes.fill_between(epochs, spread[:, depth], spread[:, -1 - depth], color=colour, alpha=strength, linewidth=0)
    style.plot_line(axes, epochs, spread[:, MIDDLE], color=colour)
    if not np.isfinite(spread).any():
        style.note(axes, "no finite value")
    finish_epochs(axes, epochs, diverged)


def finish_epochs(axes: Axes, epochs: Sequence[int], diverged: int | None = None) -> None:
    """Finish the axis of epochs. If the first are much denser than the last, scale them by their square root.

    A dotted line marks the epoch at which training diverged.
    """
    if diverged is not None:
        plot_vertical_line(axes, diverged, palette().muted)
    axes.set_xlabel("epochs trained")
    style.integer_ticks(axes, float(epochs[0]), float(epochs[-1]))
    if len(epochs) < 3 or epochs[-1] - epochs[-2] < DENSER * (epochs[1] - epochs[0]):
        return
    axes.set_xscale("function", functions=(lambda x: np.sqrt(np.maximum(x, 0)), np.square))
    ticks = epochs[-1] * (np.arange(TICKS + 1) / TICKS) ** 2
    rounded = [float(f"{tick:.1g}") for tick in ticks[:-1]]
    axes.set_xticks([*dict.fromkeys(rounded), epochs[-1]])
    axes.set_xlim(0, epochs[-1])
    axes.set_xlabel("epochs trained (square-root scale)")


def legend_of_bands(colour: Any) -> Iterable[Artist]:
    """Yield the entries of the legend for the median and the bands."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    yield Line2D([], [], color=colour, label="median")
    opacity = 0.0
    shades = []
    for name, strength in BANDS.items():
        opacity = 1 - (1 - opacity) * (1 - strength)  # the bands overlap
        shades.append(Patch(color=style.blend(palette().page, colour, opacity), linewidth=0, label=name))
    yield from reversed(shades)
