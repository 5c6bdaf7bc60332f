"""A client without Dask: tests say what workers exist, and how trainings end."""

from __future__ import annotations

import asyncio
import io
import pickle
import threading
from collections.abc import Callable, Coroutine, Mapping
from functools import cache
from typing import Any

import numpy

from nncli.cluster import remote
from nncli.cluster.orders import Description, Order, Report
from nncli.trials import Outcome
from nncli.version import __version__

VERSIONS = {"nncli": __version__, "numpy": numpy.__version__}
DONE = Report(Outcome(None, 0, "done", "", {}))


@cache
def _event_loop() -> asyncio.AbstractEventLoop:
    """Return an event loop that runs in a thread, for all tests."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return loop


class FakeFuture:
    """The future of an order, which a test resolves."""

    def __init__(self, order: Order, address: str) -> None:
        self.order = order
        self.address = address
        self.result: asyncio.Future[Any] = asyncio.Future()

    def cancel(self) -> None:
        """Cancel the order."""


class FakeClient:
    """Has the methods of `Client`. `workers` has a description, or an error, by address."""

    address = "tcp://scheduler:8786"

    def __init__(self, **workers: Any) -> None:
        self.connected = True
        self.workers: dict[str, Any] = dict(workers)
        self.futures = list[FakeFuture]()
        self.calls = list[tuple[Any, ...]]()
        self.receive: Callable[[Any], None] = print
        self._loop = _event_loop()

    def resolve(self, future: FakeFuture, result: Report | Exception = DONE) -> None:
        """End an order with a report or an error."""
        method = future.result.set_exception if isinstance(result, Exception) else future.result.set_result
        self._loop.call_soon_threadsafe(method, result)

    def run_soon(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def wait_for(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def listen(self, topic: str, receive: Callable[[Any], None]) -> None:
        self.receive = receive

    def hold_group(self, group: str) -> None:
        """Hold nothing."""

    def submit(self, key: tuple[str, int, int], call: bytes, address: str) -> FakeFuture:
        order = _order(call)
        assert key[1:] == (order.number, order.attempt)
        self.futures.append(FakeFuture(order, address))
        return self.futures[-1]

    async def result(self, future: FakeFuture) -> Any:
        return await future.result

    async def threads(self) -> Mapping[str, int]:
        return dict.fromkeys(self.workers, 1)

    async def ask(self, address: str, function: Callable[..., Any], *arguments: object) -> Any:
        self.calls.append((function.__name__, address, *arguments))
        return self.workers.get(address) if function is remote.describe else None

    def tell(self, function: Callable[..., None], *arguments: object, address: str | None = None) -> None:
        self.calls.append((function.__name__, address, *arguments))

    def tell_all_and_wait(self, function: Callable[..., None], *arguments: object, seconds: float) -> None:
        self.calls.append((function.__name__, None, *arguments))
        self.end_all()

    def end_all(self) -> None:
        """End all orders, so that nothing waits for them."""
        for future in self.futures:
            if not future.result.done():
                self.resolve(future)


def worker(host: str = "host", *, shared: bool = True, missing: tuple[str, ...] = (), **versions: str) -> Description:
    """Return the description of a worker."""
    return Description(host, VERSIONS | versions, shared, missing)


def _order(call: bytes) -> Order:
    """Return the order in the pickled call of `remote.train`."""

    class Unpickler(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            return (lambda order: order) if name == "train" else super().find_class(module, name)

    order = Unpickler(io.BytesIO(call)).load()
    assert isinstance(order, Order)
    return order
