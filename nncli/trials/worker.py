"""What happens in a trial's process: one training, recorded as a run."""

from __future__ import annotations

import os
import sys
import threading
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from nncli.errors import ExitCode, NncliError


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
    warnings: tuple[str, ...] = ()  # of what its training samples cannot teach


def work(trial: Trial, connection: Connection) -> None:
    """Trains, sending `Started` and then `Outcome`; a fault of nncli goes to stderr with its traceback.

    It ends early, saved, for a first SIGTERM, and once the other end of the connection says a word or is closed.
    """
    path: Path | None = None
    try:
        from nncli import config, registry, store, system, training
        from nncli.events import TrainingEnded

        resolved = config.load_text(trial.config, "config.yaml")
        experiment = resolved.experiment
        about = store.about(trial.command, experiment.seed)
        ended = TrainingEnded("failed")
        asked = threading.Event()
        threading.Thread(target=_listen, args=(connection, asked), daemon=True).start()
        with system.Interrupts() as interrupts:
            if asked.is_set() or interrupts.requested():
                _send(connection, Outcome(None, ExitCode.INTERRUPTED, "stopped", "before it began", {}))
                return
            settings = registry.plain(experiment)

            def stop() -> bool:
                requested = interrupts.requested()  # asked once, as a signal may come between two looks
                if requested:
                    writer.stop_exit_code = interrupts.exit_code
                return requested or asked.is_set()

            source = training.start(resolved, stop)  # first, as data that are refused leave no run behind
            with store.new_run(trial.runs_dir, experiment.name, trial.config, about, settings) as writer:
                path = writer.path
                _send(connection, Started(path))
                for event in writer.record(source):
                    if isinstance(event, TrainingEnded):
                        ended = event
        codes: dict[str, int] = {"done": ExitCode.DONE, "diverged": ExitCode.DIVERGED, "stopped": writer.stop_exit_code}
        figures = (store.Run(path).summary() or {}).get("final") or {}
        _send(
            connection,
            Outcome(path, codes.get(ended.status, ExitCode.FAILURE), *ended, figures, source.plan.preview.warnings),
        )
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


def _send(connection: Connection, message: Started | Outcome) -> None:
    """Tells the other end, where there still is one: a run goes on to a good end without it."""
    with suppress(OSError):
        connection.send(message)
