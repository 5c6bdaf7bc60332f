"""The files of a run, sent between machines in pieces of bounded size."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from nncli import registry
from nncli.cluster.orders import SentFile
from nncli.settings import data_files
from nncli.store.atomic import write_json, write_text
from nncli.store.run import CONFIG, RUN_INFO, Run
from nncli.store.settings import SETTINGS, with_settings

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


def write_piece(path: Path, offset: int, piece: bytes) -> None:
    """Write a piece of a file; the first one creates the file and its folder."""
    if offset == 0:
        path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("r+b" if offset else "wb") as file:
        file.seek(offset)
        file.write(piece)


def relocate(folder: Path, destination: Path, moved: Mapping[str, str]) -> None:
    """Change the paths of data files in a run that moves to `destination`, as if it had been trained there.

    `moved` maps their paths so far to those at the destination.
    """
    run = Run(folder)
    info = run.info()
    settings = info.get(SETTINGS)
    if not isinstance(settings, dict) or not data_files(settings):
        return
    text = run.config_text()
    if moved:
        from nncli import config
        from nncli.config.validate import build_experiment

        experiment = build_experiment(config.read_saved(text, CONFIG, nearby=moved).root)
        text, settings = config.dump(experiment), registry.plain(experiment)
        write_text(folder / CONFIG, text, sync=False)
    write_json(folder / RUN_INFO, with_settings(info, settings, text, destination), sync=False)
