"""The progress of training: a live line on a terminal, about ten plain lines elsewhere, or the lines of the book."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal, TextIO, TypeAlias

from nncli.events import BatchEnded, EpochEnded, Event, Metrics, TrainingEnded, TrainingStarted
from nncli.number_format import format_number
from nncli.render.console import is_terminal, live_console

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.progress import Progress

    from nncli.render.terminal.live import Plots

Style: TypeAlias = Literal["live", "plain", "book", "quiet"]

REFRESH = 0.2  # seconds between two drawings: each takes about 5 milliseconds from training
SHARE = 30  # a slow drawing is followed by a pause of at least this many times its duration
PLAIN_LINES = 10
PLAIN_SECONDS = 10.0  # between plain lines during the first epoch
# Widths reserved for the parts of the live line, in characters. Parts are left out if the loss does not fit otherwise.
BAR, PACE, REMAINING, LOSS = 10, len("123,456 epochs/s"), len("1:23:45"), len("loss 1.234e+10")
BOOK_EPOCHS = 100  # the book prints every hundredth epoch


def show(
    events: Iterable[Event], style: Style, file: TextIO | None = None, plots: Plots | None = None
) -> TrainingEnded:
    """Consume all events, show them in a style, and return the last one. The live line can have plots below it."""
    stream = sys.stderr if file is None else file
    styles: dict[Style, Callable[[Iterable[Event], TextIO], Iterator[Event]]] = {
        "live": lambda events, stream: _live(events, stream, plots),
        "plain": _plain,
        "book": _book,
        "quiet": lambda events, stream: iter(events),
    }
    ended = TrainingEnded("failed", "training ended unexpectedly")
    for event in styles[style](events, stream):
        if isinstance(event, TrainingEnded):
            ended = event
    return ended


def default_style() -> Style:
    """Return "live" on a terminal, "plain" elsewhere."""
    return "live" if is_terminal(sys.stderr) else "plain"


def metrics_line(metrics: Metrics, names: Iterable[str]) -> str:
    """Format metrics on one line: `loss 0.1453  accuracy 0.95`."""
    return "  ".join(f"{name} {format_number(metrics[name])}" for name in names if name in metrics)


def book_line(epoch: int, metrics: Metrics) -> str:
    """Return the line that the book prints for an epoch. Its accuracy is the first metric that ends in "accuracy"."""
    accuracy = next((value for name, value in metrics.items() if name.endswith("accuracy")), float("nan"))
    return (
        f"epoch: {epoch}, acc: {accuracy:.3f}, loss: {metrics['loss']:.3f} (data_loss: {metrics['data_loss']:.3f}, "
        f"reg_loss: {metrics['regularization_loss']:.3f}), lr: {metrics['learning_rate']}"
    )


def book_validation_line(metrics: Metrics) -> str:
    """Return the line that the book prints for validation data."""
    accuracy = next((value for name, value in metrics.items() if name.endswith("accuracy")), float("nan"))
    return f"validation, acc: {accuracy:.3f}, loss: {metrics['loss']:.3f}"


def _line_metrics(started: TrainingStarted, metrics: Metrics) -> list[str]:
    """Return the names of the metrics on a progress line: loss and metrics, then those of the validation data."""
    names = ["loss", *started.metrics]
    return names + [f"val_{name}" for name in names if f"val_{name}" in metrics]


def _plain(events: Iterable[Event], stream: TextIO) -> Iterator[Event]:
    due_epochs: set[int] = set()
    start = time.monotonic()
    next_line = start + PLAIN_SECONDS
    for event in events:
        if isinstance(event, TrainingStarted):
            started, last = event, event.epochs - 1
            count = last - event.first_epoch
            due_epochs = {event.first_epoch + round(count * i / (PLAIN_LINES - 1)) for i in range(PLAIN_LINES)}
        elif isinstance(event, EpochEnded) and event.epoch in due_epochs:
            line = metrics_line(event.metrics, [*_line_metrics(started, event.metrics), "learning_rate"])
            pace = (event.epoch - started.first_epoch + 1) / max(time.monotonic() - start, 1e-9)
            print(f"epoch {event.epoch}/{last}  {line}  {pace:,.0f} epochs/s", file=stream, flush=True)
        elif isinstance(event, BatchEnded) and event.epoch == started.first_epoch and time.monotonic() > next_line:
            next_line = time.monotonic() + PLAIN_SECONDS
            print(f"epoch {event.epoch}/{last}  batch {event.batch:,}/{event.batches:,}", file=stream, flush=True)
        yield event


def _book(events: Iterable[Event], stream: TextIO) -> Iterator[Event]:
    for event in events:
        if isinstance(event, EpochEnded) and event.epoch % BOOK_EPOCHS == 0:
            print(book_line(event.epoch, event.metrics), file=stream, flush=True)
        yield event


def _live(events: Iterable[Event], stream: TextIO, plots: Plots | None) -> Iterator[Event]:
    screen = live_console(stream)
    start, next_drawing, width = time.monotonic(), 0.0, screen.width
    last_drawn: BatchEnded | EpochEnded | None = None
    newest: BatchEnded | EpochEnded | None = None
    epoch: EpochEnded | None = None
    with _display(screen, plots) as progress:
        for event in events:
            now = time.monotonic()
            if isinstance(event, TrainingStarted):
                started = event
                task = progress.add_task("", total=event.epochs, completed=event.first_epoch, pace="", line="")
                if plots is not None:
                    plots.start(event)
            elif isinstance(event, BatchEnded | EpochEnded):
                newest = event
                if isinstance(event, EpochEnded):
                    epoch = event
                    if plots is not None:
                        plots.add(event)
            if (
                newest is not last_drawn
                and newest is not None
                and (now > next_drawing or isinstance(event, TrainingEnded))
            ):
                if screen.width < width:
                    screen.clear()  # the terminal has wrapped the old rows, so rich cannot erase them
                is_first, last_drawn, width = last_drawn is None, newest, screen.width
                progress.update(task, refresh=True, **_live_fields(started, newest, epoch, now - start))
                duration = 0.0 if is_first else time.monotonic() - now  # the first drawing also imports rich
                next_drawing = now + max(REFRESH, SHARE * duration)
            yield event


def _live_fields(
    started: TrainingStarted, newest: BatchEnded | EpochEnded, epoch: EpochEnded | None, seconds: float
) -> dict[str, Any]:
    """Return the values of the live line: the newest event's progress, and the metrics of the last complete epoch."""
    line = "" if epoch is None else _live_line(started, epoch.metrics)
    if isinstance(newest, BatchEnded):
        completed, pace = newest.epoch + newest.batch / newest.batches, f"batch {newest.batch}/{newest.batches}"
    else:
        completed = newest.epoch + 1.0
        pace = f"{(completed - started.first_epoch) / max(seconds, 1e-9):,.0f} epochs/s"
    return {"completed": completed, "pace": pace, "line": line}


