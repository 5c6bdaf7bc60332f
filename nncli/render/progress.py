"""A training as it is watched: a live line on a terminal, about ten plain lines elsewhere, or the book's own lines."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Literal, TextIO, TypeAlias

from nncli.events import EpochEnded, Event, Metrics, TrainingEnded, TrainingStarted
from nncli.render.console import console, is_terminal
from nncli.render.number_format import format_number

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.progress import Progress

    from nncli.render.terminal.live import Plots

Style: TypeAlias = Literal["live", "plain", "book", "quiet"]

REFRESH = 0.2  # seconds between two drawings: each takes some 5 milliseconds from training
SHARE = 30  # and where one takes longer, at least so many times as long as it
PLAIN_LINES = 10
# Characters that the parts of the live line may need, so that the loss always has its own; some are left out for that.
BAR, PACE, REMAINING, LOSS = 10, len("123,456 epochs/s"), len("1:23:45"), len("loss 1.234e+10")
BOOK_EPOCHS = 100  # the book prints every hundredth epoch


def show(
    events: Iterable[Event], style: Style, file: TextIO | None = None, plots: Plots | None = None
) -> TrainingEnded:
    """Takes all events, shows them in a style, and returns the last one; the live line may have plots below."""
    stream = sys.stderr if file is None else file
    styles: dict[Style, Callable[[Iterable[Event], TextIO], Iterator[Event]]] = {
        "live": lambda events, stream: _live(events, stream, plots),
        "plain": _plain,
        "book": _book,
        "quiet": lambda events, stream: iter(events),
    }
    ended = TrainingEnded("failed", "it ended without a word")
    for event in styles[style](events, stream):
        if isinstance(event, TrainingEnded):
            ended = event
    return ended


def default_style() -> Style:
    """A live display on a terminal, plain lines elsewhere."""
    return "live" if is_terminal(sys.stderr) else "plain"


def metrics_line(metrics: Metrics, names: Iterable[str]) -> str:
    """Some figures on one line, as in `loss 0.1453  accuracy 0.95`."""
    return "  ".join(f"{name} {format_number(metrics[name])}" for name in names if name in metrics)


def book_line(epoch: int, metrics: Metrics) -> str:
    """The line that the book prints for an epoch; its accuracy is the first metric."""
    accuracy = next((value for name, value in metrics.items() if name.endswith("accuracy")), float("nan"))
    return (
        f"epoch: {epoch}, acc: {accuracy:.3f}, loss: {metrics['loss']:.3f} (data_loss: {metrics['data_loss']:.3f}, "
        f"reg_loss: {metrics['regularization_loss']:.3f}), lr: {metrics['learning_rate']}"
    )


def book_validation_line(metrics: Metrics) -> str:
    """The line that the book prints for data that it was not trained on."""
    accuracy = next((value for name, value in metrics.items() if name.endswith("accuracy")), float("nan"))
    return f"validation, acc: {accuracy:.3f}, loss: {metrics['loss']:.3f}"


def _watched(started: TrainingStarted, metrics: Metrics) -> list[str]:
    """The names worth a place on one line: losses, metrics, and those on validation data."""
    names = ["loss", *started.metrics]
    return names + [f"val_{name}" for name in names if f"val_{name}" in metrics]


def _plain(events: Iterable[Event], stream: TextIO) -> Iterator[Event]:
    due: set[int] = set()
    began = time.monotonic()
    for event in events:
        if isinstance(event, TrainingStarted):
            started, last = event, event.epochs - 1
            count = last - event.first_epoch
            due = {event.first_epoch + round(count * i / (PLAIN_LINES - 1)) for i in range(PLAIN_LINES)}
        elif isinstance(event, EpochEnded) and event.epoch in due:
            line = metrics_line(event.metrics, [*_watched(started, event.metrics), "learning_rate"])
            pace = (event.epoch - started.first_epoch + 1) / max(time.monotonic() - began, 1e-9)
            print(f"epoch {event.epoch}/{last}  {line}  {pace:,.0f} epochs/s", file=stream, flush=True)
        yield event


def _book(events: Iterable[Event], stream: TextIO) -> Iterator[Event]:
    for event in events:
        if isinstance(event, EpochEnded) and event.epoch % BOOK_EPOCHS == 0:
            print(book_line(event.epoch, event.metrics), file=stream, flush=True)
        yield event


def _live(events: Iterable[Event], stream: TextIO, plots: Plots | None) -> Iterator[Event]:
    screen = console(stream)
    setattr(screen, "show_cursor", lambda show=True: False)  # noqa: B010  a second Ctrl-C would leave it hidden
    began, due, width = time.monotonic(), 0.0, screen.width
    drawn: EpochEnded | None = None
    newest: EpochEnded | None = None
    with _display(screen, plots) as progress:
        for event in events:
            now = time.monotonic()
            if isinstance(event, TrainingStarted):
                started = event
                task = progress.add_task("", total=event.epochs, completed=event.first_epoch, pace="", line="")
                if plots is not None:
                    plots.start(event)
            elif isinstance(event, EpochEnded):
                newest = event
                if plots is not None:
                    plots.add(event)
            if newest is not drawn and newest is not None and (now > due or isinstance(event, TrainingEnded)):
                if screen.width < width:
                    screen.clear()  # rows that were wider are now several, which nobody can count
                is_first, drawn, width = drawn is None, newest, screen.width
                pace = f"{(newest.epoch + 1 - started.first_epoch) / max(now - began, 1e-9):,.0f} epochs/s"
                line = _live_line(started, newest.metrics)
                progress.update(task, completed=newest.epoch + 1, pace=pace, line=line, refresh=True)
                took = 0.0 if is_first else time.monotonic() - now  # the first also imports what draws
                due = now + max(REFRESH, SHARE * took)
            yield event


def _live_line(started: TrainingStarted, metrics: Metrics) -> str:
    loss, *others = _watched(started, metrics)
    return metrics_line(metrics, [loss, "learning_rate", *others]).replace("learning_rate", "lr", 1)


def _display(screen: Console, plots: Plots | None) -> Progress:
    """The live line, and below it the plots."""
    from rich import progress as parts
    from rich.table import Column
    from rich.text import Text

    class Shown(parts.ProgressColumn):
        """The figures, cut where the terminal ends; nothing else is."""

        def render(self, task: parts.Task) -> Text:
            return Text(task.fields["line"], no_wrap=True, overflow="ellipsis")

    class Display(parts.Progress):
        """The line, and below it what else is drawn at the same times."""

        def get_renderables(self) -> Iterable[RenderableType]:
            epochs = max((int(task.total or 0) for task in self.tasks), default=0)
            self.columns = tuple(columns[part] for part in _parts_that_fit(screen.width, epochs))
            yield from super().get_renderables()
            if plots is not None:
                yield plots

    whole = Column(no_wrap=True)
    columns = {
        "bar": parts.BarColumn(bar_width=BAR, table_column=whole),
        "count": parts.MofNCompleteColumn(table_column=whole),
        "pace": parts.TextColumn("{task.fields[pace]}", markup=False, table_column=whole),
        "remaining": parts.TimeRemainingColumn(compact=True, table_column=whole),
        "figures": Shown(),
    }
    return Display(console=screen, auto_refresh=False)


def _parts_that_fit(width: int, epochs: int) -> list[str]:
    """Return the parts of the live line, of which the least important give way to the loss on a narrow terminal."""
    widths = {"bar": BAR, "count": 2 * len(str(epochs)) + 1, "pace": PACE, "remaining": REMAINING, "figures": LOSS}
    for part in ("bar", "pace", "remaining"):
        if sum(widths.values()) + len(widths) - 1 > width:
            del widths[part]
    return list(widths)
