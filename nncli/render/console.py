"""Where things for people are printed: colours and the terminal's width on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from nncli.escapes import printable

if TYPE_CHECKING:
    from rich.console import Console

WIDEST = 1000  # in a pipe nothing is cut: whoever reads it splits at spaces


def is_terminal(file: TextIO) -> bool:
    """Whether a person watches and the terminal can move its cursor; FORCE_COLOR alone does not make one."""
    return file.isatty() and os.environ.get("TERM", "") not in ("", "dumb")


def console(file: TextIO | None = None) -> Console:
    """A console on a stream (stderr where not given) that takes text as it is, without markup."""
    from rich.console import Console  # here and below, as a training in a script shows nothing that needs it

    stream = sys.stderr if file is None else file
    width = None if stream.isatty() else WIDEST
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False, soft_wrap=True)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], file: TextIO, title: str = "") -> None:
    """Prints rows under their column names; numbers stand to the right."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold", title=shown(title) or None, title_justify="left")
    for number, name in enumerate(columns):
        numeric = all(isinstance(row[number], int | float) or row[number] is None for row in rows)
        table.add_column(Text(shown(name)), justify="right" if numeric and rows else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(shown(cell)) for cell in row))
    out = console(file)
    with out.capture() as captured:
        out.print(table, soft_wrap=False)
    file.write("\n".join(line.rstrip() for line in captured.get().split("\n")))


def shown(value: object) -> str:
    """A value in a table: four digits of a float, nothing for None, control characters escaped."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return printable(str(value))
