"""What a report says of a run, part by part; what cannot be said is left out with a word why."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from nncli.catalog.record import Record
from nncli.errors import NncliError, UsageError
from nncli.registry import type_name
from nncli.render.evaluation import METRIC_COLUMNS, PART_PHRASES, Report, class_columns, metric_rows
from nncli.render.figures import curves
from nncli.render.figures.fit import fit, fit_of
from nncli.render.figures.series import series_of
from nncli.render.layers import layer_table
from nncli.render.number_format import format_number
from nncli.render.report.drawing import svg
from nncli.render.report.markup import Markup, join, table, tag
from nncli.store import Run
from nncli.text import count_of

if TYPE_CHECKING:
    from nncli.model import Model

PLAIN = {"dense": "linear"}  # what a layer is without an activation
MAX_CLASSES = 12  # of a table of confusions


class ReportedRun(NamedTuple):
    """A run, and what could be had of it."""

    run: Run
    record: Record
    model: Model | None  # none where it has no checkpoint that loads
    evaluation: Report | None
    missing: str  # why there is no model or no evaluation
    contradictions: Sequence[str] = ()  # numbers of its files that cannot all be right, a line each


def headline(of: ReportedRun) -> Markup:
    """Status, when, how long, and in a sentence what was trained."""
    record, about = of.record, of.run.info()
    when = (record.start or "")[:16].replace("T", " ")
    took = "" if record.seconds is None else f"{count_of(record.epochs, 'epoch')} in {record.seconds:.1f} s"
    reason = about.get("reason")
    status = f"{record.status}: {reason}" if isinstance(reason, str) and reason else record.status
    line = tag("p", ", ".join(filter(None, (status, when, took))), class_="muted")
    return line if of.model is None else join(line, tag("p", _sentence(of.model)))


def _sentence(model: Model) -> str:
    experiment, samples = model.experiment, model.experiment.data.training_samples(model.data)
    layers = layer_table(experiment, model.data)
    steps = (f"{layer['outputs']} {layer['activation'] or PLAIN.get(layer['type'], layer['type'])}" for layer in layers)
    shapes = " → ".join([str(layers[0]["inputs"]), *steps])
    total = sum(layer["parameters"] for layer in layers)
    optimizer, train = experiment.optimizer, experiment.train
    batches = f"batches of {train.batch_size}" if train.batch_size else "full batches"
    return (
        f"A network {shapes} with {total:,} parameters, trained on {samples:,} samples of "
        f"{experiment.data.type} by {type_name(type(optimizer))} with learning rate {optimizer.learning_rate:g}, "
        f"{type_name(type(experiment.loss))} loss, {batches}, {experiment.precision} arithmetic, "
        f"seed {experiment.seed}."
    )


def section(of: ReportedRun) -> Markup:
    """All parts below the headline."""
    return join(
        tag("p", of.missing, class_="muted") if of.missing else "",
        [tag("p", "Contradiction: ", line, class_="warning") for line in of.contradictions],
        _figures(of),
        _curves(of.run, of.record),
        _fit(of.model),
        _evaluation(of.evaluation),
        _layers(of.model),
        _settings(of.run),
        _repeat(of),
    )


def _part(title: str, *content: Any) -> Markup:
    return tag("section", tag("h3", title), *content)


def _figures(of: ReportedRun) -> Markup:
    """The figures of the last weights, those of validation beside those of training, and the best epoch."""
    final = of.record.final
    names = [name for name in final if not name.startswith("val_") and name != "learning_rate"]
    validated = any(name.startswith("val_") for name in final)
    rows = [(name, final[name], *([final.get(f"val_{name}")] if validated else [])) for name in names]
    columns = ("metric", "training", *(["validation"] if validated else []))
    best = of.record.best or {}
    told = ", ".join(
        f"{name} {format_number(value)}" for name, value in best.items() if name != "epoch" and value is not None
    )
    line = tag("p", f"Best on validation data: epoch {best.get('epoch'):,.0f}, {told}.") if told else ""
    return _part("Figures at the end", table(columns, rows), line) if rows else Markup()


def _curves(run: Run, record: Record) -> Markup:
    if not record.epochs:
        return Markup()
    try:
        series = series_of([run])
        panels = [svg(curves.curves(series, name), f"{name} by epoch") for name in curves.panels_of(series)]
    except NncliError as error:
        return _part("Curves", tag("p", error.lines()[0], class_="muted"))
    return _part("Curves", tag("figure", panels, class_="panels"))


def _fit(model: Model | None) -> Markup:
    if model is None:
        return Markup()
    try:
        shown = fit_of(model, "train")
        figure = fit(shown)
    except UsageError:  # no picture suits: the evaluation below says more
        return Markup()
    except NncliError as error:
        return _part("What it learned", tag("p", error.lines()[0], class_="muted"))
    return _part("What it learned", tag("figure", svg(figure, "what the network learned, over its training data")))


def _evaluation(report: Report | None) -> Markup:
    if report is None:
        return Markup()
    on = PART_PHRASES.get(report.on or "", "its data")
    said = f"Measured on {on}, {report.samples:,} samples, beside a baseline that ignores the inputs."
    return _part("Evaluation", tag("p", said), table(METRIC_COLUMNS, metric_rows(report)), _classes(report))


def _classes(report: Report) -> Markup:
    classes = report.classes
    if classes is None:
        return Markup()
    each = [(name, *metrics) for name, metrics in zip(classes.names, classes.each, strict=True)]
    fared = table(class_columns(classes), [*each, ("(mean)", *classes.macro)])
    if classes.confusion is None or len(classes.names) > MAX_CLASSES:
        return fared
    rows = [(name, *counts) for name, counts in zip(classes.names, classes.confusion, strict=True)]
    return join(fared, tag("p", "Rows: true class. Columns: predicted class."), table(("", *classes.names), rows))


def _layers(model: Model | None) -> Markup:
    if model is None:
        return Markup()
    rows: Sequence[Any] = [tuple(row.values()) for row in layer_table(model.experiment, model.data)]
    columns = ("layer", "type", "activation", "inputs", "outputs", "parameters", "scale of weights")
    return _part("Layers", table(columns, rows))


def _settings(run: Run) -> Markup:
    try:
        text = run.config_text()
    except NncliError as error:
        return _part("Settings", tag("p", error.lines()[0], class_="muted"))
    return _part("Settings", tag("p", "The whole experiment file, every default filled in:"), tag("pre", text))


def _repeat(of: ReportedRun) -> Markup:
    """The command that made the run, and what else the digits hang on."""
    about = of.run.info()
    command = about.get("command")
    words = [str(word) for word in command] if isinstance(command, list) else []
    lines = [shlex.join(["nncli", *words[1:]])] if words else []
    lines += ["# or, from the run itself:", f"nncli repeat {shlex.quote(of.record.name)}"]
    rows = [(name, value) for name, value in _environment(about).items() if value]
    return _part("How to repeat it", tag("pre", "\n".join(lines)), table(("", ""), rows, head=False))


def _environment(about: dict[str, Any]) -> dict[str, str]:
    def text(*path: str) -> str:
        found: Any = about
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""

    versions = ("python", "nncli", "numpy", "nnfs")
    dirty = isinstance(about.get("git"), dict) and about["git"].get("dirty") is True
    return {
        "seed": text("seed"),
        "commit": text("git", "commit") + (", with changes" if dirty else ""),
        **{name: text("versions", name) for name in versions},
        "processor": ", ".join(filter(None, (text("processor", "model"), text("processor", "vectors")))),
        "parent": text("parent", "run"),
    }
