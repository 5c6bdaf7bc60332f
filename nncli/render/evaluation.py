"""The tables of an evaluation: metrics compared with the baseline, and the metrics of each class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TextIO

from nncli.render.console import format_value
from nncli.render.table import print_table
from nncli.text import shorten

WIDTH = 80
MAX_CLASSES = 20
MAX_NAME_LENGTH = 24
PART_PHRASES = {"train": "training data", "validation": "validation data", "test": "test data"}
METRIC_COLUMNS = ("metric", "value", "baseline", "")


class MetricValue(Protocol):
    """A metric and its value for the baseline."""

    @property
    def value(self) -> float: ...
    @property
    def baseline(self) -> float: ...
    @property
    def beats_baseline(self) -> bool: ...


class Classes(Protocol):
    """Precision, recall, f1 and samples of each class or label, their means, and the confusion matrix of classes."""

    @property
    def names(self) -> Sequence[str]: ...
    @property
    def confusion(self) -> Sequence[Sequence[int]] | None: ...
    @property
    def per_class(self) -> Sequence[Sequence[float]]: ...
    @property
    def macro(self) -> Sequence[float]: ...


class Report(Protocol):
    """The parts of an evaluation that are printed; a protocol, since this layer does not import `evaluation`."""

    @property
    def run(self) -> str: ...
    @property
    def checkpoint(self) -> str: ...
    @property
    def on(self) -> str | None: ...
    @property
    def data(self) -> str | None: ...
    @property
    def samples(self) -> int: ...
    @property
    def note(self) -> str: ...
    @property
    def metrics(self) -> Mapping[str, MetricValue]: ...
    @property
    def classes(self) -> Classes | None: ...


def print_report(report: Report, file: TextIO) -> None:
    """Print the metrics of an evaluation, and for classes also precision, recall and the confusion matrix."""
    source = "standard input" if report.data == "-" else format_value(report.data)
    data = PART_PHRASES[report.on] if report.on else source
    print(f"{format_value(report.run)}, {report.checkpoint} checkpoint: {report.samples:,} samples, {data}", file=file)
    if report.note:
        print(report.note, file=file)
    print(file=file)
    print_table(METRIC_COLUMNS, metric_rows(report), file)
    if report.classes is not None:
        _print_classes(report.classes, file)


def metric_rows(report: Report) -> list[tuple[str, float, float, str]]:
    """Return a row for each metric: name, value, value of the baseline, and which of the two is better."""
    return [
        (name, metric.value, metric.baseline, "better" if metric.beats_baseline else "no better than the baseline")
        for name, metric in report.metrics.items()
    ]


def _print_classes(classes: Classes, file: TextIO) -> None:
    names = [shorten(name, MAX_NAME_LENGTH) for name in classes.names]
    print(file=file)
    if len(names) > MAX_CLASSES:
        of_labels = classes.confusion is None
        omitted, kind = ("metrics", "labels") if of_labels else ("metrics and the confusion matrix", "classes")
        print(f"see eval.json for the {omitted} of all {len(names)} {kind}", file=file)
        rows = []
    else:
        rows = [(name, *metrics) for name, metrics in zip(names, classes.per_class, strict=True)]
    print_table(class_columns(classes), [*rows, ("(mean)", *classes.macro)], file)
    if classes.confusion is not None and len(names) <= MAX_CLASSES:
        print(file=file)
        _print_confusion(names, classes.confusion, file)


def class_columns(classes: Classes) -> tuple[str, ...]:
    """Return the column names of the table of classes or labels."""
    name, support = ("label", "positives") if classes.confusion is None else ("class", "samples")
    return (name, "precision", "recall", "f1", support)


def _print_confusion(names: list[str], confusion: Sequence[Sequence[int]], file: TextIO) -> None:
    """Print the confusion matrix, true classes in rows. Number the columns if the names do not fit."""
    heads, labels = names, names
    cells = [[f"{count:,}" for count in row] for row in confusion]
    if _width(labels, heads, cells) > WIDTH:
        heads = [str(number) for number in range(len(names))]
        labels = [f"{head} {name}" for head, name in zip(heads, names, strict=True)]
    if _width(labels, heads, cells) > WIDTH:
        print(f"see eval.json for the confusion matrix: {len(names)} classes do not fit in a table", file=file)
        return
    print("rows: true class; columns: predicted class", file=file)
    print_table(("", *heads), [(label, *row) for label, row in zip(labels, confusion, strict=True)], file)


def _width(labels: list[str], heads: list[str], cells: list[list[str]]) -> int:
    """Return the number of characters in a line of the table."""
    columns = [max(map(len, (head, *column))) for head, column in zip(heads, zip(*cells, strict=True), strict=True)]
    return max(map(len, labels)) + sum(columns) + 2 * len(columns)
