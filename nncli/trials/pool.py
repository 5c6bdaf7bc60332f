"""Runs trials side by side, a process each."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path

from nncli import system
from nncli.errors import ExitCode
from nncli.trials.worker import Outcome, Trial, TrialStarted, work

__all__ = ["Outcome", "Trial", "TrialStarted", "run"]

POLL = 0.05  # seconds between looks at whether to stop; less than between a first and a second Ctrl-C that counts
PRELOADED = ["numpy", "nncli.config.validate", "nncli.runner"]  # once for all trials


@dataclass(slots=True)
class _Running:
    number: int
    process: BaseProcess
    connection: Connection
    path: Path | None = None


def run(
    trials: Sequence[Trial], jobs: int, stop: Callable[[], bool] = lambda: False
) -> Iterator[tuple[int, TrialStarted | Outcome]]:
    """Runs at most `jobs` trials at once; yields each one's number with its `Started` and its `Outcome`.

    Once `stop` says true, or whoever takes these breaks off, no further trial begins, and those under way are asked to
    save and end. A process that is killed ends its own trial only.
    """
    context = system.process_context()
    context.set_forkserver_preload(PRELOADED)
    _start_server(context)
    waiting, running = list(enumerate(trials)), list[_Running]()
    asked = False
    try:
        while waiting or running:
            if stop() and not asked:
                asked = True
                waiting.clear()
                _ask_to_end(running)
            while waiting and len(running) < jobs:
                running.append(_start(context, *waiting.pop(0)))
            ready = wait([trial.connection for trial in running], POLL)
            for trial in [trial for trial in running if trial.connection in ready]:
                message = _receive(trial)
                if isinstance(message, Outcome):
                    trial.process.join()
                    trial.connection.close()
                    running.remove(trial)
                else:
                    trial.path = message.path
                yield trial.number, message
    finally:
        _ask_to_end(running)
        for trial in running:
            trial.process.join()


def _start_server(context: BaseContext) -> None:
    """Starts what trials are forked from so that it and they ignore Ctrl-C.

    A terminal sends it to all processes; it is for us to pass it on, once the trials can make a good end of it.
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


def _start(context: BaseContext, number: int, trial: Trial) -> _Running:
    ours, theirs = context.Pipe()
    process = context.Process(target=work, args=(trial, theirs), name=f"trial-{number}")  # type: ignore[attr-defined]
    process.start()
    theirs.close()  # so that the end of the process is the end of the pipe
    return _Running(number, process, ours)


def _ask_to_end(running: list[_Running]) -> None:
    """Asks by a message: a signal could be the second one that a process gets, and quit it without saving."""
    for trial in running:
        with suppress(OSError):  # it has just ended
            trial.connection.send("end")


def _receive(trial: _Running) -> TrialStarted | Outcome:
    try:
        message: TrialStarted | Outcome = trial.connection.recv()
        return message
    except (EOFError, OSError):
        trial.process.join()
        code = trial.process.exitcode or 0
        reason = f"its process was killed by signal {-code}" if code < 0 else f"its process ended with code {code}"
        return Outcome(trial.path, ExitCode.FAILURE, "failed", reason, {})
