"""The axes of a plot in characters: limits, ticks, and their positions.

uniplot rounds its ticks to the fewest digits that distinguish them, so that 0.5 and 1 become 0 and 1.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.render.limits import limits

UNSCALED = (1e-2, 1e6)  # numbers in this range are drawn without a power of ten
MIN_SPAN = 1e-8  # of an axis, relative to its largest value: about the precision of float32
TINY = 1e-300
PLAIN_EXPONENTS = range(-4, 5)  # on a log scale: labels 0.0001 to 10000, others as 10^5
MIN_COLUMNS, MIN_ROWS = 8, 3  # for each tick
FACTORS = (1, 2, 5)  # of steps between ticks


class Tick(NamedTuple):
    """A position on an axis, in the numbers that are drawn, and its label."""

    value: float
    label: str


class Axis(NamedTuple):
    """The limits of an axis in the numbers that are drawn: values divided by a power of ten, or their logarithms."""

    low: float
    high: float
    power: int = 0
    log: bool = False
    whole: bool = False  # ticks are whole numbers, as of epochs

    def transform(self, values: Array) -> Array:
        """Convert values to the numbers that are drawn."""
        return np.log10(values) if self.log else values / 10.0**self.power

    @property
    def unit(self) -> str:
        """The power of ten by which labels must be multiplied, or ""."""
        return f"times 10^{self.power}" if self.power else ""

    def cell_index(self, value: float, cells: int, dots: int) -> int:
        """Return the index of the cell in which uniplot draws a value; a cell has that many dots along the axis."""
        dot = round((value - self.low) / (self.high - self.low) * (cells * dots - 1))
        return min(max(dot // dots, 0), cells - 1)

    def cell_centre(self, cell: int, cells: int) -> float:
        """Return the number at the centre of a cell."""
        return self.low + (cell + 0.5) / cells * (self.high - self.low)

    def ticks(self, most: int) -> list[Tick]:
        """Return at most that many ticks at multiples of 1, 2 or 5 times a power of ten, at least two if possible."""
        exponent = math.floor(math.log10((self.high - self.low) / most)) - 1
        if self.whole or self.log:
            exponent = max(exponent, 0)
        finer: list[Tick] = []
        while True:
            for factor in FACTORS:
                ticks = self._multiples(factor, exponent)
                if len(ticks) <= most:
                    return ticks if len(ticks) > 1 or not finer else [finer[0], finer[-1]]
                finer = ticks
            exponent += 1

    def _multiples(self, factor: int, exponent: int) -> list[Tick]:
        step = factor * 10.0**exponent
        numbers = range(math.ceil(self.low / step), math.floor(self.high / step) + 1)
        # Division by a whole number gives the float nearest to the decimal, multiplication by 0.1 does not.
        values = [n * factor * 10.0**exponent if exponent >= 0 else n * factor / 10.0**-exponent for n in numbers]
        return [Tick(value, self._label(value, max(-exponent, 0))) for value in values]

    def _label(self, value: float, digits: int) -> str:
        if not self.log:
            return f"{value:,.{digits}f}"
        return f"{10.0**value:g}" if value in PLAIN_EXPONENTS else f"10^{value:.0f}"


def axis_of(values: Array, ends: tuple[float, float] | None, *, log: bool = False, whole: bool = False) -> Axis:
    """Return the axis for finite values, with the limits `ends` if given. A log scale needs positive values."""
    if log:
        return Axis(*limits(np.log10(values)), log=True)
    low, high = ends or limits(values)
    largest = max(abs(low), abs(high))
    if (missing := max(MIN_SPAN * largest, TINY) - (high - low)) > 0:
        low, high = low - missing / 2, high + missing / 2
    is_unscaled = whole or UNSCALED[0] <= largest < UNSCALED[1]
    power = 0 if is_unscaled else math.floor(math.log10(max(largest, TINY)))
    return Axis(low / 10.0**power, high / 10.0**power, power, whole=whole)


def row_labels(axis: Axis, rows: int, dots: int) -> dict[int, str]:
    """Return the labels of a y axis by row, counted from the top; a row has that many dots along the axis."""
    ticks = axis.ticks(max(rows // MIN_ROWS, 2))
    return {rows - 1 - axis.cell_index(tick.value, rows, dots): tick.label for tick in ticks}


def label_row(axis: Axis, columns: int, dots: int, width: int) -> str:
    """Return the row of labels below a plot with a frame of that many columns; the unit is at the right end."""
    most = max(columns // MIN_COLUMNS, 2)
    while most > 2 and max(len(tick.label) for tick in axis.ticks(most)) + 2 > columns / most:
        most -= 1
    end = width - len(axis.unit) - 1 if axis.unit else width
    row = ""
    for tick in axis.ticks(most):
        start = 1 + axis.cell_index(tick.value, columns, dots) - (len(tick.label) - 1) // 2
        start = max(min(start, end - len(tick.label)), 0)
        if not row or start > len(row):
            row = row.ljust(start) + tick.label
    return f"{row.ljust(end)} {axis.unit}" if axis.unit else row
