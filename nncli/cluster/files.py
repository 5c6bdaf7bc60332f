"""Send runs between machines, whole and checked, in pieces of bounded size."""

from __future__ import annotations

import hashlib
from pathlib import Path

from nncli.cluster.orders import SentFile

PIECE_BYTES = 1 << 22


def list_files(folder: Path) -> tuple[SentFile, ...]:
    """Return the files of a run with their sizes and digests."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".tmp"))
    return tuple(SentFile(path.relative_to(folder).as_posix(), path.stat().st_size, digest(path)) for path in paths)


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_piece(path: Path, offset: int) -> bytes:
    """Return at most PIECE_BYTES of a file."""
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(PIECE_BYTES)
