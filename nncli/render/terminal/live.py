"""The plots of a training under way, below its live line: the loss so far, and the fit where there is one to show."""

from __future__ import annotations

import functools
from array import array
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

import numpy as np

from nncli.events import EpochEnded, TrainingStarted
from nncli.render.divergence import divergence_text, first_nonfinite_epoch
from nncli.render.terminal.canvas import COLOUR_OF, SMALLEST, beside, capabilities_of, coloured
from nncli.render.terminal.curve import Line, loss_panel
from nncli.render.terminal.fit import Shown, fit_panel

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.segment import Segment
    from rich.style import Style

RESERVED = 3  # rows of the terminal for the run's path, the live line, and one to spare
HIGHEST, MAX_WIDTH = 18, 100  # of a panel, in rows and columns
SIDE_BY_SIDE = 80  # columns from which on the fit stands beside the loss
BETWEEN = 2
MAX_EPOCHS, PART = 50_000, 10  # that are kept; beyond, two of each ten


class Plots:
    """What rich draws below the live line, as large as the terminal then is."""

    def __init__(self, shown: Shown | None, stream: TextIO) -> None:
        self._shown = shown if shown is not None and shown.possible else None
        self._look = capabilities_of(stream)
        self._epochs, self._losses, self._validation = array("d"), array("d"), array("d")
        self._last = 0

    def start(self, started: TrainingStarted) -> None:
        """Takes note of how long training will last."""
        self._last = started.epochs - 1

    def add(self, event: EpochEnded) -> None:
        """Takes note of an epoch's losses."""
        self._epochs.append(event.epoch)
        self._losses.append(event.metrics["loss"])
        self._validation.append(event.metrics.get("val_loss", np.nan))
        if len(self._epochs) == MAX_EPOCHS:
            self._thin_out()

    def _thin_out(self) -> None:
        """Leaves two of ten epochs, the highest loss among them, so that a long training takes no more room."""
        losses = np.array(self._losses).reshape(-1, PART)
        highest = np.argmax(losses, axis=1)
        kept = np.sort(np.stack([highest, np.where(highest == 0, PART - 1, 0)], axis=1), axis=1)
        chosen = (kept + PART * np.arange(len(losses))[:, np.newaxis]).reshape(-1)
        for name in ("_epochs", "_losses", "_validation"):
            setattr(self, name, array("d", np.array(getattr(self, name))[chosen]))

    def rows(self, width: int, height: int) -> list[str]:
        """The lines for a terminal of that size; none where it is too small."""
        width, height = width - 1, height - RESERVED  # in the last column some terminals would begin a new line
        if width < SMALLEST[0] or height < SMALLEST[1] or not self._epochs:
            return []
        if self._shown is None:
            return self._loss(min(width, MAX_WIDTH), min(height, HIGHEST))
        if width >= SIDE_BY_SIDE:
            half = min((width - BETWEEN) // 2, MAX_WIDTH)
            size = (half, min(height, HIGHEST))
            return beside(self._loss(*size), fit_panel(self._shown, size, self._look), half, BETWEEN)
        each = min(height // 2, HIGHEST)
        if each < SMALLEST[1]:
            return self._loss(width, height)
        return [*self._loss(width, each), *fit_panel(self._shown, (width, each), self._look)]

    def _loss(self, width: int, height: int) -> list[str]:
        epochs, losses, validation = (np.array(each) for each in (self._epochs, self._losses, self._validation))
        lost = first_nonfinite_epoch(epochs, losses)
        lines = [Line("training", epochs, losses, *(((), "") if lost is None else ((lost,), divergence_text([lost]))))]
        if np.isfinite(validation).any():
            lines.append(Line("validation", epochs, validation))
        return loss_panel(lines, self._last, (width, height), self._look)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        from rich.segment import Segment

        for row in self.rows(*console.size):
            yield from (Segment(text, _style(code)) for code, text in coloured(row) if text)
            yield Segment.line()


@functools.cache
def _style(code: str) -> Style:
    from rich.style import Style

    return Style(color=COLOUR_OF.get(code))
