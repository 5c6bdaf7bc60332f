"""Lock an existing run to continue it, and repair what a crash left half-written."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from io import FileIO
from typing import TYPE_CHECKING

from nncli.errors import NncliError
from nncli.store.atomic import os_error
from nncli.store.metrics_rows import RowWriter, read_rows
from nncli.store.run import CHECKPOINTS, CONFIG, METRICS, RUN_INFO, Run
from nncli.system import hold_lock

if TYPE_CHECKING:
    from nncli.arrays import Array


class LockedRun:
    """A run that this process has locked."""

    def __init__(self, run: Run, file: FileIO) -> None:
        self.run = run
        self._file = file
        self._best: dict[str, Array] = {}

    def has_ended(self) -> bool:
        """Return whether training is complete (done or diverged) and the summary is written."""
        return self.run.info().get("status") in ("done", "diverged") and self.run.summary() is not None

    def checkpoint(self) -> dict[str, Array] | None:
        """Return the checkpoint to continue from, None if the run was lost before saving one.

        Raises NncliError if the checkpoint cannot be read, or if rows of earlier epochs are missing. Writes nothing.
        """
        if self.run.has_checkpoint("best"):
            self._best = self.run.checkpoint("best")
        if not self.run.has_checkpoint("last"):
            return None
        arrays = self.run.checkpoint("last")
        epochs, parent = _epochs(arrays), self.run.info().get("parent")
        first_epoch = parent.get("epoch") if isinstance(parent, dict) else 0
        no_row = {"epoch": (first_epoch if type(first_epoch) is int else 0) - 1}
        next_epoch = (self.run.last_row() or no_row)["epoch"] + 1
        if next_epoch < epochs:
            message = f"has no row for epoch {next_epoch}, but the checkpoint is from epoch {epochs - 1}"
            hint = "start a child run from the checkpoint with --fork"
            raise NncliError(message, place=str(self.run.path / METRICS), hint=hint)
        return arrays

    def best(self, monitor: str) -> tuple[dict[str, Array], int, float] | None:
        """Return the best weights that `checkpoint` read, their epoch and metric; None if the run has none."""
        epoch = _epochs(self._best) - 1
        if epoch < 0:
            return None
        value = next((row.get(monitor) for row in read_rows(self.run.path / METRICS) if row["epoch"] == epoch), None)
        return None if value is None else (self._best, epoch, float(value))

    def row_writer(self) -> RowWriter:
        """Repair a truncated last line and return a writer for further rows. Raises NncliError for a damaged row."""
        return RowWriter.reopen(self.run.path / METRICS, self._file)


def _epochs(arrays: Mapping[str, Array]) -> int:
    """Return the number of epochs after which the weights were saved, 0 if the arrays do not say."""
    number = arrays.get("epoch")
    return 0 if number is None or number.shape != () else int(number)


@contextmanager
def lock_run(run: Run) -> Iterator[LockedRun]:
    """Lock a run while the context is active. The system releases the lock even after a crash.

    Raises NncliError if another process has locked the run, if it has no rows, or if its files are links.
    """
    path = run.path / METRICS
    for name in (METRICS, CHECKPOINTS, CONFIG, RUN_INFO):
        if (run.path / name).is_symlink():
            hint = "replace the link by a copy of its target"
            raise NncliError("is a link, and nncli does not write through links", place=str(run.path / name), hint=hint)
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would block
            raise NncliError("is not a regular file", place=str(path))
        file = path.open("r+b", buffering=0)
    except OSError as error:
        raise os_error("be read" if isinstance(error, FileNotFoundError) else "be written", path, error) from error
    with file:
        _lock(run, file)
        yield LockedRun(run, file)


def _lock(run: Run, file: FileIO) -> None:
    locked = True
    with suppress(OSError):  # on a file system without locks, assume that no other process writes
        locked = hold_lock(file)
    if not locked:
        hint = "wait until it ends, or start a child run from its last checkpoint with --fork"
        raise NncliError("is being trained by another process", place=str(run.path), hint=hint)
    try:
        unchanged = os.path.samestat(os.fstat(file.fileno()), (run.path / METRICS).stat())
    except OSError:
        unchanged = False
    if not unchanged:  # removed or moved between opening and locking
        hint = "list the runs that are left: nncli runs"
        raise NncliError("was removed or moved by another process", place=str(run.path), hint=hint)
