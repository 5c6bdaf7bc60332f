"""Where things for people are printed: colours and the terminal's width on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO

from nncli.escaping import printable
from nncli.render.number_format import format_number
from nncli.text import count_of

if TYPE_CHECKING:
    from rich.console import Console

MAX_WIDTH = 1000  # in a pipe nothing is cut: whoever reads it splits at spaces


def is_terminal(file: TextIO) -> bool:
    """Whether a person watches and the terminal can move its cursor; FORCE_COLOR alone does not make one."""
    return file.isatty() and os.environ.get("TERM", "") not in ("", "dumb")


def console(file: TextIO | None = None) -> Console:
    """A console on a stream (stderr where not given) that takes text as it is, without markup."""
    from rich.console import Console  # here and below, as a training in a script shows nothing that needs it

    stream = sys.stderr if file is None else file
    width = None if stream.isatty() else MAX_WIDTH
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False, soft_wrap=True)


def format_epochs(count: object) -> str:
    """A number of epochs in words, or the sign for one that is not known."""
    return count_of(count, "epoch") if isinstance(count, int) else f"{format_value(count)} epochs"


def format_value(value: object) -> str:
    """A value in a table: a float in few digits, nothing for None, control characters escaped."""
    if value is None:
        return ""
    if isinstance(value, float):
        return format_number(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return printable(str(value))
