"""What happens in a trial's process: one training, recorded as a run."""

from __future__ import annotations

import sys
import traceback
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


def work(trial: Trial, connection: Connection) -> None:
    """Trains, sending `Started` and then `Outcome`; a fault of nncli goes to stderr with its traceback."""
    path: Path | None = None
    try:
        from nncli import config, store, system, training
        from nncli.events import TrainingEnded

        experiment = config.load_text(trial.config, "config.yaml")
        about = store.about(trial.command, experiment.seed)
        ended = TrainingEnded("failed")
        with (
            system.Interrupts() as interrupts,
            store.new_run(trial.runs_dir, experiment.name, trial.config, about) as writer,
        ):
            path = writer.path
            connection.send(Started(path))
            for event in writer.record(training.start(experiment, interrupts.requested)):
                if isinstance(event, TrainingEnded):
                    ended = event
        codes = {"done": ExitCode.DONE, "diverged": ExitCode.DIVERGED, "stopped": interrupts.exit_code}
        summary = store.Run(path).summary() or {}
        figures = summary.get("final") or {}
        connection.send(Outcome(path, codes.get(ended.status, ExitCode.FAILURE), ended.status, ended.reason, figures))
    except NncliError as error:
        connection.send(Outcome(path, error.exit_code, "failed", str(error), {}))
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        connection.send(Outcome(path, ExitCode.FAILURE, "failed", f"a fault of nncli: {error!r}", {}))
