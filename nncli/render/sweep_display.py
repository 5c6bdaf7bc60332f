"""The live display of a sweep on a terminal: a few lines, redrawn in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from nncli.render.console import live_console
from nncli.render.sweep_state import SweepState, best_setting, best_text, counts_text, running_text

if TYPE_CHECKING:
    from rich.console import Group

REFRESHES = 4  # a second, so that the time left changes during long trainings
BAR = 10  # characters


class SweepDisplay:
    """Draws the state of a sweep while the context is active, and lines above it."""

    def __init__(self, stream: TextIO, state: SweepState) -> None:
        from rich.live import Live

        self._state = state
        self._screen = live_console(stream)
        self._width = self._screen.width
        self._live = Live(
            console=self._screen,
            get_renderable=self._lines,
            refresh_per_second=REFRESHES,
            transient=True,
            redirect_stdout=False,  # it holds results, which may go to another program
            redirect_stderr=False,
        )

    def __enter__(self) -> SweepDisplay:
        self._live.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def refresh(self) -> None:
        """Take note of a new state, which the next redrawing shows."""
        if self._screen.width < self._width:
            self._screen.clear()  # the terminal has wrapped the old lines, so rich cannot erase them
        self._width = self._screen.width

    def print(self, line: str) -> None:
        """Print a line above the display."""
        self._screen.print(line)

    def _lines(self) -> Group:
        from rich.console import Group
        from rich.text import Text

        state = self._state
        share = min(state.summary.ended / state.plan.trials, 1.0)
        bar = "━" * round(share * BAR) + "╌" * (BAR - round(share * BAR))
        text = "  ".join(filter(None, (counts_text(state), state.remaining_text())))
        head = f"{bar}  {text}" if BAR + 2 + len(text) < self._screen.width else text
        lines = [Text(line, no_wrap=True, overflow="ellipsis") for line in (head, best_text(state))]
        lines += [
            Text(best_setting(state), overflow="fold"),
            Text(running_text(state), no_wrap=True, overflow="ellipsis"),
        ]
        return Group(*(line for line in lines if line))
