"""Thresholds for metrics, set by `eval --fail-under` and `--fail-over`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from nncli.errors import UsageError
from nncli.evaluation.report import Report
from nncli.text import quote


def failed_thresholds(report: Report, fail_under: Sequence[str] = (), fail_over: Sequence[str] = ()) -> list[str]:
    """Return a line for each threshold that is not met; `accuracy=0.9` in `fail_under` fails below 0.9 and for NaN.

    Classes and labels also have `macro_precision`, `macro_recall` and `macro_f1`. Raises UsageError for an invalid
    threshold.
    """
    metrics = {name: metric.value for name, metric in report.metrics.items()}
    if report.classes is not None:
        macro = report.classes.macro
        metrics |= {"macro_precision": macro.precision, "macro_recall": macro.recall, "macro_f1": macro.f1}
    under = [(*pair, "under") for pair in _thresholds("--fail-under", fail_under, metrics)]
    over = [(*pair, "over") for pair in _thresholds("--fail-over", fail_over, metrics)]
    return [line for threshold in under + over if (line := _failure(metrics, *threshold))]


def _failure(metrics: dict[str, float], name: str, number: str, side: str) -> str:
    value, limit = metrics[name], float(number)
    if math.isnan(value):
        return f"{name} is NaN, which meets no threshold"
    missed = value < limit if side == "under" else value > limit
    return f"{name} is {value}, {side} {number}" if missed else ""


def _thresholds(option: str, texts: Sequence[str], metrics: dict[str, float]) -> Iterator[tuple[str, str]]:
    for text in texts:
        place = f"{option} {text}"
        name, equals, number = (part.strip() for part in text.partition("="))
        if not equals:
            raise UsageError("must have the form METRIC=NUMBER, as in accuracy=0.9", place=place)
        if name not in metrics:
            raise UsageError(f"unknown metric {quote(name)}; choose from {', '.join(metrics)}", place=place)
        try:
            limit = float(number)
        except ValueError:
            limit = math.nan
        if not math.isfinite(limit):
            raise UsageError(f"the threshold must be a finite number, not {quote(number)}", place=place)
        yield name, number
