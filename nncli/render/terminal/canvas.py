"""One panel in characters: a title, a frame with labels, and lines and points in it, drawn by uniplot."""

from __future__ import annotations

import functools
import itertools
import os
import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple, TextIO

import numpy as np

from nncli.arrays import Array
from nncli.render.console import is_terminal
from nncli.render.limits import LARGEST
from nncli.render.terminal.axis import Axis, axis_of, label_row, row_labels

SMALLEST = (20, 6)  # columns and rows of a panel
AROUND = 4  # rows around the plot: title, frame, labels of the x axis
BRAILLE, ASCII = (2, 4), (1, 1)  # dots of a character, across and down
CODES = {"red": 31, "green": 32, "yellow": 33, "blue": 34, "magenta": 35, "cyan": 36, "white": 37}
COLOURS = ("blue", "red", "green", "magenta", "cyan", "yellow", "white")
COLOUR_OF = {str(code): name for name, code in CODES.items()}
ESCAPES = re.compile(r"\x1b\[(\d*)m")
# The frame that uniplot draws around a plot, in ASCII.
PLAIN = str.maketrans("│─┌┐└┘▁", "|-++++_")


class Capabilities(NamedTuple):
    """The capabilities of a terminal."""

    unicode: bool
    colour: bool


class Grid(NamedTuple):
    """The axes of a plot, its size in characters, and the dots of a character."""

    x: Axis
    y: Axis
    columns: int
    rows: int
    dots: tuple[int, int]


class Series(NamedTuple):
    """Points, a line through them, or vertical lines at each `x`. `mark` is their character if marks are drawn."""

    x: Array
    y: Array
    colour: str
    mark: str
    line: bool = False
    name: str = ""
    vertical: bool = False


def capabilities_of(file: TextIO) -> Capabilities:
    """Return the capabilities of the terminal behind a stream, from its encoding, the locale, TERM and NO_COLOR."""
    utf8 = (getattr(file, "encoding", None) or "").lower().replace("-", "") == "utf8"
    return Capabilities(utf8 and _locale_has_unicode(), is_terminal(file) and not os.environ.get("NO_COLOR"))


def _locale_has_unicode() -> bool:
    """Return whether the user's locale uses UTF-8. Ignore LC_CTYPE=C.UTF-8, which Python sets if the locale is C."""
    kind = os.environ.get("LC_CTYPE", "")
    names = (os.environ.get("LC_ALL"), "" if kind == "C.UTF-8" else kind, os.environ.get("LANG"))
    return "utf" in next((name for name in names if name), "C").lower()


def panel(
    title: str,
    series: list[Series],
    size: tuple[int, int],
    terminal: Capabilities,
    *,
    marks: bool = False,
    log: bool = False,
    log_x: bool = False,
    counts: bool = False,
    **ends: float,
) -> list[str]:
    """Return the lines of a panel of at most that many columns, and exactly that many rows.

    `marks` draws each series with its own character, as always on a terminal without Unicode. `log` is for the y axis,
    `log_x` for the x axis, `counts` for an x axis of whole numbers; `x_min`, `x_max`, `y_min` and `y_max` are limits.
    """
    width, height = max(size[0], SMALLEST[0]), max(size[1], SMALLEST[1])
    ascii_only = marks or not terminal.unicode
    drawn = [each for each in (_finite(each, ends) for each in series) if len(each.x)]
    names = [(_label(each, ascii_only), each.colour) for each in drawn if each.name]
    curves = [each for each in drawn if not each.vertical]
    if not curves:
        header = _header(title, names, width, height - AROUND, terminal)
        return [*header, *_centre("no finite value", width, height - len(header))]
    x = axis_of(np.concatenate([each.x for each in curves]), _pair(ends, "x"), log=log_x, whole=counts)
    y = axis_of(np.concatenate([each.y for each in curves]), _pair(ends, "y"), log=log)
    header = _header(f"{title} ({y.unit})" if y.unit else title, names, width, height - AROUND, terminal)
    dots = ASCII if ascii_only else BRAILLE
    rows = height - AROUND + 1 - len(header)
    labels = row_labels(y, rows, dots[1])
    columns = max(width - 3 - max(map(len, labels.values()), default=0), 1)
    scaled = [
        each._replace(x=x.transform(each.x), y=each.y if each.vertical else y.transform(each.y))
        for each in sorted(drawn, key=lambda each: not each.vertical)  # curves lie above vertical lines
    ]
    grid = Grid(x, y, columns, rows, dots)
    body = _body(_add_dots(scaled, grid), grid, terminal)
    body = [f"{row} {labels[number - 1]}" if number - 1 in labels else row for number, row in enumerate(body)]
    return [*header, *(_cut(row, width) for row in (*body, label_row(x, columns, dots[0], width)))]


def visible_width(row: str) -> int:
    """Return the width of a row on the screen."""
    return len(ESCAPES.sub("", row).rstrip())


def split_colours(row: str) -> list[tuple[str, str]]:
    """Split a row into pairs of a colour code and a text; the code is "" or 0 for text without a colour."""
    first, *others = ESCAPES.split(row)
    return [("", first), *zip(others[::2], others[1::2], strict=True)]


