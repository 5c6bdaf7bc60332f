"""How many trials diverged, and in which region."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.config.writer import override
from nncli.number_format import format_number
from nncli.sweeps.conclusion import ranges
from nncli.sweeps.conclusion.analysis import Analysis
from nncli.sweeps.conclusion.statement import Statement
from nncli.sweeps.conclusion.table import Column
from nncli.text import count_of

LEVEL = 0.05  # probability that a region is named although divergence depends on no parameter
MOST = 0.5  # share of diverged trials in a region from which it is better left out


class Region(NamedTuple):
    """The values of one parameter on one side of a threshold, or one option, and its trials."""

    column: Column
    cut: float  # a threshold, or the number of an option
    upper: bool
    diverged: int
    trials: int

    @property
    def text(self) -> str:
        """The condition: `optimizer.learning_rate >= 0.05`."""
        if not self.column.numeric:
            return f"{self.column.name}={self.column.option(self.cut)}"
        return f"{self.column.name} {'>=' if self.upper else '<'} {format_number(self.cut)}"

    def contains(self, value: float) -> bool:
        """Return whether a value is in the region; NaN is in none."""
        if not self.column.numeric:
            return value == self.cut
        return value >= self.cut if self.upper else value < self.cut


def divergence(analysis: Analysis) -> Statement | None:
    """Return the share of diverged trials and the one threshold or option that best separates them from the others.

    The region is named only if Fisher's exact test, multiplied by the number of regions compared, stays under 5%.
    """
    table = analysis.table
    rows = table.having("done", "diverged")
    diverged = np.isinf(table.costs[rows])
    total = int(diverged.sum())
    if not total:
        return None
    text = f"{total} of {count_of(len(rows), 'trial')}"
    numbers: dict[str, Any] = {"diverged": total, "trials": len(rows)}
    if total == len(rows):
        text = (
            f"{text[: text.index(' ')]} of {len(rows)} trials, so nothing can be compared; try smaller learning rates"
        )
        return Statement("diverged", text, numbers)
    regions = [region for column in table.columns for region in _regions(column, rows, diverged)]
    if not regions:
        return Statement("diverged", text, numbers)
    region = max(regions, key=lambda each: _separation(each, total, len(rows)))
    p = min(_fisher(region.diverged, region.trials, total, len(rows)) * len(regions), 1.0)
    numbers["p"] = p
    if p > LEVEL:
        return Statement("diverged", f"{text}, in no clear region", numbers)
    outside, rest = len(rows) - region.trials, total - region.diverged
    numbers["region"] = {
        "condition": region.text,
        "parameter": region.column.name,
        "diverged": region.diverged,
        "trials": region.trials,
        "diverged_elsewhere": rest,
        "trials_elsewhere": outside,
    }
    text += f": {region.diverged} of {region.trials} with {region.text}, {rest} of {outside} elsewhere"
    return Statement("diverged", text, numbers, _change(analysis, region))


def _regions(column: Column, rows: Array, diverged: Array) -> Iterator[Region]:
    """Yield the regions of a parameter in which a larger share diverged than elsewhere."""
    values = column.values[rows]
    present = ~np.isnan(values)
    distinct, numbers = np.unique(values[present], return_inverse=True)
    trials = np.bincount(numbers, minlength=len(distinct))
    hits = np.bincount(numbers, weights=diverged[present], minlength=len(distinct)).astype(int)
    if column.numeric:
        cuts = [ranges.threshold(float(below), float(value)) for below, value in pairwise(distinct)]
        below = zip(cuts, np.cumsum(hits), np.cumsum(trials), strict=False)
        candidates = [Region(column, cut, False, int(a), int(b)) for cut, a, b in below]
        candidates += [
            each._replace(upper=True, diverged=int(hits.sum()) - each.diverged, trials=int(trials.sum()) - each.trials)
            for each in candidates
        ]
    else:
        options = zip(distinct, hits, trials, strict=True)
        candidates = [Region(column, float(option), True, int(a), int(b)) for option, a, b in options]
    share = diverged.mean()
    yield from (each for each in candidates if each.trials < len(rows) and each.diverged > share * each.trials)


def _separation(region: Region, total: int, trials: int) -> float:
    """Return the chi-squared statistic of a region, up to a factor."""
    expected = region.trials * total / trials
    return (region.diverged - expected) ** 2 / (region.trials * (trials - region.trials))


def _fisher(hits: int, inside: int, total: int, trials: int) -> float:
    """Return the probability that at least `hits` of `total` diverged trials fall into a region by chance."""

    def log_choose(n: int, k: int) -> float:
        return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)

    return sum(
        math.exp(log_choose(inside, k) + log_choose(trials - inside, total - k) - log_choose(trials, total))
        for k in range(max(hits, total - trials + inside), min(inside, total) + 1)
    )


def _change(analysis: Analysis, region: Region) -> list[str]:
    """Return the space without the region; nothing if half of it can be trained, or if the best trial is in it."""
    domain = region.column.parameter.domain
    best_inside = analysis.best is not None and region.contains(float(region.column.values[analysis.best]))
    if best_inside or region.diverged < MOST * region.trials or region.column.conditional or not region.column.numeric:
        return []
    return [override(region.column.parameter.path, ranges.part(domain, region.cut, upper=not region.upper))]
