"""Parameters whose best values are at the end of their range."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from nncli.config.writer import override
from nncli.errors import NncliError
from nncli.number_format import format_number
from nncli.search.domains import Choice, Range
from nncli.sweeps.conclusion import ranges
from nncli.sweeps.conclusion.analysis import Analysis
from nncli.sweeps.conclusion.statement import Statement
from nncli.sweeps.conclusion.table import Column

OUTER = 0.1  # part of a range that counts as its end
TOP, MIN_TOP = 0.1, 3  # share and smallest number of the best trials that are looked at
MIN_OPTIONS = 3  # in a list: of two numbers, one end is always the better
FACTORS = (1.0, 0.5, 0.1)  # how far a range is extended, the first that can be trained


def edges(analysis: Analysis) -> Iterator[Statement]:
    """Yield the parameters that matter and have the median of the best trials at an end, with the range to try next.

    Best are the first tenth of the trials, at least three. An end is the outer tenth of a range, or the first or last
    number of a list.
    """
    order = analysis.order
    top = order[: max(MIN_TOP, round(TOP * len(order)))]
    if len(order) < 2 * MIN_TOP:
        return
    for column in analysis.table.columns:
        values = column.values[top]
        values = values[~np.isnan(values)]
        if len(values) < MIN_TOP or analysis.importance.verdict(column) != "matters":
            continue
        median = float(np.median(values))
        for upper in (False, True):
            if _at_end(column, median, upper=upper) and (statement := _statement(analysis, column, top, upper=upper)):
                yield statement


def _at_end(column: Column, value: float, *, upper: bool) -> bool:
    domain = column.parameter.domain
    if isinstance(domain, Range):
        place = ranges.position(domain, value)
        return place >= 1 - OUTER if upper else place <= OUTER
    if not column.numeric or len(domain.options) < MIN_OPTIONS:
        return False
    return bool(value >= max(domain.options) if upper else value <= min(domain.options))


def _statement(analysis: Analysis, column: Column, top: list[int], *, upper: bool) -> Statement | None:
    """Return the statement, None if no value beyond the end can be trained."""
    domain, path = column.parameter.domain, column.parameter.path
    proposal = _proposal(analysis, column, upper=upper)
    if proposal is None:
        return None
    change = override(path, proposal)
    count = sum(_at_end(column, float(value), upper=upper) for value in column.values[top])
    ends = domain.options if isinstance(domain, Choice) else (domain.low, domain.high)
    end = max(ends) if upper else min(ends)
    where = f"the {'upper' if upper else 'lower'} end of {column.name}, {format_number(end)}"
    text = f"{count} of the {len(top)} best trials are at {where}"
    numbers = {"parameter": column.name, "end": end, "at_end": count, "best_trials": len(top), "next": proposal}
    if column.conditional:  # an override of the inner setting would change the other options as well
        return Statement("edge", f"{text}; continue with {change} there", numbers)
    return Statement("edge", text, numbers, [change])


def _proposal(analysis: Analysis, column: Column, *, upper: bool) -> Any:
    """Return the range or the list to try next, None if nothing beyond the end can be trained."""
    domain = column.parameter.domain
    if isinstance(domain, Choice):
        end, *points = ranges.further_points(list(domain.options), upper=upper)
        points = [point for point in points if _can_be_trained(analysis, column, point)]
        return [end, *points] if points else None
    for factor in FACTORS:
        low, high = ranges.beyond(domain, upper=upper, factor=factor)
        outer, old_end = (high, domain.high) if upper else (low, domain.low)
        if (outer > old_end if upper else outer < old_end) and _can_be_trained(analysis, column, outer):
            return ranges.distribution(domain, low, high)
    return None


def _can_be_trained(analysis: Analysis, column: Column, value: float) -> bool:
    """Return whether the best experiment that has the parameter accepts a value."""
    index = next(index for index in analysis.order if not np.isnan(column.values[index]))
    try:
        analysis.table.plan.load({**analysis.settings(index), column.parameter.path: value})
    except NncliError:
        return False
    return True
