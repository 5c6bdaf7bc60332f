"""The loss by epoch in characters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

import numpy as np

from nncli.data.data import Array
from nncli.render.terminal.canvas import CODES, COLOURS, Look, Series, panel

DECADES_FOR_LOG = 2.0
LOOKS = tuple(zip(COLOURS, "*o+x#@%", strict=True))
POINTS_A_COLUMN = 4


def loss_panel(
    named: Sequence[tuple[str, Array, Array]], last: float, size: tuple[int, int], look: Look, seeds: int = 1
) -> list[str]:
    """The loss of each of some names by epoch, up to a last epoch; on a log scale where it spans two decades.

    The names of several stand in the title; where they are empty, `legend` has room for longer ones. Of several seeds
    the losses are medians, which the title says.
    """
    finite = np.concatenate([losses[np.isfinite(losses)] for _, _, losses in named])
    positive = finite[finite > 0]
    log = len(positive) == len(finite) > 0 and np.log10(positive.max() / positive.min()) > DECADES_FOR_LOG
    series = [
        Series(*thinned(epochs, losses, size[0]), colour, mark, line=True, name=name if len(named) > 1 else "")
        for (name, epochs, losses), (colour, mark) in zip(named, cycle(LOOKS), strict=False)
    ]
    title = f"{'median of the loss' if seeds > 1 else 'loss'} by epoch{' (log scale)' if log else ''}"
    ends = {"x_min": 0.0, "x_max": max(float(last), 1.0)}
    # Without colours, several lines of dots would not be told apart.
    return panel(title, series, size, look, marks=len(named) > 1 and not look.colour, y_as_log=bool(log), **ends)


def legend(names: Sequence[str], look: Look) -> list[str]:
    """A row for each name, with its mark or in its colour."""
    return [
        f"\x1b[{CODES[colour]}m{name}\x1b[0m" if look.colour else f"{mark} {name}"
        for name, (colour, mark) in zip(names, cycle(LOOKS), strict=False)
    ]


def thinned(x: Array, y: Array, columns: int) -> tuple[Array, Array]:
    """The finite points, and of many only the lowest and the highest of each part of a column."""
    there = np.isfinite(y)
    x, y = x[there], y[there]
    parts = columns * POINTS_A_COLUMN // 2
    if len(x) <= 2 * parts:
        return x, y
    starts = np.linspace(0, len(x), parts, endpoint=False).astype(int)
    both = np.stack([np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)], axis=1)
    return np.repeat(x[starts], 2), both.reshape(-1)
