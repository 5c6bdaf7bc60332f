"""A lock that a process shares with the processes that it starts."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from nncli.system import hold_lock


class ProcessLock:
    """A lock on a directory, which is free once this process and every process that got it as an argument have ended.

    So a process that continues the work of a killed one can wait for the trainings that the killed one has started.
    """

    def __init__(self, directory: Path) -> None:
        self._descriptor = -1
        if sys.platform != "win32":  # untested: a directory cannot be opened there
            with suppress(OSError):
                self._descriptor = os.open(directory, os.O_RDONLY)

    def acquire(self) -> bool:
        """Try to lock; return false if processes of an earlier owner are still running."""
        with suppress(OSError):  # on a file system without locks, assume that no other process runs
            return self._descriptor < 0 or hold_lock(self._descriptor)
        return True

    def close(self) -> None:
        """Close the directory; processes that share the lock still hold it."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Give the descriptor to a process that is being started, which keeps it open until it ends."""
        from multiprocessing.reduction import DupFd

        return _inherited, (None if self._descriptor < 0 else DupFd(self._descriptor),)


def _inherited(descriptor: Any) -> None:
    """Return nothing: the descriptor of the lock is open in this process, and that is enough."""
