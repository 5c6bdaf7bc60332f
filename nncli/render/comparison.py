"""The comparison of two runs."""

from __future__ import annotations

from typing import TextIO

from nncli.catalog.comparison import Comparison, Pairs
from nncli.escaping import printable
from nncli.render.console import format_epochs, format_value
from nncli.render.table import print_table
from nncli.settings import compact


def print_comparison(comparison: Comparison, file: TextIO) -> None:
    """Print the settings that differ, the metrics with their difference, and the first epoch that differs."""
    for letter, record in (("A", comparison.a), ("B", comparison.b)):
        print(f"{letter}  {printable(record.path)}  {record.status}  {format_epochs(record.epochs)}", file=file)
    print(file=file)
    if comparison.same:
        epochs = format_value(comparison.shared)
        print(f"no differences: settings, metrics and all {epochs} epochs are the same", file=file)
        return
    if comparison.settings is None:
        print("cannot compare settings: the config.yaml of one run cannot be read", file=file)
    elif comparison.settings:
        rows = [(path, *map(_setting, pair)) for path, pair in comparison.settings.items()]
        print_table(("setting", "A", "B"), rows, file, keep=3)
    else:
        print("the settings are the same", file=file)
    metric_rows = [*_metric_rows("", comparison.final), *_metric_rows("best ", comparison.best)]
    if metric_rows:
        print(file=file)
        print_table(("metric", "A", "B", "B - A"), metric_rows, file)
    print(f"\n{_first_difference(comparison)}", file=file)


def _setting(value: object) -> str:
    return "" if value is None else compact(value)


def _metric_rows(prefix: str, pairs: Pairs) -> list[tuple[object, ...]]:
    return [(f"{prefix}{name}", a, b, None if None in (a, b) else b - a) for name, (a, b) in pairs.items()]


def _first_difference(comparison: Comparison) -> str:
    if comparison.first_difference is not None:
        (name, (a, b)), *others = comparison.first_difference.metrics.items()
        more = f"; also different: {', '.join(other for other, _ in others)}" if others else ""
        difference = printable(f"{name} is {a!r} in A and {b!r} in B{more}")
        return f"the curves first differ at epoch {comparison.first_difference.epoch}: {difference}"
    if not comparison.shared:
        return "cannot compare the curves: the runs have no epoch in common"
    return f"the curves are the same in all {format_value(comparison.shared)} epochs that both runs have"
