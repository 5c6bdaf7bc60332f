"""A run that is taken up again: nobody else may write to it, and what a crash left half-written is put right."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from typing import TYPE_CHECKING, Any

from nncli.errors import NncliError
from nncli.store.atomic import cannot
from nncli.store.rows import RowWriter, read_rows
from nncli.store.run import ABOUT, CHECKPOINTS, CONFIG, METRICS, Run
from nncli.system import hold_lock

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Held:
    """A run whose lock this process has."""

    def __init__(self, run: Run, file: FileIO) -> None:
        self.run = run
        self._file = file

    def has_ended(self) -> bool:
        """Whether the run came to its own end, with all that it then writes."""
        return self.run.info().get("status") in ("done", "diverged") and self.run.summary() is not None

    def checkpoint(self) -> dict[str, NDArray[Any]] | None:
        """What training goes on from; None where the run was lost before it saved anything. Raises NncliError."""
        return self.run.checkpoint("last") if self.run.has_checkpoint("last") else None

    def best(self, monitor: str) -> tuple[dict[str, NDArray[Any]], int, float] | None:
        """The best weights that were saved, their epoch and its figure; None where there are none. Raises as above."""
        if not self.run.has_checkpoint("best"):
            return None
        arrays = self.run.checkpoint("best")
        epoch = int(arrays["epoch"]) - 1 if "epoch" in arrays and arrays["epoch"].shape == () else -1
        value = next((row.get(monitor) for row in read_rows(self.run.path / METRICS) if row["epoch"] == epoch), None)
        return None if value is None else (arrays, epoch, float(value))

    def rows(self) -> RowWriter:
        """A writer of further rows, once a last line that was cut short is put right. Raises NncliError."""
        return RowWriter.again(self.run.path / METRICS, self._file)


@contextmanager
def hold(run: Run) -> Iterator[Held]:
    """Takes a run's lock, which no crash can leave behind, until it is left.

    Raises NncliError where another process has it, or where the run has no rows or leads to files elsewhere.
    """
    path = run.path / METRICS
    for name in (METRICS, CHECKPOINTS, CONFIG, ABOUT):
        if (run.path / name).is_symlink():
            raise NncliError("is a link, which no run of nncli has", place=str(run.path / name))
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
            raise NncliError("is not a regular file", place=str(path))
        file = path.open("r+b", buffering=0)
    except OSError as error:
        raise cannot("be written", path, error) from error
    with file:
        _lock(run, file)
        yield Held(run, file)


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
