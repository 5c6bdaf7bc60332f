"""Thresholds that figures must meet, as a script sets them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from nncli.errors import UsageError
from nncli.evaluation.report import Report


def checks(report: Report, fail_under: Sequence[str] = (), fail_over: Sequence[str] = ()) -> list[str]:
    """What failed, a line each: `accuracy=0.9` in `fail_under` does where accuracy is less, or not a number.

    For classes `macro_precision`, `macro_recall` and `macro_f1` can be judged too. Raises UsageError for a threshold
    that makes no sense.
    """
    figures = {name: figure.value for name, figure in report.figures.items()}
    if report.classes is not None:
        macro = report.classes.macro
        figures |= {"macro_precision": macro.precision, "macro_recall": macro.recall, "macro_f1": macro.f1}
    under = [(*pair, "under") for pair in _thresholds("--fail-under", fail_under, figures)]
    over = [(*pair, "over") for pair in _thresholds("--fail-over", fail_over, figures)]
    return [line for threshold in under + over if (line := _failure(figures, *threshold))]


def _failure(figures: dict[str, float], name: str, number: str, side: str) -> str:
    value, limit = figures[name], float(number)
    if math.isnan(value):
        return f"{name} is NaN, which meets no threshold"
    missed = value < limit if side == "under" else value > limit
    return f"{name} is {value}, {side} {number}" if missed else ""


def _thresholds(option: str, texts: Sequence[str], figures: dict[str, float]) -> Iterator[tuple[str, str]]:
    for text in texts:
        place = f"{option} {text}"
        name, equals, number = (part.strip() for part in text.partition("="))
        if not equals:
            raise UsageError("must look like FIGURE=NUMBER, as in accuracy=0.9", place=place)
        if name not in figures:
            raise UsageError(f'there is no figure "{name}", but {", ".join(figures)}', place=place)
        try:
            limit = float(number)
        except ValueError:
            limit = math.nan
        if not math.isfinite(limit):
            raise UsageError(f'"{number}" is no finite number', place=place)
        yield name, number
