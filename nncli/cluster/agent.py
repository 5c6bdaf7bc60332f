"""The process that trains for a worker.

The processes of a worker may not start processes themselves, and a worker that is killed must not take its trainings
along before they are saved. So each worker has an agent, which runs the trainings in processes of their own.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from nncli import store, system
from nncli.store.run import METRICS
from nncli.system import is_locked
from nncli.trials import Outcome, Pool, Progress, Trial, TrialStarted, Verdict

QUIET_SECONDS = 1.0  # between messages about one training
FIRST_MESSAGE = 0.2  # seconds after the start of a training, so that short ones send only their outcome
LOCK_SECONDS = 30.0  # to wait for the end of an earlier attempt, whose worker may have been lost
SAVE_SECONDS = 5.0  # that trainings have to save themselves after the worker was lost
POLL = 0.05
MAX_LOG = 1 << 16  # bytes
OF_MACHINE = ("host", "platform", "processor", "blas", "simd", "versions")  # provenance


class AgentOptions(NamedTuple):
    """The options of `Pool`."""

    size: int
    warm: bool
    timeout: float | None
    logs: Path


class Start(NamedTuple):
    """A request to train."""

    number: int
    trial: Trial


class Reply(NamedTuple):
    """The answer to a Progress."""

    number: int
    verdict: Verdict


class End(NamedTuple):
    """A request to save and end a training, or all."""

    number: int | None = None


class Notes(NamedTuple):
    """News of a training that is running."""

    number: int
    messages: list[TrialStarted | Progress]


class Ended(NamedTuple):
    """The end of a training, and what its process wrote to stderr if it failed."""

    number: int
    outcome: Outcome
    log: bytes = b""


class Agent:
    """Trains what the worker at the other end of a connection sends, until the connection closes."""

    def __init__(self, connection: Connection, options: AgentOptions) -> None:
        self._connection = connection
        self._logs, self._read = options.logs, dict[Path, int]()
        self._pool = Pool(options.size, warm=options.warm, timeout=options.timeout, logs=options.logs)
        self._notes = dict[int, Notes]()
        self._next = dict[int, float]()  # when the notes of a training may be sent
        self._asked = set[int]()  # to end
        self._blocked = dict[int, tuple[Trial, float]]()  # by earlier attempts, until some time
        self._environment = {key: value for key, value in store.provenance([], 0).items() if key in OF_MACHINE}
        self._end: float | None = None

    def run(self) -> None:
        """Train; after the connection has closed, save the trainings that run, and return."""
        while self._end is None or (self._pool.running and time.monotonic() < self._end):
            idle = not (self._notes or self._blocked)
            wake = [self._connection] if self._end is None else []
            for number, message in self._pool.messages(POLL if self._pool.running or not idle else 1.0, wake):
                self._pass_on(number, message)
            self._receive()
            self._send_notes()
            self._start_unblocked()
        if self._pool.running:
            os._exit(1)  # so that trainings within a long epoch end as well
        self._pool.close()

    def _receive(self) -> None:
        try:
            while self._end is None and self._connection.poll():
                self._obey(self._connection.recv())
        except (EOFError, OSError):
            self._end = time.monotonic() + SAVE_SECONDS
            self._blocked.clear()
            self._obey(End())

    def _obey(self, request: Start | Reply | End) -> None:
        if isinstance(request, Start):
            trial = request.trial._replace(environment={**(request.trial.environment or {}), **self._environment})
            self._blocked[request.number] = trial, time.monotonic() + LOCK_SECONDS
        elif isinstance(request, Reply):
            self._pool.reply(request.number, request.verdict)
        else:
            for number in [number for number in self._blocked if request.number in (None, number)]:
                del self._blocked[number]
                self._pass_on(number, Outcome(None, 130, "stopped", "before it began", {}))
            for number in [number for number in self._next if request.number in (None, number)]:
                if number not in self._asked:  # a second request would quit
                    self._asked.add(number)
                    self._pool.request_end(number)

    def _start_unblocked(self) -> None:
        """Start the trainings whose run no other process is training."""
        now = time.monotonic()
        for number, (trial, give_up) in [*self._blocked.items()]:
            if not _is_being_trained(trial):
                del self._blocked[number]
                self._next[number] = now + FIRST_MESSAGE
                self._pool.start(number, trial)
            elif now > give_up:
                del self._blocked[number]
                self._pass_on(number, Outcome(None, 1, "lost", "another process is training its run", {}))

    def _pass_on(self, number: int, message: TrialStarted | Progress | Outcome) -> None:
        if isinstance(message, Outcome):
            self._send_notes(number)
            self._next.pop(number, None)
            self._asked.discard(number)
            self._send(Ended(number, message, self._log() if message.status == "failed" else b""))
        else:
            self._notes.setdefault(number, Notes(number, [])).messages.append(message)

    def _send_notes(self, ending: int | None = None) -> None:
        now = time.monotonic()
        for number in [number for number in self._notes if number == ending or now >= self._next[number]]:
            self._next[number] = now + QUIET_SECONDS
            self._send(self._notes.pop(number))

    def _send(self, message: Any) -> None:
        with suppress(OSError):  # the worker is gone, which `_receive` notices
            self._connection.send(message)

    def _log(self) -> bytes:
        """Return what the processes have written to stderr since the last failure."""
        texts = list[bytes]()
        with suppress(OSError):
            for path in sorted(self._logs.iterdir()):
                text = path.read_bytes()
                texts.append(text[self._read.get(path, 0) :])
                self._read[path] = len(text)
        return b"".join(texts)[-MAX_LOG:]


def _is_being_trained(trial: Trial) -> bool:
    try:
        return trial.path is not None and is_locked(trial.path / METRICS)
    except OSError:  # it does not exist, or there are no locks
        return False


def main(descriptor: int) -> None:
    """Train for the worker at the other end of a connection."""
    connection = Connection(descriptor)
    for number in system.STOP_SIGNAL_NUMBERS:
        signal.signal(number, lambda *_: None)  # trainings save themselves; the agent ends with its worker
    try:
        options = connection.recv()
    except (EOFError, OSError):
        return
    Agent(connection, options).run()
