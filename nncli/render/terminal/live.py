"""The plots below the live line during training: the loss so far, and the fit if it can be drawn."""

from __future__ import annotations

import functools
from array import array
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

import numpy as np

from nncli.events import EpochEnded, TrainingStarted
from nncli.render.divergence import divergence_text, first_nonfinite_epoch
from nncli.render.terminal.canvas import COLOUR_OF, SMALLEST, capabilities_of, side_by_side, split_colours
from nncli.render.terminal.curve import Line, loss_panel
from nncli.render.terminal.fit import Fit, fit_panel

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.segment import Segment
    from rich.style import Style

RESERVED = 3  # rows of the terminal for the run's path, the live line, and one to spare
MAX_HEIGHT, MAX_WIDTH = 18, 100  # of a panel, in rows and columns
SIDE_BY_SIDE = 80  # columns; on a narrower terminal, the fit is below the loss
GAP = 2
MAX_EPOCHS, GROUP = 50_000, 10  # epochs in memory; beyond, only two of each ten are kept


class Plots:
    """The plots below the live line, drawn by rich to fit the current size of the terminal."""

    def __init__(self, fit: Fit | None, stream: TextIO) -> None:
        self._fit = fit if fit is not None and fit.drawable else None
        self._terminal = capabilities_of(stream)
        self._epochs, self._losses, self._validation = array("d"), array("d"), array("d")
        self._last = 0

    def start(self, started: TrainingStarted) -> None:
        """Set the number of epochs."""
        self._last = started.epochs - 1

    def add(self, event: EpochEnded) -> None:
        """Add the losses of an epoch."""
        self._epochs.append(event.epoch)
        self._losses.append(event.metrics["loss"])
        self._validation.append(event.metrics.get("val_loss", np.nan))
        if len(self._epochs) == MAX_EPOCHS:
            self._thin_out()

    def _thin_out(self) -> None:
        """Keep two of each ten epochs, including the highest loss, to bound the memory of a long run."""
        losses = np.array(self._losses).reshape(-1, GROUP)
        highest = np.argmax(losses, axis=1)
        in_group = np.sort(np.stack([highest, np.where(highest == 0, GROUP - 1, 0)], axis=1), axis=1)
        indices = (in_group + GROUP * np.arange(len(losses))[:, np.newaxis]).reshape(-1)
        for name in ("_epochs", "_losses", "_validation"):
            setattr(self, name, array("d", np.array(getattr(self, name))[indices]))

    def rows(self, width: int, height: int) -> list[str]:
        """Return the lines for a terminal of that size, or none if it is too small."""
        width, height = width - 1, height - RESERVED  # some terminals begin a new line in the last column
        if width < SMALLEST[0] or height < SMALLEST[1] or not self._epochs:
            return []
        if self._fit is None:
            return self._loss(min(width, MAX_WIDTH), min(height, MAX_HEIGHT))
        if width >= SIDE_BY_SIDE:
            half = min((width - GAP) // 2, MAX_WIDTH)
            size = (half, min(height, MAX_HEIGHT))
            return side_by_side(self._loss(*size), fit_panel(self._fit, size, self._terminal), half, GAP)
        panel_height = min(height // 2, MAX_HEIGHT)
        if panel_height < SMALLEST[1]:
            return self._loss(width, height)
        return [*self._loss(width, panel_height), *fit_panel(self._fit, (width, panel_height), self._terminal)]

    def _loss(self, width: int, height: int) -> list[str]:
        epochs, losses, validation = (np.array(each) for each in (self._epochs, self._losses, self._validation))
        diverged = first_nonfinite_epoch(epochs, losses)
        marks = ((), "") if diverged is None else ((diverged,), divergence_text([diverged]))
        lines = [Line("training", epochs, losses, *marks)]
        if np.isfinite(validation).any():
            lines.append(Line("validation", epochs, validation))
        return loss_panel(lines, self._last, (width, height), self._terminal)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        from rich.segment import Segment

        for row in self.rows(*console.size):
            yield from (Segment(text, _style(code)) for code, text in split_colours(row) if text)
            yield Segment.line()


@functools.cache
def _style(code: str) -> Style:
    from rich.style import Style

    return Style(color=COLOUR_OF.get(code))
