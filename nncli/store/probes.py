"""probes.jsonl: one JSON object for each probe of a run."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nncli.store.atomic import write_text
from nncli.store.run import PROBES
from nncli.system import open_file

if TYPE_CHECKING:
    from nncli.events import TrainingSource

PROBES_KEY = "probes"  # entry of run.json: whether the run has them
MAX_BYTES = 64 << 20  # 100 probes of a thousand layers


class ProbeRows:
    """The rows of probes.jsonl, kept in memory until `save`; nothing happens unless enabled.

    The file is not synced to disk, which takes as long as many probes: one that a power failure damages is measured
    again from the snapshots.
    """

    def __init__(self, run: Path, *, enabled: bool) -> None:
        self._path = run / PROBES
        self._enabled = enabled
        self._rows: dict[int, dict[str, Any]] = {}  # by epoch
        self._saved = True

    def begin(self, epochs: int, source: TrainingSource, *, resumed: bool) -> None:
        """Begin after a number of epochs. A resumed run keeps its rows of earlier epochs."""
        if resumed and self._enabled:
            with suppress(ValueError):  # a damaged file is overwritten
                numbered = [(row.get("epoch"), row) for row in read_probe_rows(self._path)]
                self._rows = {n: row for n, row in numbered if type(n) is int and n < epochs}
        self.offer(source, always=not resumed)

    def offer(self, source: TrainingSource, *, always: bool = False) -> None:
        """Add the new rows of a training; a row replaces an earlier one of the same epoch."""
        if self._enabled:
            for row in source.probe_rows(always=always):
                self._rows[row["epoch"]], self._saved = row, False

    def save(self) -> None:
        """Write all rows if there are new ones. Raises NncliError if they cannot be written."""
        if not self._saved:
            lines = [json.dumps(self._rows[epoch], allow_nan=False) for epoch in sorted(self._rows)]
            write_text(self._path, "\n".join(lines) + "\n", sync=False)
            self._saved = True


def read_probe_rows(path: Path) -> list[dict[str, Any]]:
    """Return the objects of probes.jsonl; none if there is no such file. Raises ValueError if it is damaged."""
    try:
        with open_file(path) as file:
            if os.fstat(file.fileno()).st_size > MAX_BYTES:
                raise ValueError("the file is too large")
            rows = [json.loads(line) for line in file.read(MAX_BYTES).splitlines()]
    except OSError:
        return []
    except RecursionError as error:
        raise ValueError("a row is nested too deep") from error
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError("a row is not an object")
    return rows
