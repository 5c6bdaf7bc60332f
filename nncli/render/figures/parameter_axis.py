"""The axis of a parameter of a sweep: positions of its values, their labels, and the scale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.render.figures import style
from nncli.search.domains import Choice, Range
from nncli.search.space import labels
from nncli.settings import compact

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from nncli.sweeps.conclusion.table import Column

MARGIN = 0.04  # of a range, at both ends
CHARACTER = 0.072  # inches
MAX_TICKS = 12
LONGEST = 24  # characters of a line of a label


class ParameterAxis(NamedTuple):
    """The positions of a parameter's values in the trials (trials,), NaN without one.

    Choices have labels, and the positions 0, 1, ..., in the order of their values if they are numbers.
    """

    name: str
    positions: NDArray[np.float64]
    labels: list[str]
    limits: tuple[float, float]
    logarithmic: bool = False

    @property
    def relative(self) -> NDArray[np.float64]:
        """The positions from 0 to 1 between the limits."""
        return self.place(self.positions)

    def place(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where positions are between the limits, from 0 to 1."""
        low, high = self.limits
        if self.logarithmic:
            return np.asarray(np.log(values / low) / np.log(high / low))
        return np.asarray((values - low) / (high - low))

    def ticks(self) -> dict[float, str]:
        """Return positions and labels of a few ticks."""
        from matplotlib.ticker import LogLocator, MaxNLocator

        if self.labels:
            step = -(-len(self.labels) // MAX_TICKS)
            return {float(n): self.labels[n] for n in range(0, len(self.labels), step)}
        low, high = self.limits
        locator = LogLocator(numticks=6) if self.logarithmic else MaxNLocator(4)
        inner = [float(value) for value in locator.tick_values(low, high) if low <= value <= high]
        return {value: style.format_number(value) for value in (inner if len(inner) > 1 else (low, high))}

    def apply(self, axes: Axes, side: Literal["x", "y"], width: float) -> None:
        """Set the scale, limits, ticks and label of a side of a panel, which has that width in inches."""
        axis = axes.xaxis if side == "x" else axes.yaxis
        axis.set_label_text(style.label(self.name))
        set_limits = axes.set_xlim if side == "x" else axes.set_ylim
        if self.logarithmic:
            (axes.set_xscale if side == "x" else axes.set_yscale)("log")
        if not self.labels:
            set_limits(*(self._limit(-MARGIN), self._limit(1 + MARGIN)))
            if not self.logarithmic:
                axes.locator_params(axis=side, nbins=5)
            return
        set_limits(-0.5, len(self.labels) - 0.5)
        axis.set_ticks(list(self.ticks()))
        vertical = side == "x" and self.extra_height(width) > 0
        axis.set_ticklabels(self._wrapped(), rotation=90 if vertical else 0)

    def extra_height(self, width: float) -> float:
        """Return the height in inches that the labels of an x axis of this width need because they are vertical."""
        texts = self._wrapped() if self.labels else []
        longest = CHARACTER * max((len(line) for text in texts for line in text.split("\n")), default=0)
        return longest if longest * len(texts) > 0.9 * width else 0.0

    def _wrapped(self) -> list[str]:
        """Return the labels of the ticks, a word in a line."""
        return ["\n".join(style.label(word, LONGEST) for word in text.split()) for text in self.ticks().values()]

    def _limit(self, share: float) -> float:
        low, high = self.limits
        return low * (high / low) ** share if self.logarithmic else low + share * (high - low)


def parameter_axis(column: Column) -> ParameterAxis:
    """Return the axis of a parameter."""
    domain = column.parameter.domain
    if isinstance(domain, Range):
        low, high = domain.low, domain.high
        if low == high:
            low, high = low - 0.5, high + 0.5
        logarithmic = domain.logarithmic and low > 0
        return ParameterAxis(column.name, column.values, [], (low, high), logarithmic)
    assert isinstance(domain, Choice)
    positions = column.values
    names = labels(domain)
    if column.numeric:
        values = sorted(set(domain.options))
        names = [compact(value) for value in values]
        positions = np.array([np.nan if np.isnan(each) else values.index(each) for each in column.values])
    return ParameterAxis(column.name, positions, names, (-0.5, len(names) - 0.5))
