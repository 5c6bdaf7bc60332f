"""The progress of reading a long file: a live line on a terminal, a few plain lines elsewhere."""

from __future__ import annotations

import shutil
import sys
from contextlib import AbstractContextManager
from pathlib import PurePath
from typing import TextIO

from nncli import reading
from nncli.escaping import printable
from nncli.reading import Progress
from nncli.render.console import is_terminal
from nncli.render.progress_count import CLEAR

LIVE_SECONDS = 0.3  # shorter reading shows nothing
PLAIN_SECONDS = 10.0  # until the first plain line; each further line comes after twice the time


def show_reading(*, quiet: bool) -> AbstractContextManager[None]:
    """Show the reading of long files on stderr within the block."""
    return reading.listening(None if quiet else ReadingLine(sys.stderr))


class ReadingLine:
    """A line with rows, rows per second and the share of the file."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._live = is_terminal(stream)
        self._drawn = False
        self._next_line = PLAIN_SECONDS

    def update(self, progress: Progress) -> None:
        """Draw the live line again, or print a plain line if it is time."""
        if self._live and progress.seconds > LIVE_SECONDS:
            width = shutil.get_terminal_size().columns - 1  # a full line would wrap
            print(CLEAR + _line(progress)[:width], end="", file=self._stream, flush=True)
            self._drawn = True
        elif not self._live and progress.seconds > self._next_line:
            self._next_line *= 2
            print(_line(progress), file=self._stream, flush=True)

    def end(self) -> None:
        """Erase the live line."""
        if self._drawn:
            print(CLEAR, end="", file=self._stream, flush=True)
        self._drawn, self._next_line = False, PLAIN_SECONDS


def _line(progress: Progress) -> str:
    rate = progress.rows / progress.seconds
    name = printable(PurePath(progress.path).name)
    return f"reading {name}: {progress.rows:,} rows, {rate:,.0f} rows/s, {progress.share:.0%}"
