"""The lines of a text file or of standard input, read in bounded memory, and errors at their line."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import stat
import sys
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from io import BufferedReader
from itertools import islice
from pathlib import Path
from typing import TypeAlias, cast

from nncli import reading
from nncli.errors import NncliError, UsageError
from nncli.reading import Meter
from nncli.system import open_file
from nncli.text import shorten, uncapitalize

Stamp: TypeAlias = tuple[int, int]

CHUNK = 1 << 16
LINES_PEEKED = 100
MAX_ROW_LENGTH = 1 << 24  # bytes; a million numbers with all their digits
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
GZIP = b"\x1f\x8b"
SIGNATURES = {
    b"PK\x03\x04": "an Excel workbook or another zip archive",
    b"PAR1": "a Parquet file",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"ARROW1": "a Feather file",
}
BYTE_ORDER_MARK = "\ufeff"


class Lines:
    """An iterable over lines of UTF-8, to be iterated once. Raises NncliError if they are not text.

    Text is read, decoded and split in blocks of complete lines, which takes a third of the time of single lines.
    """

    def __init__(self, file: BufferedReader, name: str, meter: Meter | None = None) -> None:
        self.name = name
        self.rows = 0  # complete rows, counted by the reader of rows
        self.row_size = 0  # bytes of the blocks since the last complete row; the reader of rows resets it for each
        self.empty_rows = 0  # skipped rows whose fields are all empty, which the reader of CSV counts
        self._file = file
        self._meter = meter
        self._number = 0  # lines in the blocks before the current one
        self._blocks = self._read_blocks()
        self._peeked = deque[bytes]()
        self._lines = io.StringIO()  # those of the current block
        self._size = 0
        self._ended = False

    def __iter__(self) -> Iterator[str]:
        for raw in self._unread_blocks():
            text, fault = self._decode(raw)
            self._lines, self._size = io.StringIO(text, newline="\n"), len(text)
            yield from self._lines
            self._number += text.count("\n")
            if fault is not None:
                raise fault

    @property
    def waits(self) -> bool:
        """True if the next line has not arrived yet."""
        return self._lines.tell() == self._size and not self._ended

    def first_byte(self) -> bytes:
        """Return the first byte that is not white space without consuming it, or an empty string at the end."""
        for raw in self._peek():
            if visible := raw.removeprefix(BYTE_ORDER_MARK.encode()).lstrip():
                return visible[:1]
        return b""

    def first_lines(self) -> list[str]:
        """Return the lines of the blocks up to the first that is not blank without consuming them.

        Faults are not reported yet.
        """
        self.first_byte()
        text = b"".join(self._peeked).decode(errors="replace")
        return list(islice(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="\n"), LINES_PEEKED))

    def fault(self, message: str, line: int, hint: str = "") -> NncliError:
        """Return an error at a line."""
        return NncliError(message, place=f"{self.name}:{line}", hint=hint)

    def _peek(self) -> Iterator[bytes]:
        """Yield the blocks that are not consumed yet, and keep them."""
        yield from tuple(self._peeked)
        for raw in self._blocks:
            self._peeked.append(raw)
            yield raw

    def _unread_blocks(self) -> Iterator[bytes]:
        while self._peeked:
            yield self._peeked.popleft()
        yield from self._blocks

    def _read_blocks(self) -> Iterator[bytes]:
        """Yield complete lines as they arrive."""
        rest = b""  # the beginning of a line whose end has not arrived
        while not self._ended:
            with _readable(self.name):
                chunk = self._file.read1(CHUNK)  # what has arrived, without waiting for more
            self._ended = not chunk
            if self._meter is not None:
                self._meter.report(self.rows)
            complete, newline, tail = chunk.rpartition(b"\n")
            block, rest = (rest + complete + newline, tail) if newline else (b"", rest + chunk)
            if self._ended:
                block, rest = rest, b""
            if block:
                self.row_size += len(block)
                yield block
            if self.row_size > MAX_ROW_LENGTH:
                message = "is part of a row longer than 16 MB; check for a quote that is not closed"
                raise self.fault(message, self._number + 1)
            if len(rest) > MAX_ROW_LENGTH:
                raise self.fault("is longer than 16 MB", self._number + 1)

    def _decode(self, raw: bytes) -> tuple[str, NncliError | None]:
        """Return the text of a block, or of its lines before one that is not text and the error at that line."""
        if self._number == 0 and raw.startswith(UTF_16):
            return "", self.fault("is encoded as UTF-16, not UTF-8", 1, "save it as UTF-8")
        if self._number == 0 and raw.startswith(GZIP):
            return "", self.fault("is compressed with gzip", 1, "unpack it, or give it a name that ends in .gz")
        for signature, kind in SIGNATURES.items():
            if self._number == 0 and raw.startswith(signature):
                return "", self.fault(f"is {kind}, not a table of text", 1, "export it as CSV")
        message, hint = "", ""
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            message, hint = f"is not UTF-8 text (byte 0x{raw[error.start]:02x})", "save it as UTF-8"
            text = raw[: raw.rfind(b"\n", 0, error.start) + 1].decode()
        if "\0" in text:
            message, hint = "contains a NUL byte, so it is not text", "save it as UTF-8 text"
            text = text[: text.rfind("\n", 0, text.index("\0")) + 1]
        fault = self.fault(message, self._number + text.count("\n") + 1, hint) if message else None
        return text.removeprefix(BYTE_ORDER_MARK) if self._number == 0 else text, fault


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
        status = os.fstat(file.fileno())
        meter = Meter(source, status.st_size, file.tell) if stat.S_ISREG(status.st_mode) else None
        try:
            yield Lines(cast(BufferedReader, unpacked), shorten(source, 200), meter)
        finally:
            reading.end()


def stamp(path: str) -> Stamp:
    """Return the time and size of a file, which change when the file does. Raises UsageError if it cannot be read."""
    with _readable(path):
        status = Path(path).stat()
        if not stat.S_ISREG(status.st_mode):
            raise UsageError("cannot be read: not a regular file", place=shorten(path, 200))
        return status.st_mtime_ns, status.st_size


def digest(path: str) -> str:
    """Return the SHA-256 of a file. Raises UsageError if it cannot be read."""
    return _digest(path, stamp(path))


@lru_cache(maxsize=16)
def _digest(path: str, stamp: Stamp) -> str:
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
