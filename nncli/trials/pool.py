"""Run trials in parallel processes, isolated from each other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path

from nncli import fork_server
from nncli.errors import ExitCode
from nncli.trials.executor import ExecutorOptions, Message, OpenExecutor
from nncli.trials.messages import END, Finishing, Outcome, Progress, Trial, TrialStarted, Verdict
from nncli.trials.process import WorkerProcess, log_path
from nncli.trials.process_lock import ProcessLock

POLL = 0.05  # seconds between calls of `stop`; shorter than the pause after which a second Ctrl-C counts
GRACE = 5.0  # seconds that a training has to save itself after its time is over


@dataclass(slots=True)
class _Worker:
    """A process and the number of the trial that it trains, None if it is free."""

    process: WorkerProcess
    number: int | None = None
    path: Path | None = None
    deadline: float | None = None
    timed_out: bool = False
    finishing: bool = False  # its last epoch is over
    ahead: tuple[int, Trial] | None = None  # sent already, to start once the current trial has ended

    @property
    def takes_another(self) -> bool:
        return self.finishing and self.ahead is None and not self.timed_out


class Pool:
    """At most `size` processes, each for one trial, or for many if `warm`.

    A trial whose process is killed or takes longer than `timeout` seconds fails alone. With `logs`, a directory, each
    process writes its messages into a file there. The processes share `lock` until they have ended.

    Raises NncliError if a process cannot be started.
    """

    def __init__(
        self,
        size: int,
        *,
        warm: bool = False,
        timeout: float | None = None,
        logs: Path | None = None,
        lock: ProcessLock | None = None,
    ) -> None:
        self._size = size
        self._warm = warm
        self._timeout = timeout
        self._logs = logs
        self._lock = lock
        self._workers = list[_Worker]()
        self._ending = list[WorkerProcess]()  # their trials have ended
        self._started = 0
        self._stopping = False
        self._context = fork_server.start()

    @property
    def free(self) -> int:
        """The number of trials that can start now."""
        return self._size - self.running

    @property
    def running(self) -> int:
        """The number of trials that have started and not ended."""
        return sum(worker.number is not None for worker in self._workers)

    @property
    def ahead(self) -> int:
        """The number of trials that can be sent to processes that still write the files of another."""
        return sum(worker.takes_another for worker in self._workers)

    def start(self, number: int, trial: Trial) -> None:
        """Start a trial in a free process, or send it ahead."""
        if not self.free:
            worker = next(worker for worker in self._workers if worker.takes_another)
            worker.ahead = number, trial
        else:
            worker = next((worker for worker in self._workers if worker.number is None), None) or self._new_worker()
            self._begin(worker, number)
        worker.process.send(trial)

    def messages(self, seconds: float = POLL, wake: Sequence[Connection] = ()) -> list[tuple[int, Message]]:
        """Wait for messages at most for some seconds; return them with the numbers of their trials.

        Also return once one of the connections `wake` can be read.
        """
        self._end_late_trials()
        self._close_ended()
        ready = wait([*(worker.process.connection for worker in self._workers), *wake], seconds)
        received = list[tuple[int, Message]]()
        for worker in [worker for worker in self._workers if worker.process.connection in ready]:
            number, message = worker.number, self._receive(worker)
            if number is not None and message is not None:
                received.append((number, message))
        return received

    def reply(self, number: int, verdict: Verdict) -> None:
        """Answer a Progress."""
        for worker in self._workers:
            if worker.number == number:
                worker.process.send(verdict)

    def request_end(self, number: int | None = None) -> None:
        """Ask all trials, or one, to save and end.

        It is a message, because a signal could be the second one, which quits without saving.
        """
        self._stopping = self._stopping or number is None
        for worker in self._workers:
            if number in (None, worker.number):
                worker.process.send(END)

    def close(self, grace: float | None = None) -> None:
        """Ask trials to save and end, and wait until all processes have ended; kill them after `grace` seconds."""
        self.request_end()
        give_up = None if grace is None else time.monotonic() + grace
        for process in [*self._ending, *(worker.process for worker in self._workers)]:
            process.close(None if give_up is None else give_up - time.monotonic())
        self._ending.clear()
        self._workers.clear()

    def _new_worker(self) -> _Worker:
        log = log_path(self._logs, self._started)
        process = WorkerProcess(self._context, f"trials-{self._started}", log, self._lock, warm=self._warm)
        self._started += 1
        worker = _Worker(process)
        self._workers.append(worker)
        return worker

    def _receive(self, worker: _Worker) -> Message | None:
        """Return the next message of a process, an Outcome if it has died during a trial, None if it was free."""
        try:
            message: Message = worker.process.connection.recv()
        except (EOFError, OSError):
            self._release(worker)
            if worker.number is None:
                return None
            outcome = self._on_time(worker, worker.process.failure(worker.path))
            self._start_elsewhere(worker)
            return outcome
        if isinstance(message, Finishing):
            worker.finishing = True
            return None
        if isinstance(message, TrialStarted):
            worker.path = message.path
            if not worker.timed_out:
                worker.deadline = self._new_deadline()  # the start of processes does not count
        if isinstance(message, Outcome):
            message, worker.finishing = self._on_time(worker, message), False
            if worker.ahead is not None:
                self._begin(worker, worker.ahead[0])
                return message
            worker.number = worker.deadline = None
            if not self._warm or worker.timed_out:
                self._release(worker)
        return message

    def _begin(self, worker: _Worker, number: int) -> None:
        """Take the messages of a process from now on as those of this trial."""
        worker.number, worker.path, worker.timed_out, worker.ahead = number, None, False, None
        worker.deadline = self._new_deadline()
        worker.process.begin_trial()

    def _start_elsewhere(self, worker: _Worker) -> None:
        """Start the trial that was sent ahead to a process which has died; if all are to end, end it, too."""
        if worker.ahead is not None:
            self.start(*worker.ahead)
            if self._stopping:
                self.request_end(worker.ahead[0])

    def _new_deadline(self) -> float | None:
        return None if self._timeout is None else time.monotonic() + self._timeout

    def _on_time(self, worker: _Worker, outcome: Outcome) -> Outcome:
        """Return the outcome; a trial that was ended because its time was over has failed."""
        if not worker.timed_out or outcome.status in ("done", "diverged"):
            return outcome
        reason = f"took longer than the timeout of {self._timeout:g} s"
        return outcome._replace(status="failed", exit_code=ExitCode.FAILURE, reason=reason)

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
                if worker.ahead is None:  # it would end that one, and this one is ending
                    worker.process.send(END)

    def _release(self, worker: _Worker) -> None:
        """Stop using a process, without waiting for its end."""
        self._workers.remove(worker)
        self._ending.append(worker.process)

    def _close_ended(self) -> None:
        """Close the processes that have ended; wait for one if as many are still ending as can run."""
        for process in [process for process in self._ending if process.ended]:
            self._ending.remove(process)
            process.close()
        while len(self._ending) > self._size:
            self._ending.pop(0).close()


def open_pool(size: int) -> OpenExecutor:
    """Return the function that opens a pool of at most `size` processes for a sweep."""

    def opened(options: ExecutorOptions) -> Pool:
        return Pool(size, warm=options.warm, timeout=options.timeout, logs=options.logs, lock=options.lock)

    return opened


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
