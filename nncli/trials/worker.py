"""What happens in a trial's process: one training, recorded as a run."""

from __future__ import annotations

import os
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nncli.errors import ExitCode, NncliError

if TYPE_CHECKING:
    from nncli.events import Event
    from nncli.training import Training


class Trial(NamedTuple):
    """A training to run: a complete experiment as YAML, and the folder for its run."""

    config: str
    seed: int
    runs_dir: Path
    command: list[str]


class TrialStarted(NamedTuple):
    """The trial's run exists."""

    path: Path


class Outcome(NamedTuple):
    """How a trial ended; without a path where it never came to a run."""

    path: Path | None
    exit_code: int
    status: str
    reason: str
    metrics: dict[str, float]  # at the end, as in summary.json
    warnings: tuple[str, ...] = ()  # of what its training samples cannot teach


def work(trial: Trial, connection: Connection) -> None:
    """Trains, sending `Started` and then `Outcome`; a fault of nncli goes to stderr with its traceback.

    It ends early, saved, for a first SIGTERM, and once the other end of the connection says a word or is closed.
    """
    path: Path | None = None

    def watch(run: Path, training: Training, events: Iterator[Event]) -> None:
        nonlocal path
        path = run
        _send(connection, TrialStarted(run))
        consume_events(run, training, events)

    try:
        from nncli import config
        from nncli.runner import Runner, consume_events

        resolved = config.load_text(trial.config, "config.yaml")
        asked = threading.Event()
        threading.Thread(target=_listen, args=(connection, asked), daemon=True).start()
        with Runner(trial.command, watch, asked.is_set) as runner:
            if runner.stopping():
                _send(connection, Outcome(None, ExitCode.INTERRUPTED, "stopped", "before it began", {}))
                return
            result = runner.train(resolved, trial.runs_dir)
        metrics = (result.run.summary() or {}).get("final") or {}
        warnings = result.training.plan.preview.warnings
        _send(connection, Outcome(path, result.exit_code, *result.ended, metrics, warnings))
    except NncliError as error:
        _send(connection, Outcome(path, error.exit_code, "failed", str(error), {}))
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        _send(connection, Outcome(path, ExitCode.FAILURE, "failed", f"a fault of nncli: {error!r}", {}))


def _listen(connection: Connection, asked: threading.Event) -> None:
    """Sets the event for a word from the other end, or for its end without one; after a word, its end is ours at once.

    So a second Ctrl-C, which ends the process at the other end, also ends an epoch that would take an hour more.
    """
    try:
        connection.recv()
        asked.set()
        connection.recv()
    except (EOFError, OSError):
        if asked.is_set():
            os._exit(ExitCode.INTERRUPTED)
        asked.set()


def _send(connection: Connection, message: TrialStarted | Outcome) -> None:
    """Tells the other end, where there still is one: a run goes on to a good end without it."""
    with suppress(OSError):
        connection.send(message)
