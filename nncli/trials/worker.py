"""A process that trains trials and records them as runs."""

from __future__ import annotations

import os
import shutil
import sys
import traceback
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from functools import lru_cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nncli.errors import ExitCode, NncliError
from nncli.events import EpochEnded
from nncli.store.atomic import DISK_FULL
from nncli.trials.inbox import Inbox
from nncli.trials.messages import Finishing, Judgement, Outcome, Progress, Trial, TrialStarted, Verdict
from nncli.trials.objective import Observer

if TYPE_CHECKING:
    from nncli.config import Tree
    from nncli.diagnosis.goal import GoalCheck
    from nncli.events import Event
    from nncli.resolved import ResolvedExperiment
    from nncli.runner import Result, Runner
    from nncli.store import Run
    from nncli.training import Training


def work(connection: Connection, log: Path | None, lock: object, *, warm: bool) -> None:
    """Train the trial that the connection sends, and send `TrialStarted`, `Progress` and `Outcome`; if warm, go on.

    Training is saved and ends early after a SIGTERM, or once the connection receives END or is closed. Messages of
    Python and of libraries go to the file `log`. The `lock` was passed on by starting the process.
    """
    if log is not None:
        _redirect_stderr(log)
    inbox = Inbox(connection)
    while (trial := inbox.next()) is not None:
        if isinstance(trial, Verdict):
            continue  # it came too late for the last trial
        _send(connection, _Training(trial, connection, inbox, announces_end=warm).outcome())
        if not warm:
            break


