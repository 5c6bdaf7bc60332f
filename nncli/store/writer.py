"""Writing a run: takes the events of a training as they come and keeps them, come what may."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from nncli.errors import ExitCode, NncliError
from nncli.store.arrays import save_arrays
from nncli.store.atomic import os_error, write_json, write_text
from nncli.store.best_epoch import BestEpoch
from nncli.store.format import FORMAT, KEY
from nncli.store.metrics_rows import RowWriter
from nncli.store.provenance import stamp
from nncli.store.run import (
    CHECKPOINTS,
    CONFIG,
    EVALUATION,
    METRICS,
    RUN_INFO,
    SNAPSHOTS,
    SUMMARY,
    CheckpointChoice,
    checkpoint_path,
)
from nncli.store.snapshots import Snapshots

if TYPE_CHECKING:
    from nncli.arrays import Array
    from nncli.events import EpochEnded, Event, TrainingEnded, TrainingSource, TrainingStarted
    from nncli.store.locked_run import LockedRun

SAVE_SECONDS = 10.0
STOPS = (KeyboardInterrupt, GeneratorExit)  # how whoever takes the events breaks off without anything being wrong
SAVE_SHARE = 20  # a slow save is paid back by this many times its duration before the next one


class Writer:
    """One run directory while it is written; leaving it as a context manager says in run.json how it ended.

    `stop_exit_code` is what run.json names for a run that was stopped. Raises NncliError where it cannot write.
    """

    def __init__(self, path: Path, rows: RowWriter, config_text: str, info: Mapping[str, Any]) -> None:
        self.path = path
        self.stop_exit_code: int = ExitCode.INTERRUPTED
        self._exit_code: int | None = None
        self._ended: TrainingEnded | None = None
        self._source: TrainingSource | None = None
        self._locked_run: LockedRun | None = None
        self._stale = [path / EVALUATION]  # what was stated of weights until others take their place
        self._best: BestEpoch | None = None
        self._snapshots = Snapshots(path / SNAPSHOTS, ())
        self._between_steps = False  # whether the source's arrays belong together
        self._epochs = 0
        self._began = self._next_save = 0.0
        self._rows = rows
        try:
            write_text(path / CONFIG, config_text)
            # Only now, under the lock: whoever reads "running" can trust that a missing lock means a lost process.
            nothing_yet = {"status": "", "exit_code": None, "reason": "", "start": stamp(), "end": None}
            self._info = {KEY: FORMAT, **nothing_yet, **info, "status": "running"}
            write_json(path / RUN_INFO, self._info)
        except BaseException:
            rows.close()
            raise

    @classmethod
    def new(cls, path: Path, config_text: str, info: Mapping[str, Any]) -> Writer:
        """Begins to write in a directory that was made for it."""
        return cls(path, RowWriter.new(path / METRICS), config_text, info)

    @classmethod
    def reopen(cls, locked_run: LockedRun, config_text: str, info: Mapping[str, Any]) -> Writer:
        """Goes on writing a run; what was said of its earlier end is taken back once there are new weights."""
        path, before, nothing_yet = (
            locked_run.run.path,
            locked_run.run.info(),
            {"exit_code": None, "reason": "", "end": None},
        )
        try:
            writer = cls(path, locked_run.row_writer(), config_text, {**before, **info, **nothing_yet})
        except NncliError:
            if before and locked_run.run.info() != before:  # written, and only that it lasts was not sure
                with suppress(NncliError):
                    write_json(path / RUN_INFO, before)
            raise
        writer._locked_run = locked_run
        writer._stale = [path / SUMMARY, path / EVALUATION]
        return writer

    def finish(self, exit_code: int) -> None:
        """Names the exit code where the status alone does not give it (a threshold that did not hold)."""
        self._exit_code = exit_code

    def record(self, source: TrainingSource) -> Iterator[Event]:
        """Keeps each event of a training and passes it on. Raises NncliError where it cannot be written."""
        from nncli.events import EpochEnded, TrainingEnded, TrainingStarted  # they import NumPy, readers need not

        self._source = source
        self._began = time.monotonic() - self._rows.seconds
        self._next_save = self._rows.seconds + SAVE_SECONDS
        for event in source:
            if isinstance(event, EpochEnded):
                self._epoch_ended(event, source)
            elif isinstance(event, TrainingStarted):
                self._begin(event, source)
            elif isinstance(event, TrainingEnded):
                self._conclude(event, source)
            self._between_steps = True
            yield event
            self._between_steps = False

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        stopped = error is None or isinstance(error, STOPS)
        try:
            if self._ended is None:
                self._break_off("interrupted" if error else "stopped before its last epoch", stopped=stopped)
            self._say(*self._verdict(error))
        except NncliError as failure:
            why = failure if error is None or stopped else error
            with suppress(NncliError):
                self._say("failed", _reason(why), _exit_code(why))
            if stopped:  # else one error is enough, and the first says more
                raise
        finally:
            self._rows.close()

    def _begin(self, started: TrainingStarted, source: TrainingSource) -> None:
        self._epochs = started.first_epoch
        self._snapshots = Snapshots(self.path / SNAPSHOTS, started.snapshots)
        if self._locked_run is not None:
            self._snapshots.load_existing(self._epochs)
        self._snapshots.offer(self._epochs, source)
        if started.monitor is not None:
            self._best = BestEpoch(started.monitor)
            if self._locked_run is not None and (kept := self._locked_run.best(started.monitor.name)) is not None:
                self._best.restore(*kept)
        if self._locked_run is None and started.first_epoch:  # a child, which must not need its parent any more
            self._save(source)

    def _epoch_ended(self, event: EpochEnded, source: TrainingSource) -> None:
        seconds = time.monotonic() - self._began
        self._rows.add(event.epoch, event.metrics, seconds)
        self._epochs = event.epoch + 1
        self._snapshots.offer(self._epochs, source)
        if self._best is not None:
            self._best.offer(event, source)
        if seconds >= self._next_save:
            self._save(source)
            ended = time.monotonic() - self._began
            self._next_save = ended + max(SAVE_SECONDS, SAVE_SHARE * (ended - seconds))

    def _save(self, source: TrainingSource | None) -> None:
        """Saves the last weights, but where a step is half done, and the best where it is new.

        The last come last, so that whoever goes on from them finds all rows and weights that came before them.
        """
        self._rows.sync()
        folder = self.path / CHECKPOINTS
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise os_error("be made", folder, error) from error
        self._snapshots.save()
        if self._best is not None and not self._best.saved:
            self._save_as("best", self._best.arrays)
            self._best.saved = True
        if source is not None:
            self._save_as("last", source.arrays())

    def _save_as(self, which: CheckpointChoice, arrays: Mapping[str, Array]) -> None:
        save_arrays(checkpoint_path(self.path, which), arrays)
        if which == "last":
            for path in self._stale:
                with suppress(OSError):  # it does no harm
                    path.unlink(missing_ok=True)

    def _conclude(self, ended: TrainingEnded, source: TrainingSource) -> None:
        """Writes all that a run has at its end. It has ended only once that is on the disk."""
        seconds = time.monotonic() - self._began
        self._save(source)
        summary = {
            KEY: FORMAT,
            "status": ended.status,
            "epochs": self._epochs,
            "final": dict(source.evaluate()),
            "best": self._best.summary() if self._best else None,
            "seconds": seconds,
            "epochs_per_second": self._rows.count / seconds if seconds > 0 else None,
        }
        write_json(self.path / SUMMARY, summary)
        self._say(ended.status, ended.reason, self._exit_code_of(ended.status))
        self._ended = ended

    def _break_off(self, reason: str, *, stopped: bool) -> None:
        """Keeps what there is before the last event. A stop between two epochs is as good an end as any."""
        from nncli.events import TrainingEnded

        source = self._source if self._between_steps else None
        ended = TrainingEnded("stopped", reason)
        if stopped and source is not None:
            self._conclude(ended, source)
        else:
            self._save(source)
            self._ended = ended if stopped else None

    def _verdict(self, error: BaseException | None) -> tuple[str, str, int]:
        """Status, reason and exit code. A training that has ended keeps its status, whatever failed after it."""
        status, reason = self._ended or ("failed", "")
        if error is None:
            return status, reason, self._exit_code_of(status)
        if isinstance(error, STOPS):
            return status, reason, self.stop_exit_code
        return status, _reason(error), _exit_code(error)

    def _exit_code_of(self, status: str) -> int:
        if self._exit_code is not None:
            return self._exit_code
        codes = {"done": ExitCode.DONE, "stopped": self.stop_exit_code, "diverged": ExitCode.DIVERGED}
        return codes.get(status, ExitCode.FAILURE)

    def _say(self, status: str, reason: str, exit_code: int) -> None:
        """Puts the end into run.json, once for each thing that there is to say."""
        said = {"status": status, "reason": reason, "exit_code": int(exit_code)}
        if self._info.items() >= said.items():
            return
        info = self._info | said | {"end": stamp()}
        write_json(self.path / RUN_INFO, info)
        self._info = info


def _reason(error: BaseException) -> str:
    return str(error) if isinstance(error, NncliError) else f"{type(error).__name__}: {error}"


def _exit_code(error: BaseException) -> int:
    return error.exit_code if isinstance(error, NncliError) else ExitCode.FAILURE
