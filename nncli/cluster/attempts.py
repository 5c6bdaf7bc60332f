"""Attempts to train a trial: each is a task of Dask on one worker."""

from __future__ import annotations

import os
import queue
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from nncli.cluster import remote
from nncli.cluster.client import Client
from nncli.cluster.orders import Order, Report
from nncli.cluster.receiving import Receiver
from nncli.cluster.sending import Sender


@dataclass(slots=True, eq=False)
class Attempt:
    """An attempt at a training, on a worker."""

    order: Order
    address: str
    future: Any = None  # once it is submitted
    wanted: bool = True


class Finished(NamedTuple):
    """An attempt has ended, with a report or an error."""

    attempt: Attempt
    result: Report | Exception


class News(NamedTuple):
    """A training has started, or reports its objective after some epochs."""

    number: int
    attempt: int
    progress: tuple[int, float] | None


class Attempts:
    """Starts attempts, and puts what happens into `updates`."""

    def __init__(self, client: Client, directory: Path, sweep: str, updates: queue.SimpleQueue[Any]) -> None:
        self._client = client
        self._sender = Sender(client)
        self._receiver = Receiver(client, directory)
        self._updates = updates
        self._group = f"{sweep}-{os.urandom(4).hex()}"
        self._held = client.hold_group(self._group)
        client.listen(remote.topic(sweep), self._receive)

    def start(self, order: Order, address: str) -> Attempt:
        """Start an attempt on a worker."""
        attempt = Attempt(order, address)
        self._client.run_soon(self._follow(attempt))
        return attempt

    def abandon(self, attempt: Attempt) -> None:
        """Give up an attempt, whose worker was lost."""
        attempt.wanted = False
        if attempt.future is not None:
            attempt.future.cancel()

    async def _follow(self, attempt: Attempt) -> None:
        """Send an unfinished run to the worker, submit the attempt, and wait for its end and the files of its run."""
        result: Report | Exception
        order, address = attempt.order, attempt.address
        path = order.trial.path
        assert path is not None
        try:
            if not order.shared and path.exists():
                await self._sender.send_run(address, path, order.sweep, order.data)
            if not attempt.wanted:
                return
            key = (self._group, order.number, order.attempt)
            attempt.future = self._client.submit(key, remote.Call(remote.train, order).pickled(), address)
            report = await self._client.result(attempt.future)
            sync = report.outcome.seconds >= order.trial.sync_after  # as if it had been trained in its place
            result = await self._receiver.receive(report, address, path.name, lambda: attempt.wanted, sync=sync)
        except Exception as error:
            result = error
        self._updates.put(Finished(attempt, result))

    def _receive(self, message: Any) -> None:
        progress = message["progress"]
        self._updates.put(News(message["number"], message["attempt"], tuple(progress) if progress else None))
