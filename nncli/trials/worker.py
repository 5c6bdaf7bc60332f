"""Train one experiment in the process of a trial, and record it as a run."""

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
    """An experiment to train, complete and as YAML, and the folder for its run."""

    config: str
    seed: int
    runs_dir: Path
    command: list[str]


class TrialStarted(NamedTuple):
    """The message that a trial has created its run."""

    path: Path


class Outcome(NamedTuple):
    """The outcome of a trial; the path is None if it ended before its run was created."""

    path: Path | None
    exit_code: int
    status: str
    reason: str
    metrics: dict[str, float]  # at the end, as in summary.json
    warnings: tuple[str, ...] = ()  # about gaps in the training samples


def work(trial: Trial, connection: Connection) -> None:
    """Train, and send `TrialStarted` and then `Outcome`; a bug of nncli is printed to stderr with its traceback.

    Training is saved and ends early after a SIGTERM, or once the connection receives a message or is closed.
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
        stop_requested = threading.Event()
        threading.Thread(target=_listen, args=(connection, stop_requested), daemon=True).start()
        with Runner(trial.command, watch, stop_requested.is_set) as runner:
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
        _send(connection, Outcome(path, ExitCode.FAILURE, "failed", f"a bug of nncli: {error!r}", {}))


def _listen(connection: Connection, stop_requested: threading.Event) -> None:
    """Set the event after a message, or if the connection closes; if it closes after a message, exit at once.

    So a second Ctrl-C, which ends the parent process, also ends trials in the middle of a long epoch.
    """
    try:
        connection.recv()
        stop_requested.set()
        connection.recv()
    except (EOFError, OSError):
        if stop_requested.is_set():
            os._exit(ExitCode.INTERRUPTED)
        stop_requested.set()


def _send(connection: Connection, message: TrialStarted | Outcome) -> None:
    """Send a message if the parent process still exists; the trial ends properly without it."""
    with suppress(OSError):
        connection.send(message)
