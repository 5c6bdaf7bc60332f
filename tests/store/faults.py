"""A file layer that fails where a test says: at the n-th call that changes a disk, or dies there as a process does."""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

PARTIAL = "partial"  # half of the bytes reach the file, as the system may do any time: the rest is to be written again
SHORT = "short"  # half of the bytes reach the file, and what is written after them meets a full disk
DIES = "dies"  # the process dies before the call
DIES_HALFWAY = "dies halfway"  # and here when half of the bytes of a write have reached the file
FULL = "full"  # from here on the disk is full: nothing can be made or made longer, only renamed and taken away

ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES)
FAULTS: Mapping[str, tuple[int | str, ...]] = {
    "open": (*ERRORS, FULL, DIES),
    "write": (*ERRORS, PARTIAL, SHORT, FULL, DIES, DIES_HALFWAY),
    "fsync": (*ERRORS, DIES),
    "open directory": (*ERRORS, DIES),
    "fsync directory": (*ERRORS, DIES),
    "replace": (*ERRORS, DIES),
    "mkdir": (*ERRORS, FULL, DIES),
    "unlink": (*ERRORS, DIES),
    "rmdir": (*ERRORS, DIES),
}
NEED_ROOM = ("open", "write", "mkdir")


class Died(BaseException):
    """The process has died; whatever it still calls has no effect."""


class Faults:
    """Counts the calls, by their kinds, and makes those fail that `at` names by their numbers from 0."""

    def __init__(self, at: Mapping[int, int | str] | None = None) -> None:
        self.at = dict(at or {})
        self.calls: list[str] = []
        self.dead = self.full = self.short = False

    def meet(self, kind: str) -> int | str | None:
        """Counts a call; raises what it must fail with, or gives how a write must behave."""
        if self.dead:
            raise Died
        number = len(self.calls)
        self.calls.append(kind)
        fault = self.at.get(number)
        self.full = self.full or fault == FULL
        if fault == DIES:
            self.dead = True
            raise Died
        if (self.full and kind in NEED_ROOM) or (self.short and kind == "write"):
            self.short = False
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if isinstance(fault, int):
            raise OSError(fault, os.strerror(fault))
        return fault

    def written(self, file: io.FileIO, data: Any) -> int:
        """Writes data, or as much of them as reach the file."""
        fault = self.meet("write")
        if fault not in (PARTIAL, SHORT, DIES_HALFWAY):
            return io.FileIO.write(file, data)
        count = io.FileIO.write(file, bytes(data)[: len(data) // 2])
        if fault == DIES_HALFWAY:
            self.dead = True
            raise Died
        self.short = fault == SHORT
        return count


@contextmanager
def failing(faults: Faults) -> Iterator[Faults]:
    """While it is entered, all that changes files goes through the faults."""

    class File(io.FileIO):
        """A file of which every write that reaches the system is counted."""

        def write(self, data: Any) -> int:
            return faults.written(self, data)

    real_open, real_os_open, real_fsync = io.open, os.open, os.fsync

    def opened(file: Any, mode: str = "r", buffering: int = -1, *rest: Any, **more: Any) -> Any:
        if not set(mode) & set("wxa+"):
            return real_open(file, mode, buffering, *rest, **more)
        assert "b" in mode, "text is written as bytes"
        faults.meet("open")
        raw = File(file, mode.replace("b", ""))
        return raw if buffering == 0 else io.BufferedWriter(raw)

    def os_opened(path: Any, flags: int, *rest: Any, **more: Any) -> int:
        if flags & os.O_DIRECTORY:
            faults.meet("open directory")
        return real_os_open(path, flags, *rest, **more)

    def synced(descriptor: int) -> None:
        """Nothing is put on the disk, which takes time and changes nothing that can be seen."""
        faults.meet("fsync directory" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "fsync")

    def counted(kind: str) -> Any:
        real = getattr(os, kind)

        def call(*arguments: Any, **more: Any) -> Any:
            faults.meet(kind)
            return real(*arguments, **more)

        return call

    with ExitStack() as stack:
        for module, name, replacement in [
            (io, "open", opened),
            (os, "open", os_opened),
            (os, "fsync", synced),
            *((os, kind, counted(kind)) for kind in ("replace", "mkdir", "unlink", "rmdir")),
        ]:
            stack.enter_context(patch.object(module, name, replacement))
        yield faults
    assert os.fsync is real_fsync


def temporary_files(folder: Path) -> list[str]:
    """What was left of files that were not finished."""
    return [path.name for path in folder.rglob(".*.tmp")]
