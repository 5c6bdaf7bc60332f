"""Train the trials of a sweep on the workers of a cluster."""

from __future__ import annotations

import asyncio
import hashlib
import os
import platform
import queue
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from nncli.cluster import remote
from nncli.cluster.agent_process import AgentEnded
from nncli.cluster.client import Client
from nncli.cluster.members import Member, Members, SchedulerLost, Watch
from nncli.cluster.orders import Order, Probe, Report
from nncli.cluster.shared_mark import SharedMark
from nncli.errors import ExitCode, NncliError
from nncli.trials import ExecutorOptions, Message, Outcome, Progress, Trial, TrialStarted, Verdict

POLL = 0.05
MAX_KILLS = 3  # workers that a training may take along
SECONDS_TO_END = 30.0


class Finished(NamedTuple):
    """An attempt at a training has ended, with a report or an error."""

    number: int
    attempt: int
    result: Report | BaseException


class News(NamedTuple):
    """A training has started, or reports its objective after some epochs."""

    number: int
    attempt: int
    progress: tuple[int, float] | None


@dataclass(slots=True)
class _Task:
    """A training, and the worker that it is on; None while it waits for one."""

    trial: Trial
    attempt: int = 0
    address: str | None = None
    future: Any = None
    kills: int = 0


class ClusterPool:
    """Trains on all workers of a cluster, or at most `limit` trainings at a time."""

    def __init__(self, client: Client, options: ExecutorOptions, limit: int | None, say: Callable[[str], None]) -> None:
        self._client = client
        self._options = options
        self._limit = limit
        self._sweep = sweep_name(options.directory)
        self._session = os.urandom(4).hex()
        self._tasks = dict[int, _Task]()
        self._waiting = deque[int]()
        self._members = dict[str, Member]()
        self._updates = queue.SimpleQueue[Any]()
        self._ending = False
        self._lost = False
        self._mark = SharedMark(options.directory)
        client.listen(remote.topic(self._sweep), self._receive)
        probe = Probe(mark=self._mark.path, token=self._mark.token)
        self._watch = Watch(client, probe, self._updates, lambda address, why: say(f"{address} is not used: {why}"))

    @property
    def free(self) -> int:
        """The number of trials that can start now; at least one may wait for a worker."""
        return max(1, self._capacity) - self.running

    @property
    def running(self) -> int:
        """The number of trials that have started and not ended."""
        return len(self._tasks)

    @property
    def _capacity(self) -> int:
        threads = sum(member.threads for member in self._members.values())
        return min(threads, self._limit or threads)

    def start(self, number: int, trial: Trial) -> None:
        """Start a trial."""
        self._tasks[number] = _Task(trial)
        self._waiting.append(number)
        self._submit()

    def messages(self) -> list[tuple[int, Message]]:
        """Wait a moment for messages. Raises NncliError if the scheduler is lost."""
        if self._lost:
            hint = "start a scheduler and workers again, then continue the sweep"
            raise NncliError("the scheduler is lost", place=self._client.address, hint=hint)
        received, seconds = list[tuple[int, Message]](), POLL
        with suppress(queue.Empty):
            while True:
                received += self._take(self._updates.get(timeout=seconds))
                seconds = 0
        self._submit()
        return received

    def reply(self, number: int, verdict: Verdict) -> None:
        """Answer a Progress; a training that may continue does not wait for it."""
        task = self._tasks.get(number)
        if verdict.prune and task is not None and task.address is not None:
            arguments = self._sweep, number, task.attempt, verdict.prune
            self._client.tell(remote.reply, *arguments, address=task.address)

    def request_end(self) -> None:
        """Ask trials to save and end; those without a worker have not begun."""
        self._ending = True
        for number in self._waiting:
            self._updates.put(Finished(number, self._tasks[number].attempt, Report(_stopped())))
        self._waiting.clear()
        self._client.tell(remote.request_end, self._sweep)

    def close(self) -> None:
        """Ask trials to save and end, and wait for their end."""
        give_up = time.monotonic() + SECONDS_TO_END
        if not self._lost:
            self.request_end()
        while self._tasks and not self._lost and time.monotonic() < give_up:
            self.messages()
        self._watch.stop()
        if not self._lost:
            self._client.tell(remote.close, self._sweep)
        self._mark.remove()

    def _take(self, update: object) -> list[tuple[int, Message]]:
        if isinstance(update, Members):
            self._update_members(update)
        elif isinstance(update, SchedulerLost):
            self._lost = True
        elif isinstance(update, News) and self._is_current(update):
            path = self._tasks[update.number].trial.path
            assert path is not None
            return [(update.number, Progress(*update.progress) if update.progress else TrialStarted(path))]
        elif isinstance(update, Finished) and self._is_current(update):
            return self._finish(update)
        return []

    def _is_current(self, update: News | Finished) -> bool:
        task = self._tasks.get(update.number)
        return task is not None and task.attempt == update.attempt

    def _update_members(self, update: Members) -> None:
        for address in self._members.keys() - update.members.keys():
            for number in [number for number, task in self._tasks.items() if task.address == address]:
                self._lose(number, f"the worker {address} was lost")
        self._members = dict(update.members)

    def _lose(self, number: int, reason: str) -> None:
        """Train again elsewhere what a worker took along, unless that has happened too often."""
        task = self._tasks[number]
        task.kills += 1
        if task.kills >= MAX_KILLS:
            outcome = Outcome(task.trial.path, ExitCode.FAILURE, "failed", f"{reason}, as {task.kills - 1} before", {})
            self._updates.put(Finished(number, task.attempt, Report(outcome)))
        else:
            self._again(number)

    def _again(self, number: int) -> None:
        task = self._tasks[number]
        if task.future is not None:
            task.future.cancel()
        task.attempt += 1
        task.address = task.future = None
        if self._ending:
            self._updates.put(Finished(number, task.attempt, Report(_stopped())))
        else:
            self._waiting.appendleft(number)

    def _finish(self, finished: Finished) -> list[tuple[int, Message]]:
        number, result = finished.number, finished.result
        task = self._tasks[number]
        if isinstance(result, AgentEnded):
            self._lose(number, f"the agent of the worker {task.address} was killed")
        elif isinstance(result, asyncio.CancelledError):
            self._again(number)
        elif isinstance(result, BaseException):
            del self._tasks[number]
            return [(number, Outcome(None, ExitCode.FAILURE, "failed", f"a bug of nncli: {result!r}", {}))]
        elif result.outcome.status == "lost":
            self._lose(number, result.outcome.reason)
        elif result.outcome.status == "stopped" and not self._ending:
            self._again(number)  # its worker is ending
        else:
            del self._tasks[number]
            return [(number, result.outcome)]
        return []

    def _submit(self) -> None:
        """Give waiting trials to the workers with most room."""
        load = dict.fromkeys(self._members, 0)
        for task in self._tasks.values():
            if task.address in load:
                load[task.address] += 1
        while self._waiting and load:
            address = min(load, key=lambda each: load[each] - self._members[each].threads)
            if load[address] >= self._members[address].threads:
                return
            load[address] += 1
            self._give(self._waiting.popleft(), self._members[address])

    def _give(self, number: int, member: Member) -> None:
        task = self._tasks[number]
        task.address = member.address
        shared, options = member.description.shared, self._options
        order = Order(self._sweep, number, task.attempt, task.trial, shared, options.warm, options.timeout)
        key = (f"nncli-{self._session}", number, task.attempt)
        task.future = self._client.submit(key, remote.Call(remote.train, order).pickled(), member.address)
        self._client.run_soon(self._follow(task.future, number, task.attempt))

    async def _follow(self, future: Any, number: int, attempt: int) -> None:
        """Wait for the end of an attempt, and put it among the updates."""
        result: Report | BaseException
        try:
            result = await self._client.result(future)
        except (Exception, asyncio.CancelledError) as error:
            result = error
        self._updates.put(Finished(number, attempt, result))

    def _receive(self, message: Any) -> None:
        progress = message["progress"]
        self._updates.put(News(message["number"], message["attempt"], tuple(progress) if progress else None))


def _stopped() -> Outcome:
    return Outcome(None, ExitCode.INTERRUPTED, "stopped", "before it began", {})


def sweep_name(directory: Path) -> str:
    """Return the name of a sweep on all workers, the same whenever it continues."""
    path = directory.resolve()
    return f"{path.name}-{hashlib.sha256(f'{platform.node()}:{path}'.encode()).hexdigest()[:8]}"
