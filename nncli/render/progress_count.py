"""A progress count on stderr for slow work, shown only on a terminal."""

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
    """Yield the items while one line of stderr shows `what 3/100`; erase the line at the end."""
    visible = is_terminal(sys.stderr)
    last_drawn = -REFRESH
    try:
        for number, item in enumerate(items, start=1):
            if visible and time.monotonic() - last_drawn > REFRESH:
                last_drawn = time.monotonic()
                print(f"{CLEAR}{what} {number}/{total}", end="", file=sys.stderr, flush=True)
            yield item
    finally:
        if visible:
            print(CLEAR, end="", file=sys.stderr, flush=True)
