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
from nncli.sweeps.conclusion.importance import centred_ranks
from nncli.sweeps.conclusion.statement import Statement
from nncli.sweeps.conclusion.table import Column

OUTER = 0.1  # part of a range that counts as its end
TOP, MIN_TOP = 0.1, 3  # share and smallest number of the best trials that are looked at
MIN_OPTIONS = 3  # in a list: of two numbers, one end is always the better
FACTORS = (1.0, 0.5, 0.25, 0.1)  # how far a range is extended, the first that can be trained


def edges(analysis: Analysis) -> Iterator[Statement]:
    """Yield the parameters that matter and are best at an end, with the range to try next.

    Of a range, the median of the best trials is in the outer tenth: of the first tenth of the trials that have the
    parameter, at least three. In a list of numbers, the first or the last has the best mean rank of all trials.
    """
    for column in analysis.table.columns:
        if not column.numeric or analysis.importance.verdict(column) != "matters":
            continue
        for upper in (False, True):
            is_best = _best_in_list if isinstance(column.parameter.domain, Choice) else _best_in_range
            if (place := is_best(analysis, column, upper=upper)) and (proposal := _proposal(analysis, column, upper)):
                yield _statement(column, place, proposal, upper=upper)


def _best_in_range(analysis: Analysis, column: Column, *, upper: bool) -> dict[str, int] | None:
    """Return how many of the best trials are in the outer tenth of a range if their median is, else None."""
    domain, values = column.parameter.domain, column.values[analysis.order]
    assert isinstance(domain, Range)
    if len(values) < 2 * MIN_TOP or np.isnan(values[0]):  # the best trial does not have the parameter
        return None
    values = values[~np.isnan(values)]
    places = np.array([ranges.position(domain, value) for value in values[: max(MIN_TOP, round(TOP * len(values)))]])
    at_end = places >= 1 - OUTER if upper else places <= OUTER
    is_outer = np.median(places) >= 1 - OUTER if upper else np.median(places) <= OUTER
    return {"at_end": int(at_end.sum()), "best_trials": len(places)} if is_outer else None


def _best_in_list(analysis: Analysis, column: Column, *, upper: bool) -> dict[str, int] | None:
    """Return the number of trials at the end of a list if their mean rank is the best, else None."""
    table = analysis.table
    rows = table.having("done", "diverged", "pruned")
    values, ranks = column.values[rows], centred_ranks(table.costs[rows])
    options = np.unique(values[~np.isnan(values)])
    if len(options) < MIN_OPTIONS:
        return None
    means = [ranks[values == option].mean() for option in options]
    end = len(options) - 1 if upper else 0
    return {"at_end": int(np.sum(values == options[end]))} if int(np.argmin(means)) == end else None


def _statement(column: Column, place: dict[str, int], proposal: Any, *, upper: bool) -> Statement:
    domain = column.parameter.domain
    ends = domain.options if isinstance(domain, Choice) else (domain.low, domain.high)
    end = max(ends) if upper else min(ends)
    where = f"the {'upper' if upper else 'lower'} end of {column.name}, {format_number(end)}"
    if isinstance(domain, Choice):
        text = f"best on average at {where}"
    else:
        text = f"{place['at_end']} of the {place['best_trials']} best trials are at {where}"
    change = override(column.parameter.path, proposal)
    numbers = {"parameter": column.name, "end": end, **place, "next": proposal}
    if column.conditional:  # an override of the inner setting would change the other options as well
        return Statement("edge", f"{text}; continue with {change} there", numbers)
    return Statement("edge", text, numbers, [change])


def _proposal(analysis: Analysis, column: Column, upper: bool) -> Any:
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
