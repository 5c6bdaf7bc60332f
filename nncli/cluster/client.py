"""A connection to the scheduler of a cluster: all calls of Dask's client."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


class TaskLost(Exception):
    """A task has not ended, as its worker or the scheduler is lost, or as it was cancelled."""


class WorkerKilled(Exception):
    """A task was given up by Dask, as its worker was killed and started again several times at the same address."""


class Client:
    """Submits calls to workers. Coroutines run in the thread of Dask's event loop."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.address = str(client.scheduler.address)

    @property
    def connected(self) -> bool:
        """False once the scheduler has ended, or cannot be reached any more."""
        return bool(self._client.status == "running")

    def run_soon(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        """Run a coroutine in the event loop."""
        asyncio.run_coroutine_threadsafe(coroutine, self._client.loop.asyncio_loop)

    def wait_for(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the event loop, and return its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._client.loop.asyncio_loop).result()

    def listen(self, topic: str, receive: Callable[[Any], None]) -> None:
        """Call a function in the event loop with each event of a topic."""
        self._client.subscribe_topic(topic, lambda event: receive(event[1]))

    def hold_group(self, group: str) -> Any:
        """Return a future that keeps a group of keys alive while it is not released.

        Otherwise the scheduler opens a new record of tasks whenever there are none, and keeps all of them: 1 kB each.
        """
        return self._client.submit(pickle.loads, pickle.dumps(None), key=(group, -1, 0), pure=False)

    def submit(self, key: tuple[str, int, int], call: bytes, address: str) -> Any:
        """Submit the pickled call of a function to a worker; return its future."""
        return self._client.submit(pickle.loads, call, key=key, workers=[address], pure=False)

    async def result(self, future: Any) -> Any:
        """Wait for the result of a future, and release it on the worker.

        Raises the error of the call, WorkerKilled, or TaskLost if it did not end.
        """
        try:
            return await self._client.gather(future, asynchronous=True)
        except (Exception, asyncio.CancelledError) as error:
            if type(error).__name__ == "KilledWorker":
                raise WorkerKilled from error
            if future.status in ("cancelled", "lost") or isinstance(error, asyncio.CancelledError):
                raise TaskLost from error
            raise
        finally:
            future.release()

    async def threads(self) -> Mapping[str, int]:
        """Return the number of threads of each worker. Raises OSError."""
        threads: Mapping[str, int] = await self._client.nthreads(asynchronous=True)
        return threads

    async def ask(self, address: str, function: Callable[..., Any], *arguments: object) -> Any:
        """Call a function on a worker outside of its tasks; return its result, or its error."""
        options: dict[str, Any] = {"workers": [address], "on_error": "return", "asynchronous": True}
        return (await self._client.run(function, *arguments, **options)).get(address)

    def tell(self, function: Callable[..., None], *arguments: object, address: str | None = None) -> None:
        """Call a function on a worker, or on all, without waiting for it."""
        self.run_soon(self._run(function, arguments, address))

    def tell_all_and_wait(self, function: Callable[..., None], *arguments: object, seconds: float) -> None:
        """Call a function on all workers, and wait for those that answer within some seconds."""
        with suppress(Exception):  # some do not answer, or the scheduler is lost
            self.wait_for(asyncio.wait_for(self._run(function, arguments), seconds))

    async def _run(
        self, function: Callable[..., None], arguments: Sequence[object], address: str | None = None
    ) -> None:
        options: dict[str, Any] = {"workers": address and [address], "on_error": "ignore", "asynchronous": True}
        await self._client.run(function, *arguments, **options)
