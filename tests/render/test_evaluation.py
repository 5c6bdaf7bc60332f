"""The tables of an evaluation, as printed to a pipe."""

from __future__ import annotations

import io
import math

import pytest

from nncli.evaluation import ClassMetrics, ClassReport, MetricValue, Report
from nncli.render.evaluation import print_report

METRICS = {
    "loss": MetricValue(0.2374613732099533, 0.6931471824645996, False),
    "accuracy": MetricValue(0.92, 0.5, True),
}


def printed_report(report: Report) -> str:
    file = io.StringIO()
    print_report(report, file)
    return file.getvalue()


def of_classes(names: tuple[str, ...], count: int = 7) -> Report:
    """Return a report in which all cells of the confusion matrix are equal."""
    k = len(names)
    metrics = ClassMetrics(1 / k, 1 / k, 1 / k, count * k)
    classes = ClassReport(names, ((count,) * k,) * k, (metrics,) * k, metrics._replace(support=count * k * k))
    return Report("runs/a", "last", "test", None, count * k * k, METRICS, classes)


def test_two_classes():
    classes = ClassReport(
        ("cat", "dog"),
        ((89, 11), (5, 1095)),
        (ClassMetrics(0.946808, 0.89, 0.917525, 100), ClassMetrics(0.9900542, 0.9954545, 0.992747, 1100)),
        ClassMetrics(0.9684, 0.9427, 0.9551, 1200),
    )
    assert printed_report(Report("runs/pets/1", "best", "validation", None, 1200, METRICS, classes)) == (
        "runs/pets/1, best checkpoint: 1,200 samples, validation data\n"
        "\n"
        "metric     value  baseline\n"
        "loss      0.2375    0.6931  better\n"
        "accuracy    0.92       0.5  better\n"
        "\n"
        "class   precision  recall      f1  samples\n"
        "cat        0.9468    0.89  0.9175      100\n"
        "dog        0.9901  0.9955  0.9927    1,100\n"
        "(mean)     0.9684  0.9427  0.9551    1,200\n"
        "\n"
        "rows: true class; columns: predicted class\n"
        "     cat    dog\n"
        "cat   89     11\n"
        "dog    5  1,095\n"
    )


def test_regression_with_a_note_and_metrics_no_better_than_the_baseline():
    metrics = {
        "loss": MetricValue(0.5, 0.5, False),
        "r2": MetricValue(-0.25, 0.0, True),
        "mae": MetricValue(math.nan, 1.0, False),
    }
    note = "no test part: evaluated on the training data"
    assert printed_report(Report("runs/a", "last", "train", None, 10, metrics, None, note)) == (
        "runs/a, last checkpoint: 10 samples, training data\n"
        "no test part: evaluated on the training data\n"
        "\n"
        "metric  value  baseline\n"
        "loss      0.5       0.5  no better than the baseline\n"
        "r2      -0.25         0  no better than the baseline\n"
        "mae       nan         1  no better than the baseline\n"
    )


@pytest.mark.parametrize(("data", "source"), [("-", "standard input"), ("a\x1b[1m.csv", "a\\x1b[1m.csv")])
def test_source_of_the_data_is_named(data, source):
    assert printed_report(Report("runs/a", "last", None, data, 3, METRICS, None)).startswith(
        f"runs/a, last checkpoint: 3 samples, {source}\n"
    )


def test_class_names_are_escaped():
    text = printed_report(of_classes(("[bold]x[/bold]", "\x1b[31mred", ":smile:", "a" * 80)))
    for name in ("[bold]x[/bold]", "\\x1b[31mred", ":smile:", "a" * 21 + "..."):
        assert name in text
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 80


def test_columns_are_numbered_if_names_are_too_long():
    names = tuple(f"a rather long name {i}" for i in range(6))
    text = printed_report(of_classes(names))
    confusions = text[text.index("rows: true") :].splitlines()
    assert confusions[1].split() == ["0", "1", "2", "3", "4", "5"]
    assert confusions[2] == "0 a rather long name 0  7  7  7  7  7  7"
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(("count", "table"), [(7, True), (100_000, False)])
def test_confusion_matrix_of_twenty_classes_is_printed_if_it_fits(count, table):
    text = printed_report(of_classes(tuple(map(str, range(20))), count))
    assert ("rows: true class" in text) == table
    assert ("see eval.json for the confusion matrix: 20 classes do not fit in a table" in text) != table
    assert max(map(len, text.splitlines())) <= 80


def test_only_means_of_many_classes_are_printed():
    text = printed_report(of_classes(tuple(map(str, range(256)))))
    assert text.endswith(
        "\n"
        "see eval.json for the metrics and the confusion matrix of all 256 classes\n"
        "class   precision    recall        f1  samples\n"
        "(mean)   0.003906  0.003906  0.003906  458,752\n"
    )


def test_no_colours_in_a_pipe(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "20")
    assert "\x1b" not in printed_report(of_classes(("a", "b")))
