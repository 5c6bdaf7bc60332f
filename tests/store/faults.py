"""A file layer that fails, or simulates the death of the process, at the n-th call that changes the disk."""

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

PARTIAL = "partial"  # half of the bytes are written, as the system may do any time; the caller must write the rest
SHORT = "short"  # half of the bytes are written, and the next write finds a full disk
DIES = "dies"  # the process dies before the call
DIES_HALFWAY = "dies halfway"  # the process dies after half of the bytes of a write
FULL = "full"  # from this call on the disk is full: files cannot be created or extended, only renamed and removed

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
    """The process has died; its further calls have no effect."""


class Faults:
    """Count the calls by kind, and make those fail whose numbers (from 0) are in `at`."""

    def __init__(self, at: Mapping[int, int | str] | None = None) -> None:
        self.at = dict(at or {})
        self.calls: list[str] = []
        self.dead = self.full = self.short = False

    def count_call(self, kind: str) -> int | str | None:
        """Count a call; raise its error, or return how a write must behave."""
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

    def write_with_faults(self, file: io.FileIO, data: Any) -> int:
        """Write all data, or only part of them."""
        fault = self.count_call("write")
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
    """Route all calls that change files through `faults` while the context is active."""

    class File(io.FileIO):
        """A file that counts every write to the system."""

        def write(self, data: Any) -> int:
            return faults.write_with_faults(self, data)

    real_open, real_os_open, real_fsync = io.open, os.open, os.fsync

    def open_with_faults(file: Any, mode: str = "r", buffering: int = -1, *rest: Any, **more: Any) -> Any:
        if not set(mode) & set("wxa+"):
            return real_open(file, mode, buffering, *rest, **more)
        assert "b" in mode, "text is written as bytes"
        faults.count_call("open")
        raw = File(file, mode.replace("b", ""))
        return raw if buffering == 0 else io.BufferedWriter(raw)

    def os_open_with_faults(path: Any, flags: int, *rest: Any, **more: Any) -> int:
        if flags & os.O_DIRECTORY:
            faults.count_call("open directory")
        return real_os_open(path, flags, *rest, **more)

    def skip_sync(descriptor: int) -> None:
        """Skip the sync, which takes time and has no visible effect."""
        faults.count_call("fsync directory" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "fsync")

    def with_faults(kind: str) -> Any:
        real = getattr(os, kind)

        def call(*arguments: Any, **more: Any) -> Any:
            faults.count_call(kind)
            return real(*arguments, **more)

        return call

    with ExitStack() as stack:
        for module, name, replacement in [
            (io, "open", open_with_faults),
            (os, "open", os_open_with_faults),
            (os, "fsync", skip_sync),
            *((os, kind, with_faults(kind)) for kind in ("replace", "mkdir", "unlink", "rmdir")),
        ]:
            stack.enter_context(patch.object(module, name, replacement))
        yield faults
    assert os.fsync is real_fsync


def temporary_files(folder: Path) -> list[str]:
    """Return the names of temporary files that were left behind."""
    return [path.name for path in folder.rglob(".*.tmp")]
