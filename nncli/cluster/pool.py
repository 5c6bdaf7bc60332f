"""Train the trials of a sweep on the workers of a cluster."""

from __future__ import annotations

import hashlib
import platform
import queue
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from nncli.cluster import remote
from nncli.cluster.agent_process import AgentEnded
from nncli.cluster.attempts import Attempt, Attempts, Finished, News
from nncli.cluster.client import Client, TaskLost, WorkerKilled
from nncli.cluster.members import Member, Members, Questions, SchedulerLost, Watch
from nncli.cluster.orders import Order, Probe, Report, SentFile
from nncli.cluster.receiving import IncompleteRun
from nncli.cluster.sending import NotSent
from nncli.cluster.shared_mark import SharedMark
from nncli.cluster.task import Task, with_absolute_paths
from nncli.cluster.workers import FULL_SECONDS, Workers
from nncli.errors import ExitCode, NncliError
from nncli.store.atomic import DISK_FULL
from nncli.trials import ExecutorOptions, Message, Outcome, Progress, Trial, TrialStarted, Verdict

POLL = 0.05
SECONDS_TO_END = 30.0
SECONDS_TO_CLOSE = 3.0


class Needs(NamedTuple):
    """The needs of a sweep: its data files, which may be sent to workers, and the limit of trainings at a time."""

    data: tuple[SentFile, ...] = ()
    send_data: bool = False
    limit: int | None = None


