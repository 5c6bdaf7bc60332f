"""The page of a report: one file with its style and figures, which loads nothing from a network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nncli.render.console import verdict_text
from nncli.render.figures import curves
from nncli.render.figures.palette import DARK, LIGHT
from nncli.render.figures.series import series_of
from nncli.render.report.drawing import css_variables, svg
from nncli.render.report.markup import Markup, join, table, tag
from nncli.render.report.sections import ReportedRun, headline, section
from nncli.version import __version__

CURVES_LABEL = "loss and metrics of all runs by epoch"
# Keeps the page from loading or running anything, whatever a run puts into it.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def page(runs: Sequence[ReportedRun]) -> str:
    """Return the report of one run, or of several: a comparison, then a section for each."""
    title = runs[0].record.name if len(runs) == 1 else f"{len(runs)} runs"
    return document(title, _one(runs[0]) if len(runs) == 1 else _several(runs, title))


def document(title: str, body: Markup) -> str:
    """Return a complete page."""
    head = (
        Markup('<meta charset="utf-8">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        tag("title", f"{title} - nncli"),
        tag("style", Markup(_style())),
    )
    foot = tag("p", f"Created by nncli {__version__}.", class_="muted")
    return "<!doctype html>\n" + tag("html", tag("head", *head), tag("body", tag("main", body), foot), lang="en") + "\n"


def _style() -> str:
    """Return the style sheet with the colours of light and dark pages. Printed pages are light."""
    dark = f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {css_variables(DARK)} }} }}"
    sheet = Path(__file__).with_name("report.css").read_text(encoding="utf-8")
    return f":root {{ {css_variables(LIGHT)} }}\n{dark}\n{sheet}"


def _one(run: ReportedRun) -> Markup:
    return join(tag("h1", run.record.name), headline(run), section(run))


def _several(runs: Sequence[ReportedRun], title: str) -> Markup:
    with_epochs = [each.run for each in runs if each.record.epochs]
    if with_epochs:
        figure = tag("figure", svg(curves.curves(series_of(with_epochs)), CURVES_LABEL), class_="together")
    else:
        figure = Markup()
    parts = [tag("section", tag("h2", each.record.name), headline(each), section(each)) for each in runs]
    return join(tag("h1", title), _comparison(runs), figure, parts)


def _comparison(runs: Sequence[ReportedRun]) -> Markup:
    """Return a table of the runs with the settings that differ, status and final metrics."""
    from nncli.settings import compact, differences

    specs = [each.record.settings or {} for each in runs]
    differing = {path: values for path, values in differences(specs) if path != "name"}
    names = list(dict.fromkeys(name for each in runs for name in each.record.final))
    names = [name for name in names if name not in ("data_loss", "regularization_loss", "learning_rate")]
    rows = [
        (
            each.record.name,
            each.record.status,
            verdict_text(each.verdict),
            each.record.epochs,
            *(compact(values[number]) for values in differing.values()),
            *(each.record.final.get(name) for name in names),
        )
        for number, each in enumerate(runs)
    ]
    return table(("run", "status", "verdict", "epochs", *differing, *names), rows)