def side_by_side(left: list[str], right: list[str], width: int, between: int = 2) -> list[str]:
    """Join two panels of the same height side by side; the left one is padded to `width`."""
    return [f"{a}{' ' * (width + between - len(ESCAPES.sub('', a)))}{b}" for a, b in zip(left, right, strict=True)]


def _pair(ends: dict[str, float], axis: str) -> tuple[float, float] | None:
    return (ends[f"{axis}_min"], ends[f"{axis}_max"]) if f"{axis}_min" in ends else None


def _add_dots(series: list[Series], grid: Grid) -> list[Series]:
    """Fill vertical lines with a dot at every other position; lines in the same column alternate."""
    columns = [
        [grid.x.cell_index(x, grid.columns, grid.dots[0]) for x in each.x] if each.vertical else [] for each in series
    ]
    in_column, turn = Counter(itertools.chain(*columns)), Counter[int]()
    filled = []
    for each, places in zip(series, columns, strict=True):
        points = []
        for x, column in zip(each.x, places, strict=False):
            rows = np.arange(turn[column], grid.rows, in_column[column])
            places_above = (rows[:, np.newaxis] * grid.dots[1] + np.arange(0, grid.dots[1], 2)).reshape(-1)
            share = places_above / max(grid.rows * grid.dots[1] - 1, 1)
            points.append(np.stack([np.full(len(share), x), grid.y.low + share * (grid.y.high - grid.y.low)]))
            turn[column] += 1
        filled.append(each._replace(**dict(zip("xy", np.concatenate(points, axis=1), strict=True))) if points else each)
    return filled


def _zero(axis: Axis, cells: int, dots: int) -> list[float]:
    """Return the position of the line at zero, if any: the cell of its label, which uniplot may miss by one."""
    if axis.whole or axis.log or not axis.low <= 0 < axis.high:
        return []
    return [axis.cell_centre(axis.cell_index(0, cells, dots), cells)]


def _body(series: list[Series], grid: Grid, terminal: Capabilities) -> list[str]:
    """Return the frame and its contents."""
    from uniplot import plot_to_string

    x, y, columns, rows, dots = grid
    draw = functools.partial(
        plot_to_string,
        xs=[each.x for each in series],
        ys=[each.y for each in series],
        lines=[each.line for each in series],
        color=[each.colour for each in series] if terminal.colour else False,
        character_set="ascii" if dots == ASCII else "braille",
        force_ascii_characters=[each.mark for each in series],
        width=columns,
        height=rows,
        x_labels=False,
        y_labels=False,
        x_min=x.low,
        x_max=x.high,
        y_min=y.low,
        y_max=y.high,
        x_gridlines=_zero(x, columns, dots[0]),
        y_gridlines=_zero(y, rows, dots[1]),
    )
    try:
        with np.errstate(all="ignore"):
            text = draw()
    except (ArithmeticError, ValueError, IndexError):  # uniplot fails on extreme numbers, which must not end training
        return _centre("these numbers cannot be drawn", columns + 2, rows + 2)
    for colour in {each.colour for each in series} if terminal.colour else ():
        text = text.replace(f"\x1b[0m\x1b[{CODES[colour]}m", "")  # uniplot colours each character separately
    return [row.rstrip() for row in (text if terminal.unicode else text.translate(PLAIN)).split("\n")]


def _finite(series: Series, ends: dict[str, float]) -> Series:
    """Return the finite points, clipped to near the limits: uniplot counts the rows up to each point."""
    x, y = np.asarray(series.x, np.float64).reshape(-1), np.asarray(series.y, np.float64).reshape(-1)
    if series.vertical:
        return series._replace(x=x)
    with np.errstate(invalid="ignore"):
        finite = (np.abs(x) < LARGEST) & (np.abs(y) < LARGEST)
    x, y = x[finite], y[finite]
    if limited := _pair(ends, "y"):
        low, high = limited
        y = np.clip(y, low - (high - low), high + (high - low))
    return series._replace(x=x, y=y)


def _label(series: Series, marks: bool) -> str:
    """Return the name of a series, after its mark if marks are drawn."""
    return f"{series.mark} {series.name}" if marks else series.name


def _header(title: str, names: Sequence[tuple[str, str]], width: int, most: int, terminal: Capabilities) -> list[str]:
    """Return the title followed by the names in their colours, in at most that many rows."""
    rows, room = [_cut(title, width)], width - len(title)
    for name, colour in names:
        name, gap = _cut(name, width), "  "
        if room < len(name) + len(gap):
            if len(rows) == most:
                break
            rows.append("")
            room, gap = width, ""
        rows[-1] += gap + in_colour(name, colour, terminal)
        room -= len(name) + len(gap)
    return rows


def in_colour(words: str, colour: str, terminal: Capabilities) -> str:
    """Colour words if the terminal has colours."""
    return f"\x1b[{CODES[colour]}m{words}\x1b[0m" if terminal.colour else words


def _cut(row: str, width: int) -> str:
    """Cut a row to the width of the panel; it then loses its colours."""
    return row if visible_width(row) <= width else ESCAPES.sub("", row)[:width]


def _centre(words: str, width: int, height: int) -> list[str]:
    above = (height - 1) // 2
    return [*[""] * above, words.center(width).rstrip(), *[""] * (height - 1 - above)]
