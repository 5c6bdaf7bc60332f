"""Output for people: colours and the terminal's width on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO

from nncli.escaping import printable
from nncli.number_format import format_number
from nncli.text import count_of

if TYPE_CHECKING:
    from rich.console import Console

MAX_WIDTH = 1000  # of lines in a pipe, which programs read: cut nothing


def is_terminal(file: TextIO) -> bool:
    """Return whether a stream is a terminal that can move its cursor. FORCE_COLOR is ignored."""
    return file.isatty() and os.environ.get("TERM", "") not in ("", "dumb")


def console(file: TextIO | None = None) -> Console:
    """Return a console on a stream (default: stderr) that prints text literally, without markup."""
    from rich.console import Console  # not at the top: training in a script does not need rich

    stream = sys.stderr if file is None else file
    width = None if stream.isatty() else MAX_WIDTH
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False, soft_wrap=True)


def live_console(file: TextIO) -> Console:
    """Return a console for a live display. It keeps the cursor, which a second Ctrl-C would leave hidden."""
    screen = console(file)
    setattr(screen, "show_cursor", lambda show=True: False)  # noqa: B010
    return screen


def format_epochs(count: object) -> str:
    """Format a number of epochs: `1 epoch`, `1,200 epochs`, `? epochs`."""
    return count_of(count, "epoch") if isinstance(count, int) else f"{format_value(count)} epochs"


def format_value(value: object) -> str:
    """Format a value for a table: floats in few digits, None as "", control characters escaped."""
    if value is None:
        return ""
    if isinstance(value, float):
        return format_number(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return printable(str(value))


def verdict_text(verdict: str | None) -> str:
    """Format a verdict: `learns badly`; empty without one."""
    return "" if verdict is None else verdict.replace("_", " ")
