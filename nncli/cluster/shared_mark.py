"""A mark in the directory of a sweep, by which workers find out whether they share it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from nncli.store.atomic import os_error
from nncli.system import hold_lock

PREFIX = ".cluster-"


class SharedMark:
    """A file with a random token, locked as long as the sweep runs. Raises NncliError if it cannot be written."""

    def __init__(self, directory: Path) -> None:
        self.token = os.urandom(16).hex()
        self.path = directory.resolve() / f"{PREFIX}{self.token}"
        for earlier in directory.glob(f"{PREFIX}*"):  # of processes that were killed
            with suppress(OSError):
                earlier.unlink()
        try:
            self._file = self.path.open("x", encoding="ascii")
            self._file.write(self.token)
            self._file.flush()
        except OSError as error:
            raise os_error("be written", self.path, error) from error
        with suppress(OSError):  # without locks, workers do not see one
            hold_lock(self._file)

    def remove(self) -> None:
        """Remove the file."""
        self._file.close()
        with suppress(OSError):
            self.path.unlink()
