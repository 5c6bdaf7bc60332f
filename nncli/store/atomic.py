"""Writing a file whole or not at all: by temporary file, fsync and rename."""

from __future__ import annotations

import errno
import json
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from nncli.errors import NncliError
from nncli.system import sync_directory
from nncli.text import uncapitalize

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
NOT_ALLOWED = (errno.EACCES, errno.EPERM, errno.EROFS)


def write_bytes(path: Path, data: bytes) -> None:
    """Writes a file whole or not at all. Raises NncliError."""
    with atomic_write(path) as file:
        file.write(data)


def write_text(path: Path, text: str) -> None:
    """Writes a text as UTF-8, whole or not at all. Raises NncliError."""
    # What is no character (a byte of the command line that is not UTF-8) becomes the escape that JSON has for it.
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_json(path: Path, mapping: Mapping[str, Any]) -> None:
    """Writes JSON that every reader takes: NaN and infinities are null, floats keep all digits. Raises NncliError."""
    write_text(path, json.dumps(finite(mapping), indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def finite(value: Any) -> Any:
    """The value with None for each NaN and infinity in it."""
    if isinstance(value, Mapping):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@contextmanager
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `path` where all goes well, and leaves no trace where not. Raises NncliError."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}.tmp")
    try:
        with temporary.open("xb") as file:  # unlike tempfile's, readable for whoever may read the directory
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_directory(path.parent)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):
            raise os_error("be written", path, error) from error
        raise


def os_error(do: str, path: Path, error: OSError) -> NncliError:
    """The error to show for what the system refused: `cannot be written: no space left on device`."""
    hint = ""
    if error.errno in DISK_FULL:
        hint = "free some space, or keep the runs elsewhere with --runs-dir"
    elif error.errno in NOT_ALLOWED and do != "be read":
        hint = "keep the runs where you may write, with --runs-dir"
    why = error.strerror or str(error)
    return NncliError(f"cannot {do}: {uncapitalize(why)}", place=str(path), hint=hint)