class ClusterPool:
    """Trains on the workers of a cluster."""

    def __init__(self, client: Client, options: ExecutorOptions, needs: Needs, say: Callable[[str], None]) -> None:
        self._client = client
        self._options = options
        self._sweep = sweep_name(options.directory)
        self._tasks = dict[int, Task]()
        self._waiting = deque[int]()
        self._workers = Workers(needs.limit)
        self._ready = list[tuple[int, Message]]()
        self._updates = queue.SimpleQueue[Any]()
        self._ending = False
        self._next_request = 0.0
        self._lost = False
        self._say = say
        self._attempts = Attempts(client, options.directory, self._sweep, self._updates)
        self._mark = SharedMark(options.directory)
        self._data = needs.data if needs.send_data else ()
        questions = Questions(client, Probe(needs.data, self._mark.path, self._mark.token), needs.send_data)
        self._watch = Watch(questions, self._updates, lambda address, why: say(f"{address} is not used: {why}"))

    @property
    def free(self) -> int:
        """The number of trials that can start now; at least one may wait for a worker."""
        return max(max(1, self._workers.capacity) - self.running, 0)  # more may run than the workers that are left can

    @property
    def running(self) -> int:
        """The number of trials that have started and not ended."""
        return len(self._tasks) + len(self._ready)

    @property
    def ahead(self) -> int:
        """The number of trials that can be passed to `start` before they can start."""
        return 0

    def start(self, number: int, trial: Trial) -> None:
        """Start a trial."""
        self._tasks[number] = Task(with_absolute_paths(trial))
        self._waiting.append(number)
        self._submit()

    def messages(self) -> list[tuple[int, Message]]:
        """Wait a moment for messages. Raises NncliError if the scheduler is lost, or if runs cannot be written."""
        seconds = POLL
        with suppress(queue.Empty):
            while not self._lost:
                self._take(self._updates.get(timeout=0 if self._ready else seconds))
                seconds = 0
        if self._lost and not self._ready:
            hint = "start a scheduler and workers again, then continue the sweep"
            raise NncliError("the scheduler is lost", place=self._client.address, hint=hint)
        if self._ending and time.monotonic() > self._next_request:
            self._client.tell(remote.request_end, self._sweep)  # again, for attempts that had not reached their worker
            self._next_request = time.monotonic() + 1.0
        self._submit()
        ready, self._ready = self._ready, []
        return ready

    def reply(self, number: int, verdict: Verdict) -> None:
        """Answer a Progress; a training that may continue does not wait for it."""
        task = self._tasks.get(number)
        if verdict.prune and task is not None and (attempt := task.attempt) is not None:
            arguments = self._sweep, number, attempt.order.attempt, verdict.prune
            self._client.tell(remote.reply, *arguments, address=attempt.address)

    def request_end(self) -> None:
        """Ask trials to save and end; those without a worker have not begun."""
        self._ending = True
        for number in self._waiting:
            self._end(number, _stopped())
        self._waiting.clear()

    def close(self) -> None:
        """Ask trials to save and end, and wait for their end."""
        give_up = time.monotonic() + SECONDS_TO_END
        complete = not (self._tasks or self._ending or self._lost)
        self.request_end()
        while self._tasks and not self._lost and time.monotonic() < give_up:
            with suppress(NncliError):  # another one has ended the sweep
                self.messages()
        self._watch.stop()
        if not self._lost:
            self._client.tell_all_and_wait(remote.close, self._sweep, complete, seconds=SECONDS_TO_CLOSE)
        self._mark.remove()

    def _take(self, update: object) -> None:
        if isinstance(update, Members):
            self._update_members(update)
        elif isinstance(update, SchedulerLost):
            self._lost = True
        elif isinstance(update, News):
            self._take_news(update)
        elif isinstance(update, Finished) and update.attempt.wanted:
            self._finish(update)

    def _take_news(self, news: News) -> None:
        task = self._tasks.get(news.number)
        if task is not None and task.attempts == news.attempt:
            path = task.trial.path
            assert path is not None
            self._ready.append((news.number, Progress(*news.progress) if news.progress else TrialStarted(path)))

    def _update_members(self, update: Members) -> None:
        for address in self._workers.members.keys() - update.members.keys():
            for number, task in [*self._tasks.items()]:
                if task.attempt is not None and task.attempt.address == address:
                    self._lose(number, f"the worker {address} was lost")
        self._workers.members = update.members

    def _lose(self, number: int, reason: str) -> None:
        """Train again elsewhere what a worker took along, unless that has happened too often."""
        task = self._tasks[number]
        if task.count_kill():
            reason = f"{reason}, as {task.kills - 1} before"
            self._abandon(task)
            self._end(number, Outcome(task.trial.path, ExitCode.FAILURE, "failed", reason, {}))
        else:
            self._again(number)

    def _again(self, number: int) -> None:
        self._abandon(self._tasks[number])
        if self._ending:
            self._end(number, _stopped())
        else:
            self._waiting.appendleft(number)

    def _abandon(self, task: Task) -> None:
        if task.attempt is not None:
            self._attempts.abandon(task.attempt)
            task.attempt = None

    def _end(self, number: int, outcome: Outcome) -> None:
        del self._tasks[number]
        self._ready.append((number, outcome))

    def _finish(self, finished: Finished) -> None:
        number, address, result = finished.attempt.order.number, finished.attempt.address, finished.result
        if isinstance(result, Report):
            self._save_log(finished.attempt, result.log)
            self._finish_training(number, finished.attempt, result.outcome)
        elif isinstance(result, NncliError):  # the disk of this machine is full
            raise result
        elif isinstance(result, TaskLost):
            self._again(number)
        elif isinstance(result, AgentEnded | WorkerKilled):
            self._lose(number, f"the worker {address} or its agent was killed")
        elif isinstance(result, IncompleteRun | NotSent):
            self._lose(number, str(result))
        elif isinstance(result, OSError) and result.errno in DISK_FULL and self._set_aside(address):
            self._again(number)
        else:
            self._end(number, Outcome(None, ExitCode.FAILURE, "failed", f"{address}: {result!r}", {}))

    def _finish_training(self, number: int, attempt: Attempt, outcome: Outcome) -> None:
        if outcome.status == "lost":
            self._lose(number, outcome.reason)
        elif outcome.disk_full and not attempt.order.shared and self._set_aside(attempt.address):
            self._again(number)
        elif outcome.status == "stopped" and not self._ending:
            self._again(number)  # its worker is ending
        else:
            self._end(number, outcome)

    def _save_log(self, attempt: Attempt, log: bytes) -> None:
        """Write what the process of a failed training has written to stderr."""
        if log and (path := attempt.order.trial.path) is not None:
            with suppress(OSError):
                (self._options.logs / f"{path.name}.txt").write_bytes(log)

    def _set_aside(self, address: str) -> bool:
        """Use a worker whose disk is full no more for a while; return false if no other is left."""
        if not self._workers.set_aside(address):
            return False
        self._say(f"{address} is not used for {FULL_SECONDS:g} s: its disk is full")
        return True

    def _submit(self) -> None:
        """Give waiting trials to workers."""
        while self._waiting and self._client.connected:
            busy = [task.attempt.address for task in self._tasks.values() if task.attempt is not None]
            member = self._workers.choose(busy, self._tasks[self._waiting[0]].host)
            if member is None:
                return
            self._give(self._waiting.popleft(), member)

    def _give(self, number: int, member: Member) -> None:
        task, options = self._tasks[number], self._options
        task.attempts += 1
        task.host = member.description.host
        shared = member.description.shared
        order = Order(self._sweep, number, task.attempts, task.trial, shared, options.warm, options.timeout, self._data)
        task.attempt = self._attempts.start(order, member.address)


def _stopped() -> Outcome:
    return Outcome(None, ExitCode.INTERRUPTED, "stopped", "before it began", {})


def sweep_name(directory: Path) -> str:
    """Return the name of a sweep on all workers, the same whenever it continues."""
    path = directory.resolve()
    return f"{path.name}-{hashlib.sha256(f'{platform.node()}:{path}'.encode()).hexdigest()[:8]}"
