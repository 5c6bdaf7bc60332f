"""A count on stderr of slow work, for a person who waits at a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from nncli.render.console import is_terminal

T = TypeVar("T")
REFRESH = 0.1  # seconds
CLEAR = "\r\x1b[K"


def progress_count(items: Iterable[T], total: int, what: str) -> Iterator[T]:
    """Yield the items, and show `what 3/100` on one line of stderr meanwhile; erase it at the end."""
    shown = is_terminal(sys.stderr)
    drawn = -REFRESH
    try:
        for number, item in enumerate(items, start=1):
            if shown and time.monotonic() - drawn > REFRESH:
                drawn = time.monotonic()
                print(f"{CLEAR}{what} {number}/{total}", end="", file=sys.stderr, flush=True)
            yield item
    finally:
        if shown:
            print(CLEAR, end="", file=sys.stderr, flush=True)
