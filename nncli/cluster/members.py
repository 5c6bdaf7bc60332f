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
from nncli.cluster.sending import NotSent, Sender
from nncli.version import __version__

WATCH_SECONDS = 0.5
ANSWER_SECONDS = 30.0  # that a worker has to describe itself


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


class Questions:
    """Asks workers to describe themselves; `send_data` sends them the data files that they lack."""

    def __init__(self, client: Client, probe: Probe, send_data: bool) -> None:
        self.client = client
        self._probe = probe
        self._sender = Sender(client) if send_data else None

    async def ask_all(self) -> dict[str, Member | str | None]:
        """Return all usable workers, the reason for each that is not usable, and None for those that do not answer."""
        threads = await asyncio.wait_for(self.client.threads(), ANSWER_SECONDS)
        answers = await asyncio.gather(*(self.ask(*item) for item in threads.items()))
        return dict(zip(threads, answers, strict=True))

    async def ask(self, address: str, threads: int) -> Member | str | None:
        """Return a usable worker, the reason if it is not usable, or None if it does not answer."""
        answer = await self._description(address)
        if answer is None or isinstance(answer, OSError):
            return None
        if reason := refusal(answer):
            return reason
        if answer.missing and self._sender is not None:
            try:
                await self._sender.send_data(
                    address, [file for file in self._probe.files if file.name in answer.missing]
                )
            except NotSent as error:
                return f"data files could not be sent: {error}"
            return await self.ask(address, threads)
        return Member(address, threads, answer)

    async def _description(self, address: str) -> Any:
        try:
            return await asyncio.wait_for(self.client.ask(address, remote.describe, self._probe), ANSWER_SECONDS)
        except (OSError, TimeoutError):
            return None


class Watch:
    """Follows the workers of a cluster, and puts each change into `updates`, until it is stopped.

    `refuse` is called once for each worker that cannot be used, with its address and the reason.
    """

    def __init__(
        self, questions: Questions, updates: queue.SimpleQueue[Any], refuse: Callable[[str, str], None]
    ) -> None:
        self._questions = questions
        self._client = questions.client
        self._updates = updates
        self._refuse = refuse
        self._known = dict[str, Member | None]()  # None: refused
        self._asked = dict[str, asyncio.Task[None]]()
        self._stopped = False
        self._client.run_soon(self._follow())

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
            answer = await self._questions.ask(address, threads)
        finally:
            del self._asked[address]
        if isinstance(answer, Member) and answer.description.missing:
            answer = f"{answer.description.host} has no {', '.join(answer.description.missing)}, or not as here"
        if isinstance(answer, str):
            self._known[address] = None
            self._refuse(address, answer)
        elif answer is not None:
            self._known[address] = answer
            self._put()

    def _put(self) -> None:
        self._updates.put(Members({address: each for address, each in self._known.items() if each is not None}))


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
