"""The journal of a sweep, `trials.jsonl`: a line for each trial and each training, appended and never changed."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from nncli.errors import NncliError
from nncli.store.atomic import finite, os_error
from nncli.system import hold_lock, open_file

SYNC_SECONDS = 1.0


class Journal:
    """The journal, open for appending and locked until it is closed.

    A killed process loses no line; a power failure loses those of the last `SYNC_SECONDS`, whose trainings are on disk
    themselves or take as little time again.

    Raises NncliError if another process has locked it, or if it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._next_sync = 0.0
        try:
            self._file = path.open("a+b", buffering=0)
        except OSError as error:
            raise os_error("be written", path, error) from error
        try:
            self._lock()
            self._drop_incomplete_line()
        except BaseException:
            self._file.close()
            raise

    def append(self, line: Mapping[str, Any]) -> None:
        """Append a line. Raises NncliError if that fails, leaving the earlier lines intact."""
        text = json.dumps(finite(line), ensure_ascii=False, allow_nan=False).encode() + b"\n"
        size = self._file.seek(0, os.SEEK_END)
        try:
            while text:
                text = text[self._file.write(text) :]
            if time.monotonic() > self._next_sync:
                os.fsync(self._file.fileno())
                self._next_sync = time.monotonic() + SYNC_SECONDS
        except OSError as error:
            with suppress(OSError):
                self._file.truncate(size)
            raise os_error("be written", self.path, error) from error

    def close(self) -> None:
        """Sync and close the file, which releases the lock."""
        with suppress(OSError):
            os.fsync(self._file.fileno())
        self._file.close()

    def _lock(self) -> None:
        locked = True
        with suppress(OSError):  # on a file system without locks, assume that no other process writes
            locked = hold_lock(self._file)
        if not locked:
            hint = "wait until it ends, or stop it with Ctrl-C"
            raise NncliError("is being run by another process", place=str(self.path.parent), hint=hint)

    def _drop_incomplete_line(self) -> None:
        """Remove what a crash left of a last line."""
        size = self._file.seek(0, os.SEEK_END)
        position = size
        while position:
            start = max(position - 4096, 0)
            self._file.seek(start)
            block = self._file.read(position - start)
            if b"\n" in block:
                end = start + block.rindex(b"\n") + 1
                break
            position = start
        else:
            end = 0
        if end < size:
            self._file.truncate(end)


def read_journal(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of a journal that may still be growing, without an incomplete last one.

    Raises NncliError if it cannot be read, and for a line that nncli did not write.
    """
    try:
        with open_file(path) as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    return
                try:
                    content = json.loads(line)
                except (ValueError, RecursionError):
                    content = None
                if not isinstance(content, dict) or type(content.get("trial")) is not int:
                    raise NncliError("is damaged: not a line about a trial", place=f"{path}:{number}")
                yield content
    except FileNotFoundError:
        return
    except OSError as error:
        raise os_error("be read", path, error) from error
