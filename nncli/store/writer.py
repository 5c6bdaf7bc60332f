"""Write a run directory from the events of training, so that it survives errors, signals and crashes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from nncli.errors import ExitCode, NncliError, exit_code_of, reason_of
from nncli.store.arrays import save_arrays
from nncli.store.atomic import finite, os_error, sync_file, write_json, write_text
from nncli.store.best_epoch import BestEpoch
from nncli.store.format import FORMAT, KEY
from nncli.store.metrics_rows import RowWriter
from nncli.store.probes import PROBES_KEY, ProbeRows
from nncli.store.provenance import timestamp
from nncli.store.run import CONFIG, METRICS, RESULTS, RUN_INFO, SNAPSHOTS, SUMMARY, CheckpointChoice, checkpoint_path
from nncli.store.snapshots import Snapshots

if TYPE_CHECKING:
    from nncli.arrays import Array
    from nncli.events import EpochEnded, Event, TrainingEnded, TrainingSource, TrainingStarted
    from nncli.store.locked_run import LockedRun

SAVE_SECONDS = 10.0
STOPS = (KeyboardInterrupt, GeneratorExit)  # how a consumer of the events ends training without an error
SAVE_SHARE = 20  # the next save waits at least this many times the duration of the last one


class Writer:
    """Write one run directory; leaving the context records in run.json how the run ended.

    `info` is the content of run.json; if its entry `probes` is true, probes of the training are written, too.
    `stop_exit_code` is the exit code recorded for a stopped run. Files are synced to disk once training has taken
    `sync_after` seconds: syncing takes longer than a short training. Raises NncliError if a file cannot be written.
    """

    def __init__(
        self, path: Path, rows: RowWriter, config_text: str, info: Mapping[str, Any], sync_after: float = 0.0
    ) -> None:
        self.path = path
        self._sync_after, self._synced = sync_after, not sync_after
        self.stop_exit_code: int = ExitCode.INTERRUPTED
        self.summary: dict[str, Any] | None = None  # as in the file, once it is written
        self._exit_code: int | None = None
        self._ended: TrainingEnded | None = None
        self._source: TrainingSource | None = None
        self._locked_run: LockedRun | None = None
        self._stale = [path / name for name in RESULTS]  # deleted when new weights are saved
        self._best: BestEpoch | None = None
        self._snapshots = Snapshots(path / SNAPSHOTS, ())
        self._probes = ProbeRows(path, enabled=info.get(PROBES_KEY) is True)
        self._at_epoch_end = False  # if true, training can resume from the source's arrays
        self._epochs = 0
        self._start = self._next_save = 0.0
        self._rows = rows
        try:
            write_text(path / CONFIG, config_text, sync=self._synced)
            # Written only once the file is locked: "running" without a lock means that the process died.
            defaults = {"status": "", "exit_code": None, "reason": "", "start": timestamp(), "end": None}
            self._info = {KEY: FORMAT, **defaults, **info, "status": "running"}
            write_json(path / RUN_INFO, self._info, sync=self._synced)
        except BaseException:
            rows.close()
            raise

    @classmethod
    def new(cls, path: Path, config_text: str, info: Mapping[str, Any], sync_after: float = 0.0) -> Writer:
        """Start writing in a newly created directory."""
        return cls(path, RowWriter.new(path / METRICS), config_text, info, sync_after)

    @classmethod
    def reopen(cls, locked_run: LockedRun, config_text: str, info: Mapping[str, Any]) -> Writer:
        """Continue an existing run; old results are deleted when new weights are saved."""
        path, before = locked_run.run.path, locked_run.run.info()
        not_ended = {"exit_code": None, "reason": "", "end": None}
        try:
            kept = before or {PROBES_KEY: True}  # killed before it had written run.json
            writer = cls(path, locked_run.row_writer(), config_text, {**kept, **info, **not_ended})
        except NncliError:
            if before and locked_run.run.info() != before:  # run.json was replaced, but syncing it failed
                with suppress(NncliError):
                    write_json(path / RUN_INFO, before)
            raise
        writer._locked_run = locked_run
        return writer

    def change_config(self, config_text: str, info: Mapping[str, Any]) -> None:
        """Replace config.yaml and entries of run.json before training. Raises NncliError if they cannot be written."""
        write_text(self.path / CONFIG, config_text)
        self._info = {**self._info, **info}
        write_json(self.path / RUN_INFO, self._info)

    def finish(self, exit_code: int) -> None:
        """Set an exit code that does not follow from the status (such as that of a missed threshold)."""
        self._exit_code = exit_code

    def record(self, source: TrainingSource) -> Iterator[Event]:
        """Write each event of training and yield it. Raises NncliError if it cannot be written."""
        # Imported here because it imports NumPy, which readers do not need.
        from nncli.events import BatchEnded, EpochEnded, TrainingEnded, TrainingStarted

        self._source = source
        self._start = time.monotonic() - self._rows.seconds
        self._next_save = self._rows.seconds + SAVE_SECONDS
        for event in source:
            if isinstance(event, EpochEnded):
                self._epoch_ended(event, source)
            elif isinstance(event, TrainingStarted):
                self._training_started(event, source)
            elif isinstance(event, TrainingEnded):
                self._training_ended(event, source)
            self._at_epoch_end = not isinstance(event, BatchEnded)
            yield event
            self._at_epoch_end = False

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        stopped = error is None or isinstance(error, STOPS)
        try:
            if self._ended is None:
                self._end_early("interrupted" if error else "stopped before its last epoch", stopped=stopped)
            self._record_end(*self._outcome(error))
        except NncliError as failure:
            cause = failure if error is None or stopped else error
            with suppress(NncliError):
                self._record_end("failed", reason_of(cause), exit_code_of(cause))
            if stopped:  # otherwise the first error is already being raised
                raise
        finally:
            self._rows.close()

    def _training_started(self, started: TrainingStarted, source: TrainingSource) -> None:
        self._epochs = started.first_epoch
        self._snapshots = Snapshots(self.path / SNAPSHOTS, started.snapshots)
        if self._locked_run is not None:
            self._snapshots.load_existing(self._epochs)
        self._snapshots.offer(self._epochs, source)
        self._probes.begin(self._epochs, source, resumed=self._locked_run is not None)
        if started.monitor is not None:
            self._best = BestEpoch(started.monitor)
            if self._locked_run is not None and (best := self._locked_run.best(started.monitor.name)) is not None:
                self._best.restore(*best)
        if self._locked_run is None and started.first_epoch:  # a child run must not depend on its parent
            self._save(source)

    def _epoch_ended(self, event: EpochEnded, source: TrainingSource) -> None:
        seconds = time.monotonic() - self._start
        self._rows.add(event.epoch, event.metrics, seconds)
        self._epochs = event.epoch + 1
        self._snapshots.offer(self._epochs, source)
        self._probes.offer(source)
        if self._best is not None:
            self._best.offer(event, source)
        if seconds >= self._next_save:
            self._save(source)
            now = time.monotonic() - self._start
            self._next_save = now + max(SAVE_SECONDS, SAVE_SHARE * (now - seconds))

    def _save(self, source: TrainingSource | None) -> None:
        """Save rows, snapshots, a new best epoch, and the last weights (not in the middle of an epoch: `source` None).

        The last weights are saved last, so that a resumed run finds all rows and weights before them.
        """
        if not self._synced and time.monotonic() - self._start >= self._sync_after:
            sync_file(self.path / CONFIG)  # written before
            self._synced = True
        self._rows.save(sync=self._synced)
        folder = checkpoint_path(self.path, "last").parent
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise os_error("be created", folder, error) from error
        self._snapshots.save(sync=self._synced)
        self._probes.save()
        if self._best is not None and not self._best.saved:
            self._save_as("best", self._best.arrays)
            self._best.saved = True
        if source is not None:
            self._save_as("last", source.arrays())

    def _save_as(self, which: CheckpointChoice, arrays: Mapping[str, Array]) -> None:
        save_arrays(checkpoint_path(self.path, which), arrays, sync=self._synced)
        if which == "last":
            for path in self._stale:
                with suppress(OSError):  # a stale file does no harm
                    path.unlink(missing_ok=True)

    def _training_ended(self, ended: TrainingEnded, source: TrainingSource) -> None:
        """Write weights, summary and the end in run.json; the run counts as ended once all of them are on disk."""
        seconds = time.monotonic() - self._start
        self._probes.offer(source, always=True)
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
        write_json(self.path / SUMMARY, summary, sync=self._synced)
        self.summary = finite(summary)
        self._record_end(ended.status, ended.reason, self._exit_code_of(ended.status))
        self._ended = ended

    def _end_early(self, reason: str, *, stopped: bool) -> None:
        """Save a run that ended before its last event; after a stop between two epochs, write the summary too."""
        from nncli.events import TrainingEnded

        source = self._source if self._at_epoch_end else None
        ended = TrainingEnded("stopped", reason)
        if stopped and source is not None:
            self._training_ended(ended, source)
        else:
            self._save(source)
            self._ended = ended if stopped else None

    def _outcome(self, error: BaseException | None) -> tuple[str, str, int]:
        """Return status, reason and exit code; a run that had ended keeps its status if something failed later."""
        status, reason = self._ended or ("failed", "")
        if error is None:
            return status, reason, self._exit_code_of(status)
        if isinstance(error, STOPS):
            return status, reason, self.stop_exit_code
        return status, reason_of(error), exit_code_of(error)

    def _exit_code_of(self, status: str) -> int:
        if self._exit_code is not None:
            return self._exit_code
        codes = {"done": ExitCode.DONE, "stopped": self.stop_exit_code, "diverged": ExitCode.DIVERGED}
        return codes.get(status, ExitCode.FAILURE)

    def _record_end(self, status: str, reason: str, exit_code: int) -> None:
        """Record in run.json how the run ended, unless it is recorded already."""
        end = {"status": status, "reason": reason, "exit_code": int(exit_code)}
        if self._info.items() >= end.items():
            return
        info = self._info | end | {"end": timestamp()}
        write_json(self.path / RUN_INFO, info, sync=self._synced)
        self._info = info
