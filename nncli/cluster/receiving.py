"""Receive the runs of workers that do not share the directory of the sweep."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import IO

from nncli.cluster.client import Client
from nncli.cluster.files import digest, is_inside, read_piece, relocate
from nncli.cluster.orders import Report, SentFile
from nncli.cluster.scratch import remove
from nncli.store.atomic import os_error, sync_file
from nncli.system import sync_directory

PREFIX = ".incoming-"
AT_ONCE = 4  # runs that are received in pieces, so that the scheduler, which passes them on, holds little
PIECE_SECONDS = 120.0


class IncompleteRun(Exception):
    """A run could not be received: its worker is lost, or files are not as listed."""


class Receiver:
    """Receives runs into the directory of a sweep."""

    def __init__(self, client: Client, directory: Path) -> None:
        self._client = client
        self._directory = directory
        self._turn = asyncio.Semaphore(AT_ONCE)
        for incoming in directory.glob(f"{PREFIX}*"):  # of a process that was killed
            shutil.rmtree(incoming, ignore_errors=True)

    async def receive(
        self, report: Report, address: str, name: str, is_wanted: Callable[[], bool], *, sync: bool = False
    ) -> Report:
        """Receive the files of a run, and move them into place if still wanted; return the report without them.

        With `sync`, they then survive a power failure.

        Raises IncompleteRun, and NncliError if the files cannot be written.
        """
        if not report.files:
            return report
        folder = self._directory / f"{PREFIX}{name}-{os.urandom(4).hex()}"
        try:
            if report.contents is not None:
                _write_contents(folder, report)
            else:
                async with self._turn:
                    await self._fetch(folder, report, address)
            relocate(folder, self._directory / name, report.copies)
            if sync:
                await asyncio.to_thread(_sync, folder)
            if is_wanted():
                shutil.rmtree(self._directory / name, ignore_errors=True)  # an earlier part of this training
                folder.rename(self._directory / name)
        except OSError as error:
            raise os_error("be written", self._directory / name, error) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        if report.contents is None:
            self._client.tell(remove, report.folder, address=address)
        outcome = report.outcome._replace(path=self._directory / name)
        return Report(outcome, report.log)

    async def _fetch(self, folder: Path, report: Report, address: str) -> None:
        assert report.folder is not None
        for file in report.files:
            path = _new_file(folder, file)
            with path.open("xb") as output:
                await self._fetch_file(output, report.folder / file.name, file, address)
            if path.stat().st_size != file.size or await asyncio.to_thread(digest, path) != file.digest:
                raise IncompleteRun(f"{file.name} is not as its worker listed it")

    async def _fetch_file(self, output: IO[bytes], source: Path, file: SentFile, address: str) -> None:
        while (offset := output.tell()) < file.size:
            try:
                piece = await asyncio.wait_for(self._client.ask(address, read_piece, source, offset), PIECE_SECONDS)
            except (OSError, TimeoutError) as error:
                raise IncompleteRun(f"the worker {address} was lost") from error
            if not isinstance(piece, bytes) or not piece:
                raise IncompleteRun(f"{file.name} cannot be read on its worker: {piece!r}")
            await asyncio.to_thread(output.write, piece)


def _write_contents(folder: Path, report: Report) -> None:
    assert report.contents is not None
    for file in report.files:
        _new_file(folder, file).write_bytes(report.contents[file.name])


def _sync(folder: Path) -> None:
    for path in folder.rglob("*"):
        sync_directory(path) if path.is_dir() else sync_file(path)
    sync_directory(folder)


def _new_file(folder: Path, file: SentFile) -> Path:
    path = folder / file.name
    if not is_inside(path, folder):
        raise IncompleteRun(f"{file.name} is not a file of a run")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
