"""The scratch directory of a worker: runs that are to be sent back, and copies of data files."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from nncli.cluster.files import digest, is_inside, list_files, relocate, write_piece
from nncli.cluster.orders import SentFile

DATA = "data"


class WrongFile(Exception):
    """A file is not as it was when it was sent."""


def scratch(worker: Any) -> Path:
    """Return the directory, which the workers of a machine share and which survives them.

    It is in the directory that `dask worker --local-directory` chooses.
    """
    path = Path(worker.local_directory).parent / "nncli"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def copies_of(files: Sequence[SentFile], worker: Any) -> dict[str, str]:
    """Return the path of the copy, which may not exist yet, for each data file that this machine does not have."""
    folder = scratch(worker) / DATA if files else Path()
    return {file.name: str(folder / file.digest / Path(file.name).name) for file in files if not _is_here(file)}


def _is_here(file: SentFile) -> bool:
    path = Path(file.name)
    try:
        status = path.stat()
        return status.st_size == file.size and _digest(path, status.st_mtime_ns) == file.digest
    except OSError:
        return False


@lru_cache(maxsize=64)
def _digest(path: Path, modified: int) -> str:
    return digest(path)


@lru_cache(maxsize=1)
def with_copies(text: str, copies: tuple[tuple[str, str], ...]) -> str:
    """Return an experiment that reads copies of its data files."""
    from nncli import config

    return config.dump_tree(config.read_saved(text, "config.yaml", nearby=dict(copies)))


def write(name: str, offset: int, piece: bytes, dask_worker: Any = None) -> None:  # Dask passes the worker, also below
    """Write a piece of a file that is being sent."""
    path = scratch(dask_worker) / name
    if not is_inside(path, scratch(dask_worker)):
        raise WrongFile(f"{name} is not in the scratch directory")
    write_piece(path, offset, piece)


async def keep_data(part: str, file: SentFile, dask_worker: Any = None) -> None:
    """Keep a data file that was sent. Raises WrongFile if it has changed on the way."""
    sent = scratch(dask_worker) / part
    if await asyncio.to_thread(digest, sent) != file.digest:
        sent.unlink()
        raise WrongFile(f"{file.name} has changed while it was sent")
    copy = scratch(dask_worker) / DATA / file.digest / Path(file.name).name
    copy.parent.mkdir(parents=True, exist_ok=True)
    sent.replace(copy)


async def keep_run(
    part: str,
    sweep: str,
    name: str,
    files: Sequence[SentFile],
    data: Sequence[SentFile],
    dask_worker: Any = None,
) -> None:
    """Keep an unfinished run that was sent, unless there is one from a lost worker. Raises WrongFile."""
    sent, run = scratch(dask_worker) / part, scratch(dask_worker) / sweep / name
    try:
        if await asyncio.to_thread(list_files, sent) != tuple(files):
            raise WrongFile(f"{name} has changed while it was sent")
        if not run.exists():
            run.parent.mkdir(exist_ok=True)
            relocate(sent, run, copies_of(data, dask_worker))
            sent.replace(run)
    finally:
        shutil.rmtree(sent, ignore_errors=True)


def remove(folder: Path) -> None:
    """Remove a run that was sent back."""
    shutil.rmtree(folder, ignore_errors=True)
