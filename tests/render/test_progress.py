"""The progress of training: about ten plain lines, the lines of the book, a live line, or none."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pytest

from nncli.events import BatchEnded, EpochEnded, Event, TrainingEnded, TrainingStarted
from nncli.render import progress
from tests.cli.program import without_speed

ENDED = TrainingEnded("done")


def events(epochs: int, first: int = 0, ended: int | None = None, **metrics: float) -> Iterator[Event]:
    """Yield the events of training that starts at the epoch `first` and may end early."""
    yield TrainingStarted(first, epochs, samples=5, parameter_count=3, metrics=("accuracy",), monitor=None)
    for epoch in range(first, epochs if ended is None else ended):
        row = {"loss": 0.346, "data_loss": 0.3458, "regularization_loss": 0.0, "accuracy": 0.003}
        yield EpochEnded(epoch, {**row, "learning_rate": 0.001, **metrics})
    yield ENDED


def lines_of(style: progress.Style, source: Iterator[Event]) -> list[str]:
    """Return the lines of a style."""
    file = io.StringIO()
    assert progress.show(source, style, file) == ENDED
    return without_speed(file.getvalue()).splitlines()


@pytest.mark.parametrize(
    ("epochs", "due"),
    [
        (1, [0]),
        (3, [0, 1, 2]),
        (10, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (11, [0, 1, 2, 3, 4, 6, 7, 8, 9, 10]),
        (12, [0, 1, 2, 4, 5, 6, 7, 9, 10, 11]),
        (10001, [0, 1111, 2222, 3333, 4444, 5556, 6667, 7778, 8889, 10000]),
    ],
)
def test_about_ten_plain_lines(epochs: int, due: list[int]) -> None:
    assert lines_of("plain", events(epochs)) == [
        f"epoch {epoch}/{epochs - 1}  loss 0.346  accuracy 0.003  learning_rate 0.001  N epochs/s" for epoch in due
    ]


def test_plain_lines_of_a_resumed_run() -> None:
    lines = lines_of("plain", events(110, first=100))
    assert [line.split()[1] for line in lines] == [f"{epoch}/109" for epoch in range(100, 110)]


def test_plain_lines_of_a_training_that_ends_early() -> None:
    assert len(lines_of("plain", events(100, ended=45))) == 5


def test_plain_lines_have_validation_metrics() -> None:
    line = lines_of("plain", events(1, val_loss=0.5, val_accuracy=0.25))[0]
    metrics = "loss 0.346  accuracy 0.003  val_loss 0.5  val_accuracy 0.25  learning_rate 0.001"
    assert line == f"epoch 0/0  {metrics}  N epochs/s"


def test_metric_that_is_nan() -> None:
    assert "loss nan  " in lines_of("plain", events(1, loss=float("nan")))[0]


def test_book_lines() -> None:
    assert lines_of("book", events(201)) == [
        f"epoch: {epoch}, acc: 0.003, loss: 0.346 (data_loss: 0.346, reg_loss: 0.000), lr: 0.001"
        for epoch in (0, 100, 200)
    ]


def test_book_line_has_all_digits_of_the_learning_rate() -> None:
    metrics = {
        "loss": 0.67449,
        "data_loss": 0.67349,
        "regularization_loss": 0.001,
        "regression_accuracy": 0.63,
        "learning_rate": 0.0009999505024501287,
    }
    expected = "epoch: 100, acc: 0.630, loss: 0.674 (data_loss: 0.673, reg_loss: 0.001), lr: 0.0009999505024501287"
    assert progress.book_line(100, metrics) == expected
    del metrics["regression_accuracy"]
    assert ", acc: nan, " in progress.book_line(100, metrics)


def with_batches(source: Iterator[Event], batches: int = 40) -> Iterator[Event]:
    """Yield events, with one after each batch of an epoch except the last."""
    for event in source:
        if isinstance(event, EpochEnded):
            yield from (BatchEnded(event.epoch, batch, batches) for batch in range(1, batches))
        yield event


def test_plain_lines_of_a_long_first_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each batch takes a second."""
    seconds = 0
    monkeypatch.setattr(progress.time, "monotonic", lambda: seconds)

    def slow_events() -> Iterator[Event]:
        nonlocal seconds
        for event in with_batches(events(5, first=3)):
            yield event
            seconds += 1

    assert [line.split("  ")[:2] for line in lines_of("plain", slow_events())] == [
        ["epoch 3/4", "batch 11/40"],
        ["epoch 3/4", "batch 22/40"],
        ["epoch 3/4", "batch 33/40"],
        ["epoch 3/4", "loss 0.346"],
        ["epoch 4/4", "loss 0.346"],
    ]


@pytest.mark.parametrize("style", ["book", "quiet"])
def test_other_styles_ignore_batches(style: progress.Style) -> None:
    assert lines_of(style, with_batches(events(3))) == lines_of(style, events(3))


def test_live_line_shows_batches_and_the_metrics_of_the_last_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(progress, "REFRESH", 0.0)
    monkeypatch.setattr(progress, "SHARE", 0)
    progress.show(with_batches(events(2), 3), "live", file := Terminal())
    drawn = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", file.getvalue()).split("\r")
    in_first, in_second = (next(line for line in drawn if f"{epoch}/2 batch 2/3" in line) for epoch in (0, 1))
    assert "loss" not in in_first
    assert "loss 0.346" in in_second
    assert re.search(r"2/2 [\d,]+ epochs/s", drawn[-1])


def test_quiet_style_consumes_events_and_prints_nothing() -> None:
    consumed = []
    source = (consumed.append(event) or event for event in events(3))  # type: ignore[func-returns-value]
    assert lines_of("quiet", source) == []
    assert len(consumed) == 5


def test_events_without_an_end_are_a_failure() -> None:
    assert progress.show(iter([]), "plain", io.StringIO()).status == "failed"


class Terminal(io.StringIO):
    """A file that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("term", "style"), [("xterm", "live"), ("dumb", "plain"), ("", "plain"), (None, "plain")])
def test_live_style_needs_a_capable_terminal(monkeypatch: pytest.MonkeyPatch, term: str | None, style: str) -> None:
    monkeypatch.setenv("TERM", "xterm") if term is None else monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr("sys.stderr", io.StringIO() if term is None else Terminal())
    assert progress.default_style() == style


def test_live_line_of_a_resumed_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    file = Terminal()
    assert progress.show(events(110, first=100), "live", file) == ENDED
    assert "100/110" in file.getvalue()
    assert "110/110" in file.getvalue()


def test_live_line_ends_with_the_last_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    file = Terminal()
    started, *rows = events(50)
    progress.show(iter([started, *rows[:20], TrainingEnded("stopped")]), "live", file)
    assert "20/50" in file.getvalue().splitlines()[-1]


@pytest.mark.parametrize(
    ("columns", "parts"),
    [
        (100, r"[━╸╺ ]+ +\d+/110 [\d,]+ epochs/s \S+ loss 0.346  lr"),
        (50, r" *\d+/110 [\d,]+ epochs/s \S+ loss 0.346  lr"),
        (40, r" *\d+/110 \S+ loss 0.346  lr"),
        (25, r" *\d+/110 loss 0.346"),
    ],
)
def test_narrow_live_line_keeps_the_loss(monkeypatch: pytest.MonkeyPatch, columns: int, parts: str) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(columns))
    file = Terminal()
    progress.show(events(110, first=100), "live", file)
    line = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", file.getvalue().splitlines()[-1]).rpartition("\r")[2]
    assert re.match(parts, line), line
    assert len(line) <= columns
