"""Atomic writes: temporary file, fsync, rename."""

from __future__ import annotations

import errno
import json
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any, BinaryIO

from nncli.errors import NncliError
from nncli.system import sync_directory
from nncli.text import uncapitalize

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
WORDS = {None: "null", True: "true", False: "false"}  # of JSON
NOT_ALLOWED = (errno.EACCES, errno.EPERM, errno.EROFS)


def write_bytes(path: Path, data: bytes, *, sync: bool = True) -> None:
    """Write a file atomically. Raises NncliError if it cannot be written."""
    with atomic_write(path, sync=sync) as file:
        file.write(data)


def write_text(path: Path, text: str, *, sync: bool = True) -> None:
    """Write text as UTF-8, atomically. Raises NncliError if it cannot be written."""
    # A byte of the command line that is not UTF-8 becomes the escape that JSON uses for it.
    write_bytes(path, text.encode("utf-8", "backslashreplace"), sync=sync)


def write_json(path: Path, mapping: Mapping[str, Any], *, sync: bool = True) -> None:
    """Write strict JSON: NaN and infinity become null, floats keep all digits. Raises NncliError if it cannot."""
    write_text(path, indented_json(mapping) + "\n", sync=sync)


def indented_json(value: Any, margin: str = "\n") -> str:
    """Return `json.dumps(finite(value), indent=2, ensure_ascii=False)`, which takes twice as long."""
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, float):
        return float.__repr__(value) if math.isfinite(value) else "null"  # NumPy's floats have another repr
    if value is None or isinstance(value, bool):
        return WORDS[value]
    if isinstance(value, int):
        return int.__repr__(value)
    inner = margin + "  "
    if isinstance(value, Mapping):
        items = [f"{encode_basestring(key)}: {indented_json(item, inner)}" for key, item in value.items()]
        return f"{{{inner}{f',{inner}'.join(items)}{margin}}}" if items else "{}"
    if isinstance(value, list | tuple):
        items = [indented_json(item, inner) for item in value]
        return f"[{inner}{f',{inner}'.join(items)}{margin}]" if items else "[]"
    return json.dumps(value)


def finite(value: Any) -> Any:
    """Return the value with every NaN and infinity in it replaced by None."""
    if isinstance(value, Mapping):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@contextmanager
def atomic_write(path: Path, *, sync: bool = True) -> Iterator[BinaryIO]:
    """Yield a temporary file that replaces `path` on success and is deleted on failure.

    Without `sync`, the file survives a killed process, but perhaps not a power failure within the next minute.

    Raises NncliError if the file cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}.tmp")
    try:
        with temporary.open("xb") as file:  # unlike tempfile's, readable by every user who can read the directory
            yield file
            file.flush()
            if sync:
                os.fsync(file.fileno())
        temporary.replace(path)
        if sync:
            sync_directory(path.parent)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):
            raise os_error("be written", path, error) from error
        raise


def sync_file(path: Path) -> None:
    """Sync a file that was written without `sync`. Raises NncliError."""
    try:
        with path.open("rb") as file:
            os.fsync(file.fileno())
    except OSError as error:
        raise os_error("be written", path, error) from error


def os_error(action: str, path: Path, error: OSError) -> NncliError:
    """Return the error to show for an OSError: `cannot be written: no space left on device`."""
    hint = ""
    if error.errno in DISK_FULL:
        hint = "free some space, or choose another disk with --runs-dir"
    elif error.errno in NOT_ALLOWED and action != "be read":
        hint = "use --runs-dir to choose a folder that you can write to"
    reason = uncapitalize(error.strerror or str(error))
    return NncliError(f"cannot {action}: {reason}", place=str(path), hint=hint)
