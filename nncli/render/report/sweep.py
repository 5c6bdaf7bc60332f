"""The report of a sweep: its conclusion, its best and failed trials, and its figures."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

from nncli.errors import NncliError
from nncli.render.conclusion import arguments
from nncli.render.figures import registry
from nncli.render.figures.figure_inputs import Request
from nncli.render.report.drawing import svg
from nncli.render.report.markup import Markup, join, table, tag
from nncli.render.report.page import document
from nncli.render.report.sections import part
from nncli.settings import compact
from nncli.sweeps.details import sweep_details
from nncli.sweeps.directory import SweepDirectory
from nncli.text import count_of

FIGURES = ("slices", "heatmap", "progress", "importance", "parallel", "curves", "fit")


def sweep_page(sweep: SweepDirectory) -> str:
    """Return the report of a sweep. Raises NncliError if its files are damaged."""
    details = sweep_details(sweep)
    body = join(
        tag("h1", details["name"]),
        _headline(details),
        _conclusion(details),
        _best(details),
        _failed(details),
        *_figures(sweep),
        part("Settings", tag("p", "The experiment file with its sweep:"), tag("pre", sweep.spec())),
        part("Next steps", tag("pre", "\n".join([*_command(details), *details["next"]]))),
    )
    return document(details["name"], body)


def _headline(details: dict[str, Any]) -> Markup:
    counts = [f"{count} {status}" for status, count in details["counts"].items() if count]
    start = str(details["start"] or "")[:16].replace("T", " ")
    status = f"{details['status']}: {details['reason']}" if details["reason"] else details["status"]
    seeds, objective = len(details["seeds"]), details["objective"]
    best = "best " * (objective["mode"] == "best")
    text = (
        f"{count_of(details['trials'], 'trial')} of the {details['sampler']} sampler, "
        f"{f'each with {seeds} seeds, ' * (seeds > 1)}compared by the {best}{objective['monitor']}"
        f"{' and the median over seeds' * (seeds > 1)}."
    )
    return join(tag("p", ", ".join(filter(None, [status, start, *counts])), class_="muted"), tag("p", text))


def _conclusion(details: dict[str, Any]) -> Markup:
    """Return a row for each statement, with the change that it suggests."""
    rows = [
        (each["name"], each["text"] + (f"; try {arguments(each['change'])}" if each["change"] else ""))
        for each in details["conclusion"]
    ]
    return part("Conclusion", table(("", ""), rows, head=False)) if rows else Markup()


def _best(details: dict[str, Any]) -> Markup:
    """Return a table of the best trials with their settings; the range over seeds if there are several."""
    best = details["best"]
    if not best:
        return Markup()
    paths = list(dict.fromkeys(path for trial in best for path in trial["settings"]))
    spread = ("lowest", "highest") if len(details["seeds"]) > 1 else ()
    rows = [
        (
            f"{trial['trial']}",
            trial["objective"],
            *((trial["low"], trial["high"]) if spread else ()),
            *(_setting(trial["settings"].get(path)) for path in paths),
        )
        for trial in best
    ]
    return part("Best trials", table(("trial", details["objective"]["monitor"], *spread, *paths), rows))


def _setting(value: Any) -> Any:
    """Return a setting for a cell; a mapping with all its fields."""
    if isinstance(value, dict):
        return " ".join(f"{key}={compact(item)}" for key, item in value.items())
    return value if isinstance(value, int | float) else compact(value)


def _failed(details: dict[str, Any]) -> Markup:
    rows = [(str(each["trial"]), each["run"], each["reason"]) for each in details["failed"]]
    return part("Failed trials", table(("trial", "run", "last message"), rows)) if rows else Markup()


def _figures(sweep: SweepDirectory) -> Iterator[Markup]:
    """Yield the figures that the sweep has; one that cannot be drawn is left out."""
    for name in FIGURES:
        try:
            figure = registry.load(name).draw(Request([], sweep=sweep))
        except NncliError:  # such as the heat map of one parameter
            continue
        words = registry.declarations()[name].help
        yield part(name.capitalize(), tag("figure", svg(figure, words), class_="together"))


def _command(details: dict[str, Any]) -> list[str]:
    """Return the command that started the sweep."""
    words = [str(word) for word in details["command"]]
    return [shlex.join(["nncli", *words[1:]])] if words else []
