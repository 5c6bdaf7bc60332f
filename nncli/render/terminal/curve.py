"""The loss by epoch in characters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.render.terminal.canvas import Capabilities, Series, in_colour, panel
from nncli.render.terminal.marks import MARKS, OVERFLOW, colours_and_marks, needs_marks

DECADES_FOR_LOG = 2.0
DIVERGED = "!"
MAX_POINTS = 4  # for each column
MARGIN = 0.01  # on either side, as a share of the epochs


class Line(NamedTuple):
    """A loss by epoch, and the epochs at which it diverged, with their text in the title."""

    name: str
    epochs: Array
    losses: Array
    diverged: Sequence[int] = ()
    words: str = ""


def loss_panel(
    lines: Sequence[Line], last: float, size: tuple[int, int], terminal: Capabilities, seeds: int = 1
) -> list[str]:
    """Return a panel of losses by epoch, up to the last epoch, on a log scale if they span more than two decades.

    The title contains the names of the lines if there are several. Leave long names empty and print a `legend`. With
    several seeds, the losses are medians, and the title says so.
    """
    finite = np.concatenate([line.losses[np.isfinite(line.losses)] for line in lines])
    positive = finite[finite > 0]
    log = len(positive) == len(finite) > 0 and np.log10(positive.max() / positive.min()) > DECADES_FOR_LOG
    series, vertical_lines = [], []
    for line, (colour, mark) in zip(lines, colours_and_marks(len(lines)), strict=True):
        name = line.name if len(lines) > 1 else ""
        series.append(Series(*thin(line.epochs, line.losses, size[0]), colour, mark, line=True, name=name))
        if line.diverged:
            x = np.array(line.diverged, float)
            mark = DIVERGED if line.words else mark
            vertical_lines.append(Series(x, np.zeros(len(x)), colour, mark, name=line.words, vertical=True))
    title = f"{'median loss' if seeds > 1 else 'loss'} by epoch{' (log scale)' if log else ''}"
    margin = MARGIN * last or 0.5
    ends: dict[str, Any] = {"x_min": -margin, "x_max": last + margin}
    marks = needs_marks(len(lines), terminal)
    return panel(title, [*series, *vertical_lines], size, terminal, marks=marks, log=bool(log), counts=True, **ends)


def legend(names: Sequence[str], terminal: Capabilities) -> list[str]:
    """Return a row for each name with its mark or in its colour, and one row for all names that share a mark."""
    marked = needs_marks(len(names), terminal) or not terminal.unicode
    rows = [
        in_colour(f"{mark} {name}" if marked else name, colour, terminal)
        for name, (colour, mark) in zip(names, colours_and_marks(min(len(names), len(MARKS))), strict=False)
    ]
    if len(names) > len(MARKS):
        rows.append(f"{OVERFLOW} {len(names) - len(MARKS)} more")
    return rows


def thin(x: Array, y: Array, columns: int) -> tuple[Array, Array]:
    """Return the finite points; if they are many, only the lowest and the highest in each half column."""
    finite = np.isfinite(y)
    x, y = x[finite], y[finite]
    parts = columns * MAX_POINTS // 2
    if len(x) <= 2 * parts:
        return x, y
    starts = np.linspace(0, len(x), parts, endpoint=False).astype(int)
    extremes = np.stack([np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)], axis=1)
    return np.repeat(x[starts], 2), extremes.reshape(-1)
