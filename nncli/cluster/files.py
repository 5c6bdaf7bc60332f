"""The files of a run, sent between machines in pieces of bounded size."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from nncli.cluster.orders import SentFile
from nncli.settings import data_files
from nncli.store.atomic import write_json
from nncli.store.data_files import RELATIVE, relative_paths
from nncli.store.run import RUN_INFO, Run
from nncli.store.settings import SETTINGS

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


def is_inside(path: Path, folder: Path) -> bool:
    """Return whether a path leads to a place in a folder."""
    return Path(os.path.normpath(path)).is_relative_to(folder) and path != folder


def relocate(folder: Path, destination: Path) -> None:
    """Note in run.json where the data files are relative to the place that the run is going to have."""
    info = Run(folder).info()
    settings = info.get(SETTINGS)
    if isinstance(settings, dict) and data_files(settings):
        write_json(folder / RUN_INFO, {**info, RELATIVE: relative_paths(settings, destination)}, sync=False)
