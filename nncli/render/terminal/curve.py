"""The loss by epoch in characters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.render.terminal.canvas import Capabilities, Series, in_colour, panel
from nncli.render.terminal.marks import MARKS, REST, colours_and_marks, needs_marks

DECADES_FOR_LOG = 2.0
DIVERGED = "!"
POINTS_A_COLUMN = 4
ROOM = 0.01  # of the epochs, on either side


class Line(NamedTuple):
    """A loss by epoch, and the epochs at which it diverged, with words for the title."""

    name: str
    epochs: Array
    losses: Array
    diverged: Sequence[int] = ()
    words: str = ""


def loss_panel(
    lines: Sequence[Line], last: float, size: tuple[int, int], terminal: Capabilities, seeds: int = 1
) -> list[str]:
    """The loss of each of some names by epoch, up to a last epoch; on a log scale where it spans two decades.

    The names of several stand in the title; where they are empty, `legend` has room for longer ones. Of several seeds
    the losses are medians, which the title says.
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
    title = f"{'median of the loss' if seeds > 1 else 'loss'} by epoch{' (log scale)' if log else ''}"
    room = ROOM * last or 0.5
    ends: dict[str, Any] = {"x_min": -room, "x_max": last + room}
    marks = needs_marks(len(lines), terminal)
    return panel(title, [*series, *vertical_lines], size, terminal, marks=marks, log=bool(log), counts=True, **ends)


def legend(names: Sequence[str], terminal: Capabilities) -> list[str]:
    """A row for each name, with its mark or in its colour; one for all that share a mark."""
    marked = needs_marks(len(names), terminal) or not terminal.unicode
    rows = [
        in_colour(f"{mark} {name}" if marked else name, colour, terminal)
        for name, (colour, mark) in zip(names, colours_and_marks(min(len(names), len(MARKS))), strict=False)
    ]
    if len(names) > len(MARKS):
        rows.append(f"{REST} {len(names) - len(MARKS)} more")
    return rows


def thin(x: Array, y: Array, columns: int) -> tuple[Array, Array]:
    """The finite points, and of many only the lowest and the highest of each part of a column."""
    there = np.isfinite(y)
    x, y = x[there], y[there]
    parts = columns * POINTS_A_COLUMN // 2
    if len(x) <= 2 * parts:
        return x, y
    starts = np.linspace(0, len(x), parts, endpoint=False).astype(int)
    both = np.stack([np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)], axis=1)
    return np.repeat(x[starts], 2), both.reshape(-1)
