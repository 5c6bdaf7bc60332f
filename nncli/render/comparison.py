"""Two runs side by side."""

from __future__ import annotations

from typing import TextIO

from nncli.catalog.comparison import Comparison, Pairs
from nncli.escaping import printable
from nncli.render.console import format_epochs, format_value
from nncli.render.table import print_table
from nncli.settings import words


def print_comparison(found: Comparison, file: TextIO) -> None:
    """Settings that differ, figures with their difference, and where the curves part."""
    for letter, record in (("A", found.a), ("B", found.b)):
        print(f"{letter}  {printable(record.path)}  {record.status}  {format_epochs(record.epochs)}", file=file)
    print(file=file)
    if found.same:
        print(f"nothing differs: settings, metrics and all {format_value(found.shared)} epochs are the same", file=file)
        return
    if found.settings is None:
        print("the settings cannot be compared, as one run's config.yaml cannot be read", file=file)
    elif found.settings:
        rows = [(path, *map(_setting, pair)) for path, pair in found.settings.items()]
        print_table(("setting", "A", "B"), rows, file, keep=3)
    else:
        print("the settings are the same", file=file)
    rows_of_figures = [*_figures("", found.final), *_figures("best ", found.best)]
    if rows_of_figures:
        print(file=file)
        print_table(("metric", "A", "B", "B - A"), rows_of_figures, file)
    print(f"\n{_parting(found)}", file=file)


def _setting(value: object) -> str:
    return "" if value is None else words(value)


def _figures(prefix: str, pairs: Pairs) -> list[tuple[object, ...]]:
    return [(f"{prefix}{name}", a, b, None if None in (a, b) else b - a) for name, (a, b) in pairs.items()]


def _parting(found: Comparison) -> str:
    if found.parting is not None:
        (name, (a, b)), *others = found.parting.metrics.items()
        too = f"; so do {', '.join(other for other, _ in others)}" if others else ""
        return f"the curves part at epoch {found.parting.epoch}: {printable(f'{name} is {a!r} and {b!r}{too}')}"
    if not found.shared:
        return "the curves cannot be compared, as no epoch is in both"
    return f"the curves are the same in all {format_value(found.shared)} epochs that both have"