class _Training:
    """One training in the process; it may announce its end, so that the next one is sent in time."""

    def __init__(self, trial: Trial, connection: Connection, inbox: Inbox, *, announces_end: bool = False) -> None:
        self.trial = trial
        self.announces_end = announces_end
        self.connection = connection
        self.inbox = inbox
        self.path: Path | None = None
        self.training: Training | None = None
        self.observer: Observer | None = None
        self.pruned = False
        self.check: GoalCheck | None = None
        self.reached = False  # the goal of the trial

    def outcome(self) -> Outcome:
        """Train, or resume; a bug of nncli is printed to stderr with its traceback."""
        try:
            from nncli import config, threads
            from nncli.runner import Runner

            trial = self.trial
            resolved = config.check(config.with_overrides(_tree(trial.config), trial.changes)).resolved
            recording: dict[str, Any] = {name: getattr(trial, name) for name in ("environment", "sync_after", "probes")}
            limit = threads.limit_threads(1) if resolved.experiment.precision == "book" else nullcontext()
            with limit, Runner(trial.command, self._watch, self._should_stop, **recording) as runner:
                if runner.stopping():
                    return Outcome(None, ExitCode.INTERRUPTED, "stopped", "before it began", {})
                return self._describe(self._train(runner, resolved))
        except NncliError as error:
            disk_full = isinstance(cause := error.__cause__, OSError) and cause.errno in DISK_FULL
            return Outcome(self.path, error.exit_code, "failed", str(error), {}, disk_full=disk_full)
        except MemoryError as error:
            reason = f"not enough memory: {error}".rstrip(": ")
            return Outcome(self.path, ExitCode.FAILURE, "failed", reason, {})
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            return Outcome(self.path, ExitCode.FAILURE, "failed", f"a bug of nncli: {error!r}", {})

    def _train(self, runner: Runner, resolved: ResolvedExperiment) -> Result:
        """Train a new run, or resume the run that exists; train again if the files of that run are unusable."""
        from nncli.store import Run

        path = self.trial.path
        if path is not None and path.exists():
            run = Run(path)
            if run.status == "running" or _can_be_resumed(run, resolved):
                try:
                    return runner.resume(run)
                except NncliError:
                    if self.path is not None or run.status == "running":
                        raise
            shutil.rmtree(path, ignore_errors=True)
        return runner.train(resolved, self.trial.runs_dir, path)

    def _watch(self, run: Path, training: Training, events: Iterator[Event]) -> None:
        self.path, self.training = run, training
        _send(self.connection, TrialStarted(run))
        if self.announces_end:
            events = self._announce_end(events, training.plan.experiment.train.epochs - 1)
        if self.trial.goal is not None:
            from nncli.diagnosis.goal import GoalCheck

            self.check = GoalCheck(self.trial.goal, training)
            events = self._until_reached(self.check, training, events)
        if self.trial.objective is None:
            for _event in events:
                pass
        else:
            earlier = run if training.checkpoint.epoch else None
            self.observer = Observer(self.trial.objective, earlier, training.plan.experiment.train.epochs)
            for progress in self.observer.watch(events):
                _send(self.connection, Progress(*progress))
                if self.trial.waits:
                    self._obey(self.inbox.next())

    def _announce_end(self, events: Iterator[Event], last: int) -> Iterator[Event]:
        """Yield the events of training; after the last epoch, send `Finishing`."""
        for event in events:
            if isinstance(event, EpochEnded) and event.epoch == last:
                _send(self.connection, Finishing())
            yield event

    def _until_reached(self, check: GoalCheck, training: Training, events: Iterator[Event]) -> Iterator[Event]:
        """Pass events on; make training end once its goal is reached."""
        for event in events:
            yield event
            if isinstance(event, EpochEnded) and (reason := check.reason_to_end(event.epoch + 1)):
                self.reached, training.stop_reason = True, reason

    def _should_stop(self) -> bool:
        if not self.trial.waits:
            self._obey(self.inbox.verdict())
        return self.pruned or self.reached or self.inbox.ending.is_set()

    def _obey(self, verdict: object) -> None:
        if isinstance(verdict, Verdict) and verdict.prune and self.training is not None:
            self.pruned, self.training.stop_reason = True, verdict.prune

    def _describe(self, result: Result) -> Outcome:
        summary = result.summary or result.run.summary() or {}
        status, reason = str(result.ended.status), result.ended.reason
        if self.pruned and status == "stopped":
            status = "pruned"
        objective = None
        if self.trial.objective is not None:
            observer = self.observer or Observer(self.trial.objective, result.run.path, 0)
            objective = observer.value
        metrics = summary.get("final") or {}
        return Outcome(
            result.run.path,
            result.exit_code,
            status,
            reason,
            metrics,
            self._warnings(result),
            objective,
            epochs=int(summary.get("epochs") or 0),
            seconds=float(summary.get("seconds") or 0.0),
            diagnosis=self._diagnose(result),
            judgement=self._judge(status),
        )

    def _judge(self, status: str) -> Judgement | None:
        ended = self.reached or status in ("done", "diverged")
        if self.check is None or not ended:
            return None
        return Judgement(self.check.is_reached(status), self.check.unexplained)

    def _warnings(self, result: Result) -> tuple[str, ...]:
        if not self.trial.warn:
            return result.training.plan.preview.warnings
        from nncli.diagnosis.setup_warnings import preview_of_training

        return preview_of_training(result.training.plan).warnings

    def _diagnose(self, result: Result) -> str:
        if not self.trial.diagnose:
            return ""
        from nncli.diagnosis.saved import diagnose_training

        diagnosis = diagnose_training(result.run, result.training, result.ended.status)
        return "" if diagnosis is None else diagnosis.line


@lru_cache(maxsize=1)
def _tree(text: str) -> Tree:
    """Return the experiment of a trial as a tree, which a warm process reads once for all trials of a sweep."""
    from nncli import config

    return config.read_saved(text, "config.yaml")


def _can_be_resumed(run: Run, resolved: ResolvedExperiment) -> bool:
    """Return whether a run is of this experiment and has saved something; after a power failure, files may be empty."""
    from nncli import config

    try:
        saved = run.summary() is not None or run.has_checkpoint("last")
        return saved and run.config_text() == config.dump(resolved.experiment)
    except NncliError:
        return False


def _redirect_stderr(log: Path) -> None:
    """Append everything that the process writes to stderr to a file."""
    sys.stderr.flush()
    with suppress(OSError), log.open("ab") as file:
        os.dup2(file.fileno(), 2)


def _send(connection: Connection, message: TrialStarted | Progress | Finishing | Outcome) -> None:
    """Send a message if the parent process still exists; the trial ends properly without it."""
    with suppress(OSError):
        connection.send(message)
