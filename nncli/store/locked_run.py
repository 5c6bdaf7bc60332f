"""A run that is taken up again: nobody else may write to it, and what a crash left half-written is put right."""

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
    """A run whose lock this process has."""

    def __init__(self, run: Run, file: FileIO) -> None:
        self.run = run
        self._file = file
        self._best: dict[str, Array] = {}

    def has_ended(self) -> bool:
        """Whether the run came to its own end, with all that it then writes."""
        return self.run.info().get("status") in ("done", "diverged") and self.run.summary() is not None

    def checkpoint(self) -> dict[str, Array] | None:
        """What training goes on from; None where the run was lost before it saved anything.

        Raises NncliError where it cannot be read, or rows of epochs before it are missing. Nothing is written before.
        """
        if self.run.has_checkpoint("best"):
            self._best = self.run.checkpoint("best")
        if not self.run.has_checkpoint("last"):
            return None
        arrays = self.run.checkpoint("last")
        epochs, parent = _epochs(arrays), self.run.info().get("parent")
        begun = parent.get("epoch") if isinstance(parent, dict) else 0
        reached = (self.run.last_row() or {"epoch": (begun if type(begun) is int else 0) - 1})["epoch"] + 1
        if reached < epochs:
            message = f"has no row of epoch {reached}, and the checkpoint is of epoch {epochs - 1}"
            hint = "train a child of the checkpoint with --fork"
            raise NncliError(message, place=str(self.run.path / METRICS), hint=hint)
        return arrays

    def best(self, monitor: str) -> tuple[dict[str, Array], int, float] | None:
        """The best weights that `checkpoint` found, their epoch and its figure; None where there are none."""
        epoch = _epochs(self._best) - 1
        if epoch < 0:
            return None
        value = next((row.get(monitor) for row in read_rows(self.run.path / METRICS) if row["epoch"] == epoch), None)
        return None if value is None else (self._best, epoch, float(value))

    def row_writer(self) -> RowWriter:
        """A writer of further rows, once a last line that was cut short is put right. Raises NncliError."""
        return RowWriter.reopen(self.run.path / METRICS, self._file)


def _epochs(arrays: Mapping[str, Array]) -> int:
    """After how many epochs weights were saved; 0 where they do not say."""
    number = arrays.get("epoch")
    return 0 if number is None or number.shape != () else int(number)


@contextmanager
def lock_run(run: Run) -> Iterator[LockedRun]:
    """Takes a run's lock, which no crash can leave behind, until it is left.

    Raises NncliError where another process has it, or where the run has no rows or leads to files elsewhere.
    """
    path = run.path / METRICS
    for name in (METRICS, CHECKPOINTS, CONFIG, RUN_INFO):
        if (run.path / name).is_symlink():
            raise NncliError("is a link, which no run of nncli has", place=str(run.path / name))
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
            raise NncliError("is not a regular file", place=str(path))
        file = path.open("r+b", buffering=0)
    except OSError as error:
        raise os_error("be read" if isinstance(error, FileNotFoundError) else "be written", path, error) from error
    with file:
        _lock(run, file)
        yield LockedRun(run, file)


def _lock(run: Run, file: FileIO) -> None:
    locked = True
    with suppress(OSError):  # a file system without locks: nobody can tell
        locked = hold_lock(file)
    if not locked:
        hint = "wait until it ends, or train a child of its last checkpoint with --fork"
        raise NncliError("is being trained by another process", place=str(run.path), hint=hint)
    try:
        there = os.path.samestat(os.fstat(file.fileno()), (run.path / METRICS).stat())
    except OSError:
        there = False
    if not there:  # removed or moved between opening and locking
        raise NncliError("was removed just now", place=str(run.path))
