"""Which parameters matter."""

from __future__ import annotations

from nncli.number_format import format_percent
from nncli.sweeps.conclusion.analysis import Analysis
from nncli.sweeps.conclusion.importance import MIN_RESULTS, Share, Verdict
from nncli.sweeps.conclusion.statement import Statement
from nncli.text import count_of

MAX_NAMES = 4  # parameters of a verdict that are named


def matters(analysis: Analysis) -> Statement | None:
    """Return the share of the variance of the ranks that each parameter explains."""
    importance = analysis.importance
    shares = [
        {
            "parameters": [column.name for column in each.columns],
            "share": each.share,
            "verdict": each.verdict,
            "p": each.p,
        }
        for each in importance.shares
    ]
    numbers = {"results": importance.results, "shares": shares, "rest": importance.rest, "noise": importance.noise}
    if analysis.best is None:
        return None
    if importance.results < MIN_RESULTS:
        text = f"{count_of(importance.results, 'result')} cannot show which parameters matter"
        return Statement("matters", text, numbers)
    if not importance.shares:
        text = f"all {importance.results} results are equal, so no parameter makes a difference"
        return Statement("matters", text, numbers)
    parts = [
        _matter(importance.shares, importance.results),
        _names(importance.shares, "does not matter", "little or no effect: "),
        _names(importance.shares, "unclear", "unclear: "),
    ]
    if importance.noise is not None:
        parts.append(f"noise over seeds {format_percent(round(importance.noise, 4))}")
    return Statement("matters", "; ".join(filter(None, parts)), numbers)


def _matter(shares: list[Share], results: int) -> str:
    named = [each for each in shares if each.verdict == "matters"]
    if not named:
        return f"no parameter explains the {results} results better than chance"
    percents = [f"{each.name} {format_percent(round(each.share, 4))}" for each in named]
    return f"{', '.join(percents)} of the variance"


def _names(shares: list[Share], verdict: Verdict, heading: str) -> str:
    acting = {column.name for each in shares if each.verdict == "matters" for column in each.columns}
    names = [each.name for each in shares if each.verdict == verdict and each.name not in acting]
    more = len(names) - MAX_NAMES
    return heading + ", ".join(names[:MAX_NAMES]) + (f" and {more} more" if more > 0 else "") if names else ""
