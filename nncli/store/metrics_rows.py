"""metrics.jsonl: one flat JSON object per epoch, appended during training."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Any

from nncli.errors import NncliError
from nncli.store.atomic import os_error
from nncli.system import hold_lock, open_file

FLUSH_SECONDS = 1.0
MAX_ROW_BYTES = 1 << 16  # a row has a few hundred
MAX_FILE_BYTES = 1 << 30  # about five million epochs


class RowWriter:
    """Append rows to a file, at most a second late, and keep the file locked until it is closed.

    Readers take an unlocked file as one that no process writes any more. `last_epoch` and `seconds` are those of the
    last row, -1 and 0 before the first. Rows of epochs that the file already has are ignored.
    """

    def __init__(self, path: Path, file: FileIO, count: int = 0, last: Mapping[str, Any] | None = None) -> None:
        self.path = path
        self.count = count
        self.last_epoch: int = last["epoch"] if last else -1
        self.seconds: float = (last.get("seconds") or 0.0) if last else 0.0
        self._rows: list[dict[str, float]] = []
        self._unwritten = b""
        self._next_flush = 0.0
        self._file = file

    @classmethod
    def new(cls, path: Path) -> RowWriter:
        """Create the file. Raises NncliError if it exists or cannot be created."""
        try:
            file = path.open("xb", buffering=0)
        except OSError as error:
            raise os_error("be written", path, error) from error
        with suppress(OSError):  # a file system without locks: readers then rely on run.json
            hold_lock(file)
        return cls(path, file)

    @classmethod
    def reopen(cls, path: Path, file: FileIO) -> RowWriter:
        """Continue a file that this process has locked. Raises NncliError if a row is damaged."""
        count, last = 0, None
        for row in read_rows(path):
            count, last = count + 1, row
        try:
            _end_last_line(file)
        except OSError as error:
            raise os_error("be written", path, error) from error
        return cls(path, file, count, last)

    def add(self, epoch: int, metrics: Mapping[str, float], seconds: float) -> None:
        """Append a row, with `seconds` since the start. Raises NncliError if writing fails.

        Rows are formatted many at a time, which is faster than one by one between epochs that fill the processor's
        cache.
        """
        if epoch <= self.last_epoch:
            return
        self._rows.append({"epoch": epoch, **metrics, "seconds": int(seconds * 1e6) / 1e6})  # faster than round
        self.last_epoch, self.seconds = epoch, seconds
        self.count += 1
        if seconds >= self._next_flush:
            self.flush()
            self._next_flush = seconds + FLUSH_SECONDS

    def flush(self) -> None:
        """Write all rows to the file. Raises NncliError if that fails; the next call then retries."""
        self._unwritten += format_rows(self._rows)
        self._rows.clear()
        if not self.path.exists():  # writing to a removed file succeeds, but the rows are lost
            hint = "train the run again, and keep its folder until training ends"
            raise NncliError("was removed while training was writing to it", place=str(self.path), hint=hint)
        try:
            while self._unwritten:
                self._unwritten = self._unwritten[self._file.write(self._unwritten) :]
        except OSError as error:
            raise os_error("be written", self.path, error) from error

    def save(self, *, sync: bool) -> None:
        """Write all rows to the file; with `sync`, to disk. Raises NncliError if that fails."""
        self.flush()
        try:
            if sync:
                os.fsync(self._file.fileno())
        except OSError as error:
            raise os_error("be written", self.path, error) from error

    def close(self) -> None:
        """Close the file, which releases the lock."""
        self._file.close()


def format_rows(rows: Sequence[Mapping[str, float]]) -> bytes:
    """Return a line of JSON for each row, with all digits, and null for NaN and infinity.

    Each row must begin with its `epoch`.
    """
    from pydantic_core import to_json  # a quarter of the time of `json`; imported here because readers do not need it

    text = to_json(rows, inf_nan_mode="null", fallback=float)[1:-1]  # NumPy's numbers become floats
    return text.replace(b'},{"epoch":', b'}\n{"epoch":') + b"\n" if text else b""


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file that may still be growing, without an incomplete last line.

    Raises NncliError if the file cannot be read, and for a line that is not a row.
    """
    try:
        with open_file(path) as file:
            if os.fstat(file.fileno()).st_size > MAX_FILE_BYTES:
                raise NncliError(f"is too large: more than {MAX_FILE_BYTES >> 30} GiB", place=str(path))
            for number, line in enumerate(iter(lambda: file.readline(MAX_ROW_BYTES), b""), 1):
                row = _row(line)
                if row is not None:
                    yield row
                elif line.endswith(b"\n") or len(line) == MAX_ROW_BYTES:
                    hint = "restore the file from a copy, or train the run again"
                    raise NncliError("is damaged: not a row of metrics", place=f"{path}:{number}", hint=hint)
                if not line.endswith(b"\n"):  # the rest may be written by now, and would not be a row
                    return
    except OSError as error:
        raise os_error("be read", path, error) from error


def _end_last_line(file: FileIO) -> None:
    """Add a missing line break to a complete last row, or remove a truncated one. Raises OSError."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(size - MAX_ROW_BYTES, 0))
    line = file.read().rpartition(b"\n")[2]
    if line and _row(line) is None:
        file.truncate(size - len(line))
        file.seek(0, os.SEEK_END)
    elif line:
        file.write(b"\n")


def last_row(path: Path) -> dict[str, Any] | None:
    """Return the last complete row, reading only the end of the file; None if it has no row yet."""
    try:
        with open_file(path) as file:
            file.seek(max(file.seek(0, os.SEEK_END) - MAX_ROW_BYTES, 0))
            lines = file.read(MAX_ROW_BYTES).splitlines()
    except OSError:
        return None
    return next((row for line in reversed(lines[-2:]) if (row := _row(line)) is not None), None)


def _row(line: bytes) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(row, dict) or type(row.get("epoch")) is not int:
        return None
    return row if all(map(_is_metric_value, row.values())) else None


def _is_metric_value(value: Any) -> bool:
    """Return whether a value is null, or a number in the range of a float."""
    return value is None or (type(value) in (int, float) and abs(value) <= sys.float_info.max)
