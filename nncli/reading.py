"""Follow the reading of long files: the reader reports how far it is, and a listener shows it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, Protocol

REPORT_SECONDS = 0.1  # between two reports


class Progress(NamedTuple):
    """How far a file has been read."""

    path: str
    rows: int
    seconds: float  # since the file was opened
    share: float  # of the file's bytes


class Listener(Protocol):
    """Shows the progress of reading."""

    def update(self, progress: Progress) -> None:
        """Show progress; called at most ten times a second."""

    def end(self) -> None:
        """Remove what is shown, because reading has ended or something else is printed."""


_listener: Listener | None = None


@contextmanager
def listening(listener: Listener | None) -> Iterator[None]:
    """Report to this listener within the block; None reports nothing."""
    global _listener
    before, _listener = _listener, listener
    try:
        yield
    finally:
        _listener = before


def end() -> None:
    """Tell the listener that reading has ended or something else is printed."""
    if _listener is not None:
        _listener.end()


class Meter:
    """Reports the progress of reading one file, of `size` bytes; `position` returns how many of them are read."""

    def __init__(self, path: str, size: int, position: Callable[[], int]) -> None:
        self._path = path
        self._size = size
        self._position = position
        self._start = time.monotonic()
        self._next_report = self._start + REPORT_SECONDS

    def report(self, rows: int) -> None:
        """Report the number of rows so far, unless the last report is recent."""
        now = time.monotonic()
        if _listener is None or now < self._next_report:
            return
        self._next_report = now + REPORT_SECONDS
        share = min(self._position() / max(self._size, 1), 1.0)  # the file may grow
        _listener.update(Progress(self._path, rows, now - self._start, share))
