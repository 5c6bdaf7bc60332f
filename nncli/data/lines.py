"""Read the lines of a text file or of standard input in bounded memory, and report errors with their lines."""

from __future__ import annotations

import gzip
import hashlib
import stat
import sys
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import TypeAlias, cast

from nncli.errors import NncliError, UsageError
from nncli.system import open_file
from nncli.text import shorten, uncapitalize

Stamp: TypeAlias = tuple[int, int]

CHUNK = 1 << 16
MAX_ROW_LENGTH = 1 << 24  # bytes; a million numbers with all their digits
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
GZIP = b"\x1f\x8b"


class Lines:
    """An iterator over lines of UTF-8 that counts them. Raises NncliError if they are not text."""

    def __init__(self, file: BufferedReader, name: str) -> None:
        self.name = name
        self.number = 0
        self.row_size = 0  # bytes of the current row, which may span lines; the caller resets it for each row
        self._file = file
        self._ready: deque[bytes] = deque()
        self._rest = bytearray()  # the beginning of a line whose end has not arrived
        self._ended = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if not self._ready and not self._fill():
            raise StopIteration
        raw = self._ready.popleft()
        text = self._decode(raw)
        self.number += 1
        self.row_size += len(raw)
        if self.row_size > MAX_ROW_LENGTH:
            raise self.fault("is part of a row longer than 16 MB; check for a quote that is not closed")
        return text

    @property
    def waits(self) -> bool:
        """Return whether the next line has not arrived yet."""
        return not self._ready and not self._ended

    def peek(self) -> str:
        """Return the next line that is not blank without consuming it, or an empty string at the end."""
        while self._fill():
            if self._ready[0].strip():
                return self._decode(self._ready[0])
            next(self)
        return ""

    def fault(self, message: str, line: int | None = None, hint: str = "") -> NncliError:
        """Return an error at a line, by default the last one read."""
        return NncliError(message, place=f"{self.name}:{line or self.number}", hint=hint)

    def _fill(self) -> bool:
        """Read until a line is ready; return False at the end."""
        while not self._ready and not self._ended:
            with _readable(self.name):
                chunk = self._file.read1(CHUNK)  # what has arrived, without waiting for more
            *complete, rest = chunk.split(b"\n")
            if complete:
                complete[0] = bytes(self._rest) + complete[0]
                self._rest.clear()
                self._ready.extend(line + b"\n" for line in complete)
            self._rest += rest
            if len(self._rest) > MAX_ROW_LENGTH:
                raise self.fault("is longer than 16 MB", self.number + len(complete) + 1)
            if not chunk:
                self._ended = True
                self._ready.extend([bytes(self._rest)] if self._rest else [])
        return bool(self._ready)

    def _decode(self, raw: bytes) -> str:
        line = self.number + 1
        if line == 1 and raw.startswith(UTF_16):
            raise self.fault("is encoded as UTF-16, not UTF-8", line, "save it as UTF-8")
        if line == 1 and raw.startswith(GZIP):
            raise self.fault("is compressed with gzip", line, "unpack it, or give it a name that ends in .gz")
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            byte = raw[error.start]
            raise self.fault(f"is not UTF-8 text (byte 0x{byte:02x})", line, "save it as UTF-8") from None
        if "\0" in text:
            raise self.fault("contains a NUL byte, so it is not text", line, "save it as UTF-8 text")
        return text.removeprefix("\ufeff") if line == 1 else text


@contextmanager
def open_lines(source: str) -> Iterator[Lines]:
    """Open the lines of a file, or of standard input for `-`. Raises UsageError if it cannot be opened."""
    if source == "-":
        if sys.stdin is None:
            raise UsageError("is closed", place="stdin")
        yield Lines(cast(BufferedReader, sys.stdin.buffer), "stdin")
        return
    with _readable(source):
        file = Path(source).open("rb")  # noqa: SIM115  closed below; Lines reports errors of reading
    with file:
        unpacked = gzip.GzipFile(fileobj=file) if source.endswith(".gz") else file
        yield Lines(cast(BufferedReader, unpacked), shorten(source, 200))


def stamp(path: str) -> Stamp:
    """Return the time and size of a file, which change when the file does. Raises UsageError if it cannot be read."""
    with _readable(path):
        status = Path(path).stat()
        if not stat.S_ISREG(status.st_mode):
            raise UsageError("cannot be read: not a regular file", place=shorten(path, 200))
        return status.st_mtime_ns, status.st_size


def digest(path: str) -> str:
    """Return the SHA-256 of a file. Raises UsageError if it cannot be read."""
    with _readable(path), open_file(Path(path)) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _readable(name: str) -> Iterator[None]:
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        why = "is truncated" if isinstance(error, EOFError) else "is not a gzip file, or is damaged"
        raise UsageError(why, place=shorten(name, 200)) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path, or a closed stream
        why = (isinstance(error, OSError) and error.strerror) or str(error)
        raise UsageError(f"cannot be read: {uncapitalize(why)}", place=shorten(name, 200)) from None
