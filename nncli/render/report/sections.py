"""The sections of a report on a run. A section that cannot be made is left out or gives the reason."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from nncli.catalog.record import Record
from nncli.errors import NncliError, UsageError
from nncli.number_format import format_number
from nncli.registry import type_name
from nncli.render.console import verdict_text
from nncli.render.evaluation import METRIC_COLUMNS, PART_PHRASES, Report, class_columns, metric_rows
from nncli.render.figures import curves
from nncli.render.figures.fit import fit
from nncli.render.figures.fit_panel import fit_of
from nncli.render.figures.series import series_of
from nncli.render.layers import layer_table
from nncli.render.report.drawing import svg
from nncli.render.report.markup import Markup, join, table, tag
from nncli.store import Run
from nncli.text import count_of

if TYPE_CHECKING:
    from nncli.model import Model

WITHOUT_ACTIVATION = {"dense": "linear"}  # the name of a layer without an activation
MAX_CLASSES = 12  # of a confusion matrix


class ReportedRun(NamedTuple):
    """A run, with its model and evaluation if they can be read."""

    run: Run
    record: Record
    model: Model | None  # None without a readable checkpoint
    evaluation: Report | None
    missing: str  # why there is no model or no evaluation
    contradictions: Sequence[str] = ()  # numbers in the run's files that contradict each other, a line each
    verdict: str | None = None


def headline(reported: ReportedRun) -> Markup:
    """Return the status, verdict, start and duration of a run, and a sentence about the network and its training."""
    record, info = reported.record, reported.run.info()
    start = (record.start or "")[:16].replace("T", " ")
    duration = "" if record.seconds is None else f"{count_of(record.epochs or 0, 'epoch')} in {record.seconds:.1f} s"
    reason = info.get("reason")
    status = f"{record.status}: {reason}" if isinstance(reason, str) and reason else record.status
    verdict = "" if reported.verdict == record.status else verdict_text(reported.verdict)
    line = tag("p", ", ".join(filter(None, (status, verdict, start, duration))), class_="muted")
    return line if reported.model is None else join(line, tag("p", _sentence(reported.model)))


def _sentence(model: Model) -> str:
    experiment, samples = model.experiment, model.experiment.data.training_samples(model.data)
    layers = layer_table(experiment, model.data)
    names = (layer["activation"] or WITHOUT_ACTIVATION.get(layer["type"], layer["type"]) for layer in layers)
    outputs = (f"{layer['outputs']} {name}" for layer, name in zip(layers, names, strict=True))
    shapes = " → ".join([str(layers[0]["inputs"]), *outputs])
    total = sum(layer["parameters"] for layer in layers)
    optimizer, train = experiment.optimizer, experiment.train
    batches = f"batches of {train.batch_size}" if train.batch_size else "full batches"
    return (
        f"A network {shapes} with {total:,} parameters, trained on {samples:,} samples of "
        f"{experiment.data.type} with {type_name(type(optimizer))}, learning rate {optimizer.learning_rate:g}, "
        f"{type_name(type(experiment.loss))} loss, {batches}, {experiment.precision} arithmetic, "
        f"seed {experiment.seed}."
    )


def section(reported: ReportedRun) -> Markup:
    """Return all parts below the headline."""
    return join(
        tag("p", reported.missing, class_="muted") if reported.missing else "",
        [tag("p", "Contradiction: ", line, class_="warning") for line in reported.contradictions],
        _metrics(reported),
        _curves(reported.run, reported.record),
        _fit(reported.model),
        _evaluation(reported.evaluation),
        _layers(reported.model),
        _settings(reported.run),
        _reproduction(reported),
    )


def part(title: str, *content: Any) -> Markup:
    return tag("section", tag("h3", title), *content)


def _metrics(reported: ReportedRun) -> Markup:
    """Return the final metrics on training and validation data, and the best epoch."""
    final = reported.record.final
    names = [name for name in final if not name.startswith("val_") and name != "learning_rate"]
    validated = any(name.startswith("val_") for name in final)
    rows = [(name, final[name], *([final.get(f"val_{name}")] if validated else [])) for name in names]
    columns = ("metric", "training", *(["validation"] if validated else []))
    best = {name: value for name, value in (reported.record.best or {}).items() if value is not None}
    metrics = ", ".join(f"{name} {format_number(value)}" for name, value in best.items() if name != "epoch")
    line = tag("p", f"Best epoch on validation data: {best.get('epoch'):,.0f} ({metrics}).") if metrics else ""
    return part("Final metrics", table(columns, rows), line) if rows else Markup()


def _curves(run: Run, record: Record) -> Markup:
    if not record.epochs:
        return Markup()
    try:
        series = series_of([run])
        panels = [svg(curves.curves(series, name), f"{name} by epoch") for name in curves.panels_of(series)]
    except NncliError as error:
        return part("Curves", tag("p", error.lines()[0], class_="muted"))
    return part("Curves", tag("figure", panels, class_="panels"))


def _fit(model: Model | None) -> Markup:
    if model is None:
        return Markup()
    try:
        figure = fit(fit_of(model, "train"))
    except UsageError:  # the figure does not suit the data; the evaluation below does
        return Markup()
    except NncliError as error:
        return part("Fit", tag("p", error.lines()[0], class_="muted"))
    return part("Fit", tag("figure", svg(figure, "predictions on the training data")))


def _evaluation(report: Report | None) -> Markup:
    if report is None:
        return Markup()
    data = PART_PHRASES.get(report.on or "", "data of this run")
    text = f"Measured on {data} ({report.samples:,} samples) and compared with a baseline that ignores the inputs."
    return part("Evaluation", tag("p", text), table(METRIC_COLUMNS, metric_rows(report)), _classes(report))


def _classes(report: Report) -> Markup:
    classes = report.classes
    if classes is None:
        return Markup()
    rows = [(name, *metrics) for name, metrics in zip(classes.names, classes.per_class, strict=True)]
    metrics_table = table(class_columns(classes), [*rows, ("(mean)", *classes.macro)])
    if classes.confusion is None or len(classes.names) > MAX_CLASSES:
        return metrics_table
    counts = [(name, *row) for name, row in zip(classes.names, classes.confusion, strict=True)]
    legend = tag("p", "Rows: true class. Columns: predicted class.")
    return join(metrics_table, legend, table(("", *classes.names), counts))


def _layers(model: Model | None) -> Markup:
    if model is None:
        return Markup()
    rows: Sequence[Any] = [tuple(row.values()) for row in layer_table(model.experiment, model.data)]
    columns = ("layer", "type", "activation", "inputs", "outputs", "parameters", "initial scale")
    return part("Layers", table(columns, rows))


def _settings(run: Run) -> Markup:
    try:
        text = run.config_text()
    except NncliError as error:
        return part("Settings", tag("p", error.lines()[0], class_="muted"))
    return part("Settings", tag("p", "The experiment file with all defaults filled in:"), tag("pre", text))


def _reproduction(reported: ReportedRun) -> Markup:
    """Return the commands that reproduce the run, and the environment on which the digits depend."""
    info = reported.run.info()
    command = info.get("command")
    words = [str(word) for word in command] if isinstance(command, list) else []
    lines = [shlex.join(["nncli", *words[1:]])] if words else []
    lines += ["# or, from the run itself:", f"nncli repeat {shlex.quote(reported.record.name)}"]
    rows = [(name, value) for name, value in _environment(info).items() if value]
    return part("Reproduce this run", tag("pre", "\n".join(lines)), table(("", ""), rows, head=False))


def _environment(info: dict[str, Any]) -> dict[str, str]:
    def text(*path: str) -> str:
        value: Any = info
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""

    versions = ("python", "nncli", "numpy", "nnfs")
    dirty = isinstance(info.get("git"), dict) and info["git"].get("dirty") is True
    return {
        "seed": text("seed"),
        "commit": text("git", "commit") + (" with uncommitted changes" if dirty else ""),
        **{name: text("versions", name) for name in versions},
        "processor": ", ".join(filter(None, (text("processor", "model"), text("processor", "vectors")))),
        "parent": text("parent", "run"),
    }
