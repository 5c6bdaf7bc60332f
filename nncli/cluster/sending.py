"""Send data files and unfinished runs to workers, in pieces of bounded size."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from nncli.cluster import scratch
from nncli.cluster.client import Client
from nncli.cluster.files import list_files, read_piece
from nncli.cluster.orders import SentFile

PIECE_SECONDS = 120.0
AT_ONCE = 4  # files, so that the scheduler, which passes them on, holds little


class NotSent(Exception):
    """A worker did not take a file: it is lost, or its disk is full."""


class Sender:
    """Sends files to the scratch directories of workers."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def send_data(self, address: str, files: Sequence[SentFile]) -> None:
        """Send data files, of which a worker has no copy. Raises NotSent."""
        for file in files:
            part = f"{os.urandom(4).hex()}.part"
            await self._send(address, Path(file.name), part, file.size)
            await self._ask(address, scratch.keep_data, part, file)

    async def send_run(self, address: str, run: Path, sweep: str, data: Sequence[SentFile]) -> None:
        """Send the unfinished run of a training, to be resumed there. Raises NotSent."""
        files, part = await asyncio.to_thread(list_files, run), f"{os.urandom(4).hex()}.part"
        for file in files:
            await self._send(address, run / file.name, f"{part}/{file.name}", file.size)
        await self._ask(address, scratch.keep_run, part, sweep, run.name, files, tuple(data))

    async def _send(self, address: str, source: Path, destination: str, size: int) -> None:
        async with self._turn:
            offset = 0
            while offset < size or not offset:
                piece = await asyncio.to_thread(read_piece, source, offset)
                await self._ask(address, scratch.write, destination, offset, piece)
                offset += len(piece)
                if not piece:
                    return  # the file is empty, or was cut off, as its digest is going to show

    async def _ask(self, address: str, function: Callable[..., Any], *arguments: object) -> None:
        try:
            answer = await asyncio.wait_for(self._client.ask(address, function, *arguments), PIECE_SECONDS)
        except (OSError, TimeoutError) as error:
            raise NotSent(str(error)) from error
        if isinstance(answer, Exception):
            raise NotSent(str(answer)) from answer
