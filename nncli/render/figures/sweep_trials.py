"""The trials of a sweep as its figures need them: objectives, parameters, and the trials without a result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.errors import UsageError
from nncli.render.figures import style
from nncli.render.figures.figure_inputs import Request
from nncli.render.figures.palette import palette
from nncli.text import count_of, join_words

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from nncli.sweeps.conclusion import Analysis, TrialTable
    from nncli.sweeps.conclusion.table import Column
    from nncli.sweeps.records import TrialStatus

SPAN_FOR_LOG = 10.0  # ratio of the greatest and the least objective
WITHOUT_RESULT: Mapping[TrialStatus, str] = {"diverged": "x", "failed": "P", "pruned": "v"}  # and their markers
ABOVE = 1.05  # height of these markers, relative to that of the panel


class SweepTrials(NamedTuple):
    """The trials of a sweep that have ended; `parameters` are the paths or names of those to draw, empty for all."""

    name: str
    analysis: Analysis
    parameters: Sequence[str] = ()

    @property
    def table(self) -> TrialTable:
        """The trials with their parameters."""
        return self.analysis.table

    @property
    def objectives(self) -> NDArray[np.float64]:
        """The objective of each trial (trials,), NaN without one."""
        costs = np.where(np.isfinite(self.table.costs), self.table.costs, np.nan)
        return np.asarray(-costs if self.higher_is_better else costs)

    @property
    def higher_is_better(self) -> bool:
        """True if the best objective is the greatest."""
        return self.table.plan.objective.monitor.higher_is_better

    @property
    def label(self) -> str:
        """The name of the objective, and how it is computed if there are several seeds."""
        seeds = len(self.table.plan.seeds)
        words = f"{'best ' * self.table.plan.objective.best}{self.analysis.metric}"
        return style.label(f"{words}, median of {seeds} seeds" if seeds > 1 else words)

    @property
    def title(self) -> str:
        """The name of the sweep, and how its trials ended."""
        counts = {status: len(self.table.having(status)) for status in WITHOUT_RESULT}
        words = [count_of(len(self.table.trials), "trial"), *(f"{n} {status}" for status, n in counts.items() if n)]
        return f"{self.name}\n{', '.join(words)}"

    def columns(self, limit: int) -> list[Column]:
        """Return the chosen parameters, or those that matter most, in the order of the space.

        Raises UsageError for a parameter that the space does not have.
        """
        if self.parameters:
            return [self._column(name) for name in self.parameters][:limit]
        ranked = self.ranked_columns()[:limit]
        return [column for column in self.table.columns if any(column is each for each in ranked)]

    def ranked_columns(self) -> list[Column]:
        """Return all parameters, those that matter most first."""
        columns = self.table.columns
        varied = [column for column in columns if len(np.unique(column.values)) > 1]
        first = [column for share in self.analysis.importance.shares for column in share.columns]
        return list({id(column): column for column in [*first, *varied, *columns]}.values())

    def _column(self, name: str) -> Column:
        columns = self.table.columns
        matches = [column for column in columns if name == column.name] or [
            column for column in columns if name == column.parameter.path
        ]
        if len(matches) == 1:
            return matches[0]
        names = [column.name for column in matches or columns]
        message = (
            f"the space has {count_of(len(matches), 'parameter')} {name}" if matches else "the space does not vary it"
        )
        raise UsageError(message, place=f"--parameters {name}", hint=f"choose from {join_words(names, 'and')}")


def sweep_trials(request: Request) -> SweepTrials:
    """Return the trials of the sweep of a request. Raises UsageError if none has ended."""
    from nncli.sweeps.conclusion import Analysis, TrialTable

    assert request.sweep is not None
    table = TrialTable.read(request.sweep)
    if not table.trials:
        raise UsageError("has no trial that has ended, so there is nothing to plot", place=str(request.sweep.path))
    return SweepTrials(request.sweep.name, Analysis(table), request.parameters.split(",") if request.parameters else ())


def needs_log(values: NDArray[np.float64]) -> bool:
    """Return whether values are better shown on a logarithmic scale: positive, and of different magnitudes."""
    finite = values[np.isfinite(values)]
    return bool(len(finite) and finite.min() > 0 and finite.max() > SPAN_FOR_LOG * finite.min())


def jitter(count: int) -> NDArray[np.float64]:
    """Return fixed numbers (count,) between -1 and 1 that look irregular, to move points apart that would coincide."""
    return np.asarray(2 * ((np.arange(count) * 0.618034) % 1) - 1) if count > 1 else np.zeros(count)


def without_result_look(status: TrialStatus) -> dict[str, Any]:
    """Return the look of the mark of a trial without a result."""
    colours = {"diverged": palette().purple, "failed": palette().orange, "pruned": palette().muted}
    return {
        "marker": WITHOUT_RESULT[status],
        "color": colours[status],
        "markersize": 4.5,
        "linestyle": "none",
        "markeredgewidth": 1.2 if status == "diverged" else 0,
    }


def plot_without_result(axes: Axes, trials: SweepTrials, x: NDArray[np.float64]) -> None:
    """Mark trials without a result above a panel, at their x (trials,)."""
    for status in WITHOUT_RESULT:
        rows = trials.table.having(status)
        rows = rows[np.isfinite(x[rows])]
        if len(rows):
            height = np.full(len(rows), ABOVE)
            axes.plot(
                x[rows], height, transform=axes.get_xaxis_transform(), clip_on=False, **without_result_look(status)
            )


def best_look() -> dict[str, Any]:
    """Return the look of the point of the best trial."""
    edge = {"markeredgecolor": palette().page, "markeredgewidth": 0.8}
    return {"marker": "o", "markersize": 7, "color": palette().vermilion, "linestyle": "none", "zorder": 5, **edge}


def legend_entries(trials: SweepTrials, shown: NDArray[np.bool_] | None = None) -> list[Artist]:
    """Return the legend entries of the best trial and of those without a result, among the trials `shown` (trials,)."""
    from matplotlib.lines import Line2D

    entries: list[Artist] = []
    best = trials.analysis.best
    if best is not None and (shown is None or shown[best]):
        number, value = trials.analysis.number(best), trials.analysis.value(best)
        entries.append(Line2D([], [], label=f"best: {value} in trial {number}", **best_look()))
    for status in WITHOUT_RESULT:
        rows = trials.table.having(status)
        if len(rows if shown is None else rows[shown[rows]]):
            entries.append(Line2D([], [], label=status, **without_result_look(status)))
    return entries
