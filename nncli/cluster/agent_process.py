"""The agent of a worker, as the worker sees it: start it, send it trainings, and receive what they report."""

from __future__ import annotations

import os
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, TypeAlias

from nncli import threads
from nncli.cluster.agent import AgentOptions, End, Ended, Notes, Reply, Start
from nncli.trials import Progress, Trial, TrialStarted, Verdict

SECONDS_TO_END = 15.0  # longer than the agent waits for its trainings

IDLE_SECONDS = 60.0

Listener: TypeAlias = Callable[[TrialStarted | Progress], None]


class AgentEnded(Exception):
    """The agent has died with its trainings."""


class AgentProcess:
    """An agent, with one BLAS thread for each training. Its methods may be called in any thread.

    `on_idle` is called after a minute without trainings, as its sweep may have been killed.
    """

    def __init__(self, options: AgentOptions, on_idle: Callable[[AgentProcess], None]) -> None:
        self._on_idle = on_idle
        ours, theirs = socket.socketpair()
        with theirs:
            descriptor = theirs.fileno()
            # Not with -m, by which every training would import the module again, as its main module.
            command = [sys.executable, "-c", f"from nncli.cluster.agent import main; main({descriptor})"]
            streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
            self._process = subprocess.Popen(
                command,
                env={**os.environ, **threads.setting(1)},
                pass_fds=[descriptor],
                start_new_session=True,  # so that Ctrl-C in a terminal reaches only the sweep, which asks to end
                **streams,
            )
        self._connection = Connection(ours.detach())
        self._lock = threading.Lock()
        self._inboxes = dict[int, queue.SimpleQueue[Ended | None]]()
        self._listeners = dict[int, Listener]()
        self._next = 0
        self.ended = False
        self._send(options)
        threading.Thread(target=self._receive, daemon=True).start()

    @property
    def busy(self) -> bool:
        """True while a training runs."""
        return bool(self._inboxes)

    def start(self, trial: Trial, listener: Listener) -> int:
        """Start a training, whose news go to the listener in another thread; return its number."""
        with self._lock:
            number, self._next = self._next, self._next + 1
            self._inboxes[number], self._listeners[number] = queue.SimpleQueue(), listener
            if self.ended:
                self._inboxes[number].put(None)
        self._send(Start(number, trial))
        return number

    def end_of(self, number: int, seconds: float) -> Ended | None:
        """Wait for the end of a training; return None if it still runs. Raises AgentEnded."""
        try:
            ended = self._inboxes[number].get(timeout=seconds)
        except queue.Empty:
            return None
        del self._inboxes[number], self._listeners[number]
        if ended is None:
            raise AgentEnded
        return ended

    def reply(self, number: int, verdict: Verdict) -> None:
        """Answer a Progress."""
        self._send(Reply(number, verdict))

    def request_end(self, number: int | None = None) -> None:
        """Ask a training, or all, to save and end."""
        self._send(End(number))

    def close(self) -> None:
        """Ask trainings to save and end, and wait for the end of the agent."""
        with suppress(OSError), socket.socket(fileno=os.dup(self._connection.fileno())) as connection:
            connection.shutdown(socket.SHUT_RDWR)  # closing would not disturb the thread that reads
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(SECONDS_TO_END)

    def _send(self, message: object) -> None:
        with self._lock, suppress(OSError):  # an agent that has died is noticed when its messages are read
            self._connection.send(message)

    def _receive(self) -> None:
        try:
            while True:
                while not self._connection.poll(IDLE_SECONDS):
                    if not self.busy:
                        self._on_idle(self)
                message: Notes | Ended = self._connection.recv()
                if isinstance(message, Ended):
                    self._inboxes[message.number].put(message)
                else:
                    for each in message.messages:
                        self._listeners[message.number](each)
        except (EOFError, OSError):
            with self._lock:
                self.ended = True
                for inbox in self._inboxes.values():
                    inbox.put(None)
            self._connection.close()
            self._process.wait()
