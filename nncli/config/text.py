"""Read the text of a file within a size limit, with plain errors if it cannot be read."""

from __future__ import annotations

import codecs
import difflib
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from nncli import bundled_configs
from nncli.config.nodes import Place
from nncli.errors import UsageError
from nncli.file_limits import MAX_FILE_SIZE, TOO_LARGE
from nncli.system import NotAFile, open_file

UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read(path: Path, named_at: Place | None = None) -> str:
    """Return the text of a file, or of standard input for `-`.

    Raises UsageError if it cannot be read: at `named_at`, the place that names the file, if it cannot be opened.
    """
    source = source_of(path)
    try:
        data = _read_bytes(path, from_file=named_at is not None)
    except (OSError, ValueError) as error:
        message, hint = _reason(error, path, _bundled_experiments(path, named_at))
        if named_at:
            raise UsageError(f"{_display(path)}: {message}", place=str(named_at), hint=hint) from None
        raise UsageError(message, place=str(Place(source)), hint=hint) from None
    return _decode(data, source)


def source_of(path: Path) -> str:
    """Return the name of a file in messages: `stdin` for `-`."""
    return "stdin" if str(path) == "-" else str(path)


def _read_bytes(path: Path, from_file: bool) -> bytes:
    """Read at most one byte more than is allowed. Raises OSError, or ValueError if the path is invalid.

    A pipe is read if the user named it, as the shell does for `<(...)`, but not if a file did.
    """
    if str(path) != "-":
        with open_file(path) if from_file else path.open("rb") as file:
            return file.read(MAX_FILE_SIZE + 1)
    if sys.stdin is None:
        raise ValueError("standard input is closed")
    return sys.stdin.buffer.read(MAX_FILE_SIZE + 1)


def _reason(error: OSError | ValueError, path: Path, bundled: Sequence[Path]) -> tuple[str, str]:
    """Return why a file cannot be opened, and a hint or an empty string."""
    match error:
        case FileNotFoundError() | NotADirectoryError():
            if not path.parent.is_dir() and path.parts[:-1] not in bundled_configs.FOLDERS:
                return f"the folder {_display(path.parent)} does not exist", ""
            return "no such file", _close_names(path, bundled)
        case IsADirectoryError() | NotAFile() if path.is_dir():
            specs = sorted(_display(path / name) for name in _names(path) if name.endswith((".yaml", ".yml")))
            names = ", ".join(specs[:5]) + " or another" * (len(specs) > 5)
            return "is a folder, not a file", f"choose a file in it: {names}" if specs else ""
        case OSError():
            return f"cannot be read: {(error.strerror or str(error)).lower()}", ""
        case _:
            return f"cannot be read: {error}", ""


def _display(path: Path) -> str:
    return str(Place(source_of(path)))


def _names(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in islice(folder.iterdir(), 10_000)]
    except OSError:
        return []


def _close_names(path: Path, bundled: Sequence[Path]) -> str:
    """Return the hint for a missing file: files in its folder, or bundled ones, with the same or a similar name."""
    paths = [path.parent / name for name in sorted(_names(path.parent))]
    close = (
        [file for file in paths if file.stem == path.stem]
        or [file for file in bundled if file.stem == path.stem]
        or [path.parent / name for name in difflib.get_close_matches(path.name, [file.name for file in paths])]
        or [
            file
            for file in bundled
            if file.stem in difflib.get_close_matches(path.stem, [spec.stem for spec in bundled])
        ]
    )
    return f"did you mean {' or '.join(map(_display, close[:3]))}?" if close else ""


def _bundled_experiments(path: Path, named_at: Place | None) -> list[Path]:
    """Return the bundled experiments if a path on the command line may mean one of them."""
    return [] if named_at or path.parts[:-1] not in ((), *bundled_configs.FOLDERS) else bundled_configs.experiments()


def _decode(data: bytes, source: str) -> str:
    """Return the text of a file. Raises UsageError if it is too large or not UTF-8."""
    if len(data) > MAX_FILE_SIZE:
        raise UsageError(TOO_LARGE, place=str(Place(source)))
    if data.startswith(UTF16_MARKS):
        raise UsageError("is encoded as UTF-16, not UTF-8", place=str(Place(source)), hint="save it as UTF-8")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        place = Place(source, before.count("\n") + 1, len(before) - before.rfind("\n"))
        message = f"byte 0x{data[error.start]:02X} is not UTF-8"
        raise UsageError(message, place=str(place), hint="save the file as UTF-8") from None
