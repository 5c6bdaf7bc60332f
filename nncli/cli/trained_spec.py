"""Train an experiment for a few seconds to diagnose it."""

from __future__ import annotations

import shlex
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from nncli import config, start_up, threads
from nncli.errors import NncliError
from nncli.render.console import is_terminal
from nncli.text import count_of

if TYPE_CHECKING:
    from nncli.cli.training_output import TrainingOutput
    from nncli.events import Event
    from nncli.runner import Result, Runner
    from nncli.store import Run
    from nncli.system import Interrupts
    from nncli.training import Training

MAX_SECONDS = 10.0


@contextmanager
def trained_spec(spec: str, changes: Sequence[str]) -> Iterator[tuple[Run, Interrupts]]:
    """Train a spec for at most MAX_SECONDS; yield the run, which is removed at the end, and the signals received.

    Raises NncliError if an epoch takes longer, and typer.Exit after a signal.
    """
    tree = config.read(Path(spec), changes)
    threads.pin(1 if config.uses_book_precision(tree) else None)
    start_up.import_numpy()
    from nncli.cli.training_output import TrainingOutput
    from nncli.runner import Runner

    loaded, output = config.check(tree), TrainingOutput()
    output.begin(loaded)
    limit = TimeLimit(output)
    folder = tempfile.TemporaryDirectory(prefix="nncli-")
    # All is within the context of the runner: a signal must not end the process before the folder is removed.
    with Runner(sys.argv, limit.watch, limit.is_reached) as runner, folder:
        limit.begin(runner)
        result = runner.train(loaded.resolved, Path(folder.name))
        if runner.interrupts.requested():
            raise typer.Exit(runner.interrupts.exit_code)
        _report(spec, changes, result, limit)
        yield result.run, runner.interrupts


class TimeLimit:
    """Ends training after the last epoch that is expected to fit into MAX_SECONDS, and an endless first epoch."""

    def __init__(self, output: TrainingOutput) -> None:
        self.reached = False
        self._output = output

    def begin(self, runner: Runner) -> None:
        """Start the clock; a signal to the runner ends training even within an epoch."""
        self._runner = runner
        self._start = self._epoch_start = time.monotonic()

    @property
    def seconds(self) -> float:
        """The seconds since the beginning."""
        return time.monotonic() - self._start

    def is_reached(self) -> bool:
        """Return whether another epoch like the last one would end too late; called once an epoch."""
        now = time.monotonic()
        duration, self._epoch_start = now - self._epoch_start, now
        self.reached = self.seconds + duration > MAX_SECONDS
        return self.reached

    def watch(self, _run: Path, training: Training, events: Iterator[Event]) -> None:
        """Consume the events; show the epochs on a terminal."""
        from nncli.render import progress

        self._output.preview(training.plan.preview)
        progress.show(self._until_stopped(events), "live" if is_terminal(sys.stderr) else "quiet")

    def _until_stopped(self, events: Iterator[Event]) -> Iterator[Event]:
        from nncli.events import BatchEnded

        for event in events:
            yield event
            if isinstance(event, BatchEnded):
                self.reached = self.seconds > MAX_SECONDS and event.epoch == 0
                if self.reached or self._runner.interrupts.requested():
                    return


def _report(spec: str, changes: Sequence[str], result: Result, limit: TimeLimit) -> None:
    """Print how long the training took. Raises NncliError if it was too short for a single epoch."""
    summary = result.run.summary()
    if summary is None:
        command = shlex.join(["nncli", "train", spec, *changes])
        hint = f"train it, then diagnose the run: {command} && nncli why"
        raise NncliError(f"one epoch takes more than {MAX_SECONDS:g} s", place=spec, hint=hint)
    epochs, all_epochs = summary["epochs"], result.training.plan.experiment.train.epochs
    count = f"{epochs:,} of {all_epochs:,} epochs" if limit.reached else count_of(epochs, "epoch")
    end = f", stopped by the limit of {MAX_SECONDS:g} s" if limit.reached else ""
    print(f"trained for {count} in {summary['seconds']:.1f} s{end}", file=sys.stderr)
