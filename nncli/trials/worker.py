"""What happens in a trial's process: one training, recorded as a run."""

from __future__ import annotations

import sys
import time
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from nncli.errors import ExitCode, NncliError

LOOK = 0.05  # seconds between looks at whether to end


class Trial(NamedTuple):
    """A training to be done: a resolved experiment as YAML, and where its run goes."""

    config: str
    seed: int
    runs_dir: Path
    command: list[str]


class Started(NamedTuple):
    """The trial's run exists."""

    path: Path


class Outcome(NamedTuple):
    """How a trial ended; without a path where it never came to a run."""

    path: Path | None
    exit_code: int
    status: str
    reason: str
    figures: dict[str, float]  # at the end, as in summary.json


def work(trial: Trial, connection: Connection) -> None:
    """Trains, sending `Started` and then `Outcome`; a fault of nncli goes to stderr with its traceback.

    It ends early, saved, for a first SIGTERM, and once the other end of the connection says a word or is closed.
    """
    path: Path | None = None
    try:
        from nncli import config, store, system, training
        from nncli.events import TrainingEnded

        experiment = config.load_text(trial.config, "config.yaml")
        about = store.about(trial.command, experiment.seed)
        ended = TrainingEnded("failed")
        asked = _Asked(connection)
        with system.Interrupts() as interrupts:
            if asked() or interrupts.requested():
                _send(connection, Outcome(None, ExitCode.INTERRUPTED, "stopped", "before it began", {}))
                return
            with store.new_run(trial.runs_dir, experiment.name, trial.config, about) as writer:
                path = writer.path
                _send(connection, Started(path))

                def stop() -> bool:
                    if interrupts.requested():
                        writer.stop_exit_code = interrupts.exit_code
                    return interrupts.requested() or asked()

                for event in writer.record(training.start(experiment, stop)):
                    if isinstance(event, TrainingEnded):
                        ended = event
        codes: dict[str, int] = {"done": ExitCode.DONE, "diverged": ExitCode.DIVERGED, "stopped": writer.stop_exit_code}
        figures = (store.Run(path).summary() or {}).get("final") or {}
        _send(connection, Outcome(path, codes.get(ended.status, ExitCode.FAILURE), *ended, figures))
    except NncliError as error:
        _send(connection, Outcome(path, error.exit_code, "failed", str(error), {}))
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        _send(connection, Outcome(path, ExitCode.FAILURE, "failed", f"a fault of nncli: {error!r}", {}))


class _Asked:
    """Whether the other end of a connection has spoken or is closed, looked at now and then: a look costs 10 µs."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._next = 0.0
        self._asked = False

    def __call__(self) -> bool:
        now = time.monotonic()
        if not self._asked and now >= self._next:
            self._next = now + LOOK
            self._asked = self._connection.poll()
        return self._asked


def _send(connection: Connection, message: Started | Outcome) -> None:
    """Tells the other end, where there still is one: a run goes on to a good end without it."""
    with suppress(OSError):
        connection.send(message)
