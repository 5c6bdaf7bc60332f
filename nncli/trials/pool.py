"""Run trials in parallel processes, isolated from each other."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TypeAlias

from nncli import system
from nncli.errors import ExitCode
from nncli.trials.worker import END, Outcome, Progress, Trial, TrialStarted, Verdict, work

POLL = 0.05  # seconds between calls of `stop`; shorter than the pause after which a second Ctrl-C counts
GRACE = 5.0  # seconds that a training has to save itself after its time is over
PRELOADED = ["numpy", "nncli.config.validate", "nncli.runner", "nncli.trials.worker"]  # imported once for all trials

Message: TypeAlias = TrialStarted | Progress | Outcome


@dataclass(slots=True)
class _Worker:
    """A process and the number of the trial that it trains, None if it is free."""

    process: BaseProcess
    connection: Connection
    number: int | None
    log: Path | None
    path: Path | None = None
    deadline: float | None = None
    timed_out: bool = False


class Pool:
    """At most `size` processes, each for one trial, or for many if `warm`.

    A trial whose process is killed or takes longer than `timeout` seconds fails alone. With `logs`, a directory, each
    process writes its messages into a file there.
    """

    def __init__(
        self, size: int, *, warm: bool = False, timeout: float | None = None, logs: Path | None = None
    ) -> None:
        self._size = size
        self._warm = warm
        self._timeout = timeout
        self._logs = logs
        self._workers = list[_Worker]()
        self._started = 0
        self._context = system.process_context()
        self._context.set_forkserver_preload(PRELOADED)
        _start_server(self._context)

    @property
    def free(self) -> int:
        """The number of trials that can start now."""
        return self._size - self.running

    @property
    def running(self) -> int:
        """The number of trials that have started and not ended."""
        return sum(worker.number is not None for worker in self._workers)

    def start(self, number: int, trial: Trial) -> None:
        """Start a trial in a free process."""
        worker = next((worker for worker in self._workers if worker.number is None), None) or self._new_worker()
        worker.number, worker.path, worker.timed_out = number, None, False
        worker.deadline = None if self._timeout is None else time.monotonic() + self._timeout
        with suppress(OSError):  # a process that was killed meanwhile is noticed when its messages are read
            worker.connection.send(trial)

    def messages(self, seconds: float = POLL) -> list[tuple[int, Message]]:
        """Wait for messages at most for some seconds; return them with the numbers of their trials."""
        self._end_late_trials()
        ready = wait([worker.connection for worker in self._workers], seconds)
        received = list[tuple[int, Message]]()
        for worker in [worker for worker in self._workers if worker.connection in ready]:
            number, message = worker.number, self._receive(worker)
            if number is not None and message is not None:
                received.append((number, message))
        return received

    def reply(self, number: int, verdict: Verdict) -> None:
        """Answer a Progress."""
        for worker in self._workers:
            if worker.number == number:
                with suppress(OSError):
                    worker.connection.send(verdict)

    def request_end(self) -> None:
        """Ask trials to save and end, by a message: a signal could be the second one, which quits without saving."""
        for worker in self._workers:
            with suppress(OSError):  # it has just ended
                worker.connection.send(END)

    def close(self) -> None:
        """Ask trials to save and end, and wait until all processes have ended."""
        self.request_end()
        for worker in self._workers:
            self._remove(worker)
        self._workers.clear()

    def _new_worker(self) -> _Worker:
        parent_end, child_end = self._context.Pipe()
        log = None if self._logs is None else self._logs / f"process-{os.getpid()}-{self._started}.txt"
        arguments = {"target": work, "args": (child_end, log), "kwargs": {"warm": self._warm}}
        process = self._context.Process(**arguments, name=f"trials-{self._started}")  # type: ignore[attr-defined]
        process.start()
        child_end.close()  # so that the pipe ends with the process
        self._started += 1
        worker = _Worker(process, parent_end, None, log)
        self._workers.append(worker)
        return worker

    def _receive(self, worker: _Worker) -> Message | None:
        """Return the next message of a process, an Outcome if it has died during a trial, None if it was free."""
        try:
            message: Message = worker.connection.recv()
        except (EOFError, OSError):
            self._workers.remove(worker)
            if worker.number is None:
                self._remove(worker)
                return None
            worker.process.join()
            outcome = self._failed(worker)
            self._remove(worker)
            return outcome
        if isinstance(message, TrialStarted):
            worker.path = message.path
        if isinstance(message, Outcome):
            worker.number = worker.deadline = None
            if worker.timed_out:
                message = message._replace(status="failed", exit_code=ExitCode.FAILURE, reason=self._late())
            if not self._warm or worker.timed_out:
                self._workers.remove(worker)
                self._remove(worker)
        return message

    def _failed(self, worker: _Worker) -> Outcome:
        """Return the outcome of a trial whose process has died."""
        code = worker.process.exitcode or 0
        reason = f"its process was killed by signal {-code}" if code < 0 else f"its process ended with code {code}"
        if code == -signal.SIGKILL and not worker.timed_out:
            reason += ", as the system does if memory runs out"
        lines = _last_line(worker.log)
        reason = self._late() if worker.timed_out else f"{reason}: {lines}" if lines else reason
        return Outcome(worker.path, ExitCode.FAILURE, "failed", reason, {})

    def _late(self) -> str:
        return f"took longer than the timeout of {self._timeout:g} s"

    def _end_late_trials(self) -> None:
        """Ask trials whose time is over to end, and kill those that do not."""
        now = time.monotonic()
        for worker in self._workers:
            if worker.deadline is not None and now > worker.deadline:
                if worker.timed_out:
                    worker.process.kill()
                    worker.deadline = None
                    continue
                worker.timed_out, worker.deadline = True, now + GRACE
                with suppress(OSError):
                    worker.connection.send(END)

    def _remove(self, worker: _Worker) -> None:
        """Wait for the end of a process; keep its log only if there is something in it."""
        worker.process.join()
        worker.connection.close()
        if worker.log is not None:
            with suppress(OSError):
                if worker.log.stat().st_size == 0:
                    worker.log.unlink()


def run(
    trials: Sequence[Trial], jobs: int, stop: Callable[[], bool] = lambda: False
) -> Iterator[tuple[int, TrialStarted | Outcome]]:
    """Run at most `jobs` trials at once; yield the number of a trial with its `TrialStarted`, later with its `Outcome`.

    Once `stop` returns true, or the consumer stops iterating, no further trial starts, and running trials save and end.
    A killed process ends only its own trial.
    """
    pool, waiting = Pool(jobs), list(enumerate(trials))
    stopping = False
    try:
        while waiting or pool.running:
            if stop() and not stopping:
                stopping = True
                waiting.clear()
                pool.request_end()
            while waiting and pool.free:
                pool.start(*waiting.pop(0))
            for number, message in pool.messages():
                assert not isinstance(message, Progress), "a trial without an objective reports no progress"
                yield number, message
    finally:
        pool.close()


def _start_server(context: BaseContext) -> None:
    """Start the server that trials are forked from, so that it and the trials ignore Ctrl-C.

    A terminal sends Ctrl-C to all processes; this process forwards it as a message once trials can handle it.
    """
    if sys.platform == "win32" or context.get_start_method() != "forkserver":  # untested
        return
    from multiprocessing import forkserver

    in_main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if in_main else None
    try:
        forkserver.ensure_running()
    finally:
        if in_main:
            signal.signal(signal.SIGINT, before)


def _last_line(log: Path | None) -> str:
    """Return the last line that a process has written to its log, or an empty string."""
    if log is None:
        return ""
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