def _live_line(started: TrainingStarted, metrics: Metrics) -> str:
    loss, *others = _line_metrics(started, metrics)
    return metrics_line(metrics, [loss, "learning_rate", *others]).replace("learning_rate", "lr", 1)


def _display(screen: Console, plots: Plots | None) -> Progress:
    """Return the live line, with the plots below it."""
    from rich import progress as parts
    from rich.table import Column
    from rich.text import Text

    class MetricsColumn(parts.ProgressColumn):
        """The metrics, cut at the edge of the terminal; all other columns are shown completely."""

        def render(self, task: parts.Task) -> Text:
            return Text(task.fields["line"], no_wrap=True, overflow="ellipsis")

    class Display(parts.Progress):
        """The line, with the plots below it."""

        def get_renderables(self) -> Iterable[RenderableType]:
            epochs = max((int(task.total or 0) for task in self.tasks), default=0)
            self.columns = tuple(columns[part] for part in _parts_that_fit(screen.width, epochs))
            yield from super().get_renderables()
            if plots is not None:
                yield plots

    unwrapped = Column(no_wrap=True)
    columns = {
        "bar": parts.BarColumn(bar_width=BAR, table_column=unwrapped),
        "count": parts.MofNCompleteColumn(table_column=unwrapped),
        "pace": parts.TextColumn("{task.fields[pace]}", markup=False, table_column=unwrapped),
        "remaining": parts.TimeRemainingColumn(compact=True, table_column=unwrapped),
        "metrics": MetricsColumn(),
    }
    return Display(console=screen, auto_refresh=False)


def _parts_that_fit(width: int, epochs: int) -> list[str]:
    """Return the parts of the live line that fit beside the loss; the least important are dropped first."""
    widths = {"bar": BAR, "count": 2 * len(str(epochs)) + 1, "pace": PACE, "remaining": REMAINING, "metrics": LOSS}
    for part in ("bar", "pace", "remaining"):
        if sum(widths.values()) + len(widths) - 1 > width:
            del widths[part]
    return list(widths)
