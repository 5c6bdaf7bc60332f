"""The workers of a cluster: which there are, and which can be used."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from nncli.cluster import remote
from nncli.cluster.client import Client
from nncli.cluster.orders import Description, Probe
from nncli.version import __version__

WATCH_SECONDS = 0.5
ANSWER_SECONDS = 10.0  # that a worker has to describe itself


class Member(NamedTuple):
    """A worker that can be used."""

    address: str
    threads: int
    description: Description


class Members(NamedTuple):
    """The workers that can be used now, by address."""

    members: Mapping[str, Member]


class SchedulerLost(NamedTuple):
    """The scheduler has ended, or cannot be reached any more."""


class Watch:
    """Follows the workers of a cluster, and puts each change into `updates`, until it is stopped.

    `refuse` is called once for each worker that cannot be used, with its address and the reason.
    """

    def __init__(
        self, client: Client, probe: Probe, updates: queue.SimpleQueue[Any], refuse: Callable[[str, str], None]
    ) -> None:
        self._client = client
        self._probe = probe
        self._updates = updates
        self._refuse = refuse
        self._known = dict[str, Member | None]()  # None: refused
        self._asked = dict[str, asyncio.Task[None]]()
        self._stopped = False
        client.run_soon(self._follow())

    def stop(self) -> None:
        """Stop following."""
        self._stopped = True

    async def _follow(self) -> None:
        threads: Mapping[str, int] = {}
        while not self._stopped:
            if not self._client.connected:
                self._updates.put(SchedulerLost())
                return
            with suppress(OSError, TimeoutError):
                threads = await asyncio.wait_for(self._client.threads(), ANSWER_SECONDS)
            for address in self._known.keys() - threads.keys():
                del self._known[address]
                self._put()
            for address in threads.keys() - self._known.keys() - self._asked.keys():
                self._asked[address] = asyncio.create_task(self._ask(address, threads[address]))
            await asyncio.sleep(WATCH_SECONDS)

    async def _ask(self, address: str, threads: int) -> None:
        try:
            answer = await ask(self._client, self._probe, address, threads)
        finally:
            del self._asked[address]
        if isinstance(answer, str):
            self._known[address] = None
            self._refuse(address, answer)
        elif answer is not None:
            self._known[address] = answer
            self._put()

    def _put(self) -> None:
        self._updates.put(Members({address: each for address, each in self._known.items() if each is not None}))


async def ask_all(client: Client, probe: Probe) -> dict[str, Member | str | None]:
    """Return all workers that can be used, the reason for each that cannot, and None for each that does not answer."""
    threads = await asyncio.wait_for(client.threads(), ANSWER_SECONDS)
    answers = await asyncio.gather(*(ask(client, probe, *item) for item in threads.items()))
    return dict(zip(threads, answers, strict=True))


async def ask(client: Client, probe: Probe, address: str, threads: int) -> Member | str | None:
    """Return a worker that can be used, the reason if it cannot, or None if it does not answer."""
    try:
        answer = await asyncio.wait_for(client.ask(address, remote.describe, probe), ANSWER_SECONDS)
    except (OSError, TimeoutError):
        return None
    if answer is None or isinstance(answer, OSError):
        return None
    return refusal(answer) or Member(address, threads, answer)


def refusal(answer: Description | Exception) -> str:
    """Return why a worker cannot be used, empty if it can."""
    if isinstance(answer, ModuleNotFoundError):
        return f"has no {answer.name}"
    if isinstance(answer, Exception):
        return f"has another version of nncli: {answer}"
    import numpy

    for package, ours in (("nncli", __version__), ("numpy", numpy.__version__)):
        theirs = answer.versions.get(package)
        if theirs != ours:
            return f"{answer.host} has {package} {theirs}, this machine {ours}"
    return ""
