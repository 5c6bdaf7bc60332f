"""metrics.jsonl: one flat JSON object an epoch, appended while training goes on."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from io import FileIO
from math import isfinite
from pathlib import Path
from typing import Any

from nncli.errors import NncliError
from nncli.store.atomic import finite, os_error
from nncli.system import hold_lock, open_file

FLUSH_SECONDS = 1.0
TAIL = 1 << 16  # bytes, of which a row has a few hundred and none has as many
LARGEST = 1 << 30  # bytes of a file: the rows of some five million epochs


class RowWriter:
    """Appends rows to a file, at most a second late, and holds its lock until it is closed.

    Whoever finds the file without its lock knows that nobody writes to it any more. `last_epoch` and `seconds` are
    those of the last row, -1 and 0 before the first; a row of an epoch that the file has already is passed over.
    """

    def __init__(self, path: Path, file: FileIO, count: int = 0, last: Mapping[str, Any] | None = None) -> None:
        self.path = path
        self.count = count
        self.last_epoch: int = last["epoch"] if last else -1
        self.seconds: float = (last.get("seconds") or 0.0) if last else 0.0
        self._names: list[str] = []
        self._split = 0
        self._template = ""
        self._rows: list[tuple[int, Mapping[str, float], float]] = []
        self._unwritten = b""
        self._next_flush = 0.0
        self._file = file

    @classmethod
    def new(cls, path: Path) -> RowWriter:
        """Makes the file. Raises NncliError where it cannot, or is there."""
        try:
            file = path.open("xb", buffering=0)
        except OSError as error:
            raise os_error("be written", path, error) from error
        with suppress(OSError):  # a file system without locks: readers then cannot tell, and say so
            hold_lock(file)
        return cls(path, file)

    @classmethod
    def reopen(cls, path: Path, file: FileIO) -> RowWriter:
        """Goes on with a file of which this process has the lock. Raises NncliError where a row of it is damaged."""
        count, last = 0, None
        for row in read_rows(path):
            count, last = count + 1, row
        try:
            _end_last_line(file)
        except OSError as error:
            raise os_error("be written", path, error) from error
        return cls(path, file, count, last)

    def add(self, epoch: int, metrics: Mapping[str, float], seconds: float) -> None:
        """Appends a row, `seconds` since the start before the `val_` figures. Raises NncliError.

        The figures must stay as they are: rows are made into text many at a time, which takes less than one by one
        between epochs that fill the processor's cache.
        """
        if epoch <= self.last_epoch:
            return
        self._rows.append((epoch, metrics, seconds))
        self.last_epoch, self.seconds = epoch, seconds
        self.count += 1
        if seconds >= self._next_flush:
            self.flush()
            self._next_flush = seconds + FLUSH_SECONDS

    def flush(self) -> None:
        """Hands all rows to the system. Raises NncliError; what was not written is tried again at the next call."""
        self._unwritten += "".join([self._line(*row) for row in self._rows]).encode()
        self._rows.clear()
        if not self.path.exists():  # the system would take the rows all the same, and keep them for nobody
            raise NncliError("is gone: it was removed while it was written", place=str(self.path))
        try:
            while self._unwritten:
                self._unwritten = self._unwritten[self._file.write(self._unwritten) :]
        except OSError as error:
            raise os_error("be written", self.path, error) from error

    def sync(self) -> None:
        """Puts all rows on the disk. Raises NncliError."""
        self.flush()
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise os_error("be written", self.path, error) from error

    def close(self) -> None:
        """Lets the lock go."""
        self._file.close()

    def _line(self, epoch: int, metrics: Mapping[str, float], seconds: float) -> str:
        """A row as JSON, by a template: most of what an epoch costs here, and half the time of json.dumps."""
        if [*metrics] != self._names:
            self._learn(metrics)
        values = [*map(float, metrics.values())]  # NumPy's floats have a repr that is no JSON
        if isfinite(sum(values)):
            values.insert(self._split, seconds)
            return self._template % (epoch, *values)
        row = {"epoch": epoch, **dict(zip(self._names, values, strict=True))}
        return json.dumps(finite(_with_seconds(row, self._split + 1, round(seconds, 6)))) + "\n"

    def _learn(self, metrics: Mapping[str, float]) -> None:
        self._names = [*metrics]
        validation = [i for i, name in enumerate(self._names) if name.startswith("val_")]
        self._split = validation[0] if validation else len(self._names)
        fields = dict.fromkeys(self._names, "%r")
        row = {"epoch": "%d", **_with_seconds(fields, self._split, "%.6f")}
        pairs = (f"{json.dumps(name).replace('%', '%%')}: {value}" for name, value in row.items())
        self._template = "{" + ", ".join(pairs) + "}\n"


def _with_seconds(row: Mapping[str, Any], at: int, seconds: Any) -> dict[str, Any]:
    items = list(row.items())
    return dict([*items[:at], ("seconds", seconds), *items[at:]])


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file that may be growing: a last line that is not whole yet is passed over.

    Raises NncliError where the file cannot be read, and for a line that is not a row.
    """
    try:
        with open_file(path) as file:
            if os.fstat(file.fileno()).st_size > LARGEST:
                raise NncliError(f"is larger than {LARGEST >> 30} GiB, too large to be read", place=str(path))
            for number, line in enumerate(iter(lambda: file.readline(TAIL), b""), 1):
                row = _row(line)
                if row is not None:
                    yield row
                elif line.endswith(b"\n") or len(line) == TAIL:
                    raise NncliError("is not a row of metrics", place=f"{path}:{number}")
                if not line.endswith(b"\n"):  # its rest may have arrived by now, and is no row
                    return
    except OSError as error:
        raise os_error("be read", path, error) from error


def _end_last_line(file: FileIO) -> None:
    """Completes a last row that lacks only its line break, and takes away one that was cut short. Raises OSError."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(size - TAIL, 0))
    line = file.read().rpartition(b"\n")[2]
    if line and _row(line) is None:
        file.truncate(size - len(line))
        file.seek(0, os.SEEK_END)
    elif line:
        file.write(b"\n")


def last_row(path: Path) -> dict[str, Any] | None:
    """The last whole row, read from the end of the file alone; None where there is none yet."""
    try:
        with open_file(path) as file:
            file.seek(max(file.seek(0, os.SEEK_END) - TAIL, 0))
            lines = file.read(TAIL).splitlines()
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
    return row if all(map(_is_figure, row.values())) else None


def _is_figure(value: Any) -> bool:
    """What the writer writes: null, or a number that a float holds."""
    return value is None or (type(value) in (int, float) and abs(value) <= sys.float_info.max)
