"""Run trials in parallel, one process per trial."""

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

POLL = 0.05  # seconds between calls of `stop`; shorter than the pause after which a second Ctrl-C counts
PRELOADED = ["numpy", "nncli.config.validate", "nncli.runner"]  # imported once for all trials


@dataclass(slots=True)
class _RunningTrial:
    number: int
    process: BaseProcess
    connection: Connection
    path: Path | None = None


def run(
    trials: Sequence[Trial], jobs: int, stop: Callable[[], bool] = lambda: False
) -> Iterator[tuple[int, TrialStarted | Outcome]]:
    """Run at most `jobs` trials at once; yield the number of a trial with its `TrialStarted`, later with its `Outcome`.

    Once `stop` returns true, or the consumer stops iterating, no further trial starts, and running trials save and end.
    A killed process ends only its own trial.
    """
    context = system.process_context()
    context.set_forkserver_preload(PRELOADED)
    _start_server(context)
    waiting, running = list(enumerate(trials)), list[_RunningTrial]()
    stopping = False
    try:
        while waiting or running:
            if stop() and not stopping:
                stopping = True
                waiting.clear()
                _request_end(running)
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
        _request_end(running)
        for trial in running:
            trial.process.join()


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


def _start(context: BaseContext, number: int, trial: Trial) -> _RunningTrial:
    parent_end, child_end = context.Pipe()
    process = context.Process(target=work, args=(trial, child_end), name=f"trial-{number}")  # type: ignore[attr-defined]
    process.start()
    child_end.close()  # so that the pipe ends with the process
    return _RunningTrial(number, process, parent_end)


def _request_end(running: list[_RunningTrial]) -> None:
    """Ask trials to end by a message: a signal could be the process's second one, which quits without saving."""
    for trial in running:
        with suppress(OSError):  # the trial has just ended
            trial.connection.send("end")


def _receive(trial: _RunningTrial) -> TrialStarted | Outcome:
    try:
        message: TrialStarted | Outcome = trial.connection.recv()
        return message
    except (EOFError, OSError):
        trial.process.join()
        code = trial.process.exitcode or 0
        reason = f"its process was killed by signal {-code}" if code < 0 else f"its process ended with code {code}"
        return Outcome(trial.path, ExitCode.FAILURE, "failed", reason, {})
