"""Runs trials side by side, a process each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from nncli import system
from nncli.errors import ExitCode
from nncli.trials.worker import Outcome, Started, Trial, work

__all__ = ["Outcome", "Started", "Trial", "run"]

POLL = 0.2  # seconds between looks at whether to stop


@dataclass(slots=True)
class _Running:
    number: int
    process: BaseProcess
    connection: Connection
    path: Path | None = None


def run(
    trials: Sequence[Trial], jobs: int, stop: Callable[[], bool] = lambda: False
) -> Iterator[tuple[int, Started | Outcome]]:
    """Runs at most `jobs` trials at once; yields each one's number with its `Started` and its `Outcome`.

    Once `stop` says true no further trial begins, and those under way are asked to save and end. A process that is
    killed ends its own trial only.
    """
    context = system.process_context()
    waiting, running = list(enumerate(trials)), list[_Running]()
    asked = False
    while waiting or running:
        if stop() and not asked:
            asked = True
            waiting.clear()
            for trial in running:
                trial.process.terminate()
        while waiting and len(running) < jobs:
            number, trial_ = waiting.pop(0)
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=work, args=(trial_, theirs), name=f"trial-{number}")
            process.start()
            theirs.close()  # so that the end of the process is the end of the pipe
            running.append(_Running(number, process, ours))
        ready = wait([trial.connection for trial in running], POLL)
        for trial in [trial for trial in running if trial.connection in ready]:
            message = _receive(trial)
            yield trial.number, message
            if isinstance(message, Outcome):
                trial.process.join()
                trial.connection.close()
                running.remove(trial)
            else:
                trial.path = message.path


def _receive(trial: _Running) -> Started | Outcome:
    try:
        message: Started | Outcome = trial.connection.recv()
        return message
    except EOFError:
        trial.process.join()
        code = trial.process.exitcode or 0
        reason = f"its process was killed by signal {-code}" if code < 0 else f"its process ended with code {code}"
        return Outcome(trial.path, ExitCode.FAILURE, "failed", reason, {})
