"""One panel in characters: a title, a frame with labels, and lines and points in it, drawn by uniplot."""

from __future__ import annotations

import functools
import math
import os
import re
from typing import Any, NamedTuple, TextIO

import numpy as np

from nncli.data.data import Array
from nncli.render.console import is_terminal
from nncli.render.limits import LARGEST, limits

SMALLEST = (20, 6)  # columns and rows of a panel
LABELS = 6  # columns beside the frame; wider labels make it narrower
SHORT = (1e-2, 1e6)  # between which numbers have short labels
AROUND = 4  # rows that are not the plot: title, frame, labels of the x axis
CODES = {"red": 31, "green": 32, "yellow": 33, "blue": 34, "magenta": 35, "cyan": 36, "white": 37}
COLOURS = ("blue", "red", "green", "magenta", "cyan", "yellow", "white")
COLOUR_OF = {str(code): name for name, code in CODES.items()}
ESCAPES = re.compile(r"\x1b\[(\d*)m")
# What uniplot draws around the characters of a plot in ASCII.
PLAIN = str.maketrans("│─┌┐└┘▁", "|-++++_")


class Look(NamedTuple):
    """What a terminal can show."""

    unicode: bool
    colour: bool


class Series(NamedTuple):
    """Points, or a line through them; `mark` stands for each where there are no colours."""

    x: Array
    y: Array
    colour: str
    mark: str
    line: bool = False
    name: str = ""


def look_of(file: TextIO) -> Look:
    """What the terminal behind a stream can show, by its encoding, the locale, TERM and NO_COLOR."""
    utf8 = (getattr(file, "encoding", None) or "").lower().replace("-", "") == "utf8"
    return Look(utf8 and _locale_has_unicode(), is_terminal(file) and not os.environ.get("NO_COLOR"))


def _locale_has_unicode() -> bool:
    """Whether the user's locale is one of UTF-8. Where it is C, Python itself makes LC_CTYPE C.UTF-8."""
    kind = os.environ.get("LC_CTYPE", "")
    names = (os.environ.get("LC_ALL"), "" if kind == "C.UTF-8" else kind, os.environ.get("LANG"))
    return "utf" in next((name for name in names if name), "C").lower()


def panel(
    title: str, series: list[Series], size: tuple[int, int], look: Look, *, marks: bool = False, **options: Any
) -> list[str]:
    """The lines of a panel of at most as many columns, and just as many rows.

    `marks` draws every series in characters of its own; without it these come only where the terminal has no more.
    """
    width, height = max(size[0], SMALLEST[0]), max(size[1], SMALLEST[1])
    drawn = [each for each in (_within(each, options) for each in series) if len(each.x)]
    names = [_named(each, look, marks or not look.unicode) for each in drawn if each.name]
    if not drawn:
        return [_cut(title, width), *_centred("no finite value", width, height - 1)]
    drawn, options, unit = _scaled(drawn, options)
    rows = _rows(drawn, width - 2 - LABELS, height - AROUND, look, marks, options)
    for _ in range(2):
        if (too_wide := max(map(visible, rows)) - width) <= 0:
            break
        rows = _rows(drawn, max(visible(rows[0]) - 2 - too_wide, 1), height - AROUND, look, marks, options)
    rows = [_cut("  ".join([f"{title}{unit}", *names]), width), *(_cut(row, width) for row in rows[: height - 1])]
    return [*rows, *[""] * (height - len(rows))]


def visible(row: str) -> int:
    """How many columns a row takes."""
    return len(ESCAPES.sub("", row).rstrip())


def coloured(row: str) -> list[tuple[str, str]]:
    """The pieces of a row, each after the code of its colour, which is empty or 0 for none."""
    first, *others = ESCAPES.split(row)
    return [("", first), *zip(others[::2], others[1::2], strict=True)]


def beside(left: list[str], right: list[str], width: int, between: int = 2) -> list[str]:
    """Two panels of one height next to each other, the second from a column on."""
    return [f"{a}{' ' * (width + between - len(ESCAPES.sub('', a)))}{b}" for a, b in zip(left, right, strict=True)]


def _scaled(series: list[Series], options: dict[str, Any]) -> tuple[list[Series], dict[str, Any], str]:
    """Limits for every axis, and numbers whose labels are short: where they are not, by a power of ten."""
    x, y = (np.concatenate([getattr(each, axis) for each in series]) for axis in "xy")
    ends = dict(zip(("x_min", "x_max"), limits(x), strict=True)) | options
    if options.get("y_as_log"):
        return series, ends, ""
    ends = dict(zip(("y_min", "y_max"), limits(y), strict=True)) | ends
    largest = max(abs(ends["y_min"]), abs(ends["y_max"]))
    if SHORT[0] <= largest < SHORT[1]:
        return series, ends, ""
    power = math.floor(math.log10(largest))
    ends |= {name: ends[name] / 10.0**power for name in ("y_min", "y_max")}
    return [each._replace(y=each.y / 10.0**power) for each in series], ends, f" (times 10^{power})"


def _rows(series: list[Series], width: int, height: int, look: Look, marks: bool, options: dict[str, Any]) -> list[str]:
    from uniplot import plot_to_string

    ascii_only = marks or not look.unicode
    draw = functools.partial(
        plot_to_string,
        xs=[each.x for each in series],
        ys=[each.y for each in series],
        lines=[each.line for each in series],
        color=[each.colour for each in series] if look.colour else False,
        character_set="ascii" if ascii_only else "braille",
        force_ascii_characters=[each.mark for each in series],
        width=width,
        height=height,
        **options,
    )
    try:
        with np.errstate(all="ignore"):
            text = draw()
    except (ArithmeticError, ValueError, IndexError):  # numbers that uniplot cannot count: no reason to stop training
        return _centred("these numbers cannot be drawn", width, height + AROUND - 1)
    for colour in {each.colour for each in series} if look.colour else ():
        text = text.replace(f"\x1b[0m\x1b[{CODES[colour]}m", "")  # uniplot colours each character by itself
    return [row.rstrip() for row in (text if look.unicode else text.translate(PLAIN)).split("\n")]


def _within(series: Series, options: dict[str, Any]) -> Series:
    """The finite points; what lies far outside the limits comes nearer, as uniplot counts columns and rows to it."""
    x, y = np.asarray(series.x, np.float64).reshape(-1), np.asarray(series.y, np.float64).reshape(-1)
    with np.errstate(invalid="ignore"):
        there = (np.abs(x) < LARGEST) & (np.abs(y) < LARGEST)
    x, y = x[there], y[there]
    if "y_min" in options:
        low, high = options["y_min"], options["y_max"]
        y = np.clip(y, low - (high - low), high + (high - low))
    return series._replace(x=x, y=y)


def _named(series: Series, look: Look, marks: bool) -> str:
    """A series in the title: its mark and its name, in its colour."""
    words = f"{series.mark} {series.name}" if marks else series.name
    return f"\x1b[{CODES[series.colour]}m{words}\x1b[0m" if look.colour else words


def _cut(row: str, width: int) -> str:
    """A row that is no wider than the panel; one with colours loses them where it is."""
    return row if visible(row) <= width else ESCAPES.sub("", row)[:width]


def _centred(words: str, width: int, height: int) -> list[str]:
    above = (height - 1) // 2
    return [*[""] * above, words.center(width).rstrip(), *[""] * (height - 1 - above)]
