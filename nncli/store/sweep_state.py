"""The state of a sweep in `sweep.json`, and its runs, without reading its trials."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from nncli.store.directory import SWEEP_INFO, SWEEP_JOURNAL, folders
from nncli.store.run import RUN_INFO, Run, read_json
from nncli.system import is_locked

ENDED = ("done", "stopped", "failed")


def sweep_info(path: Path) -> dict[str, Any]:
    """Return the content of sweep.json; empty if it is missing or damaged. Raises NncliError for another format."""
    return read_json(path / SWEEP_INFO) or {}


def sweep_status(path: Path) -> str:
    """Return running, done, stopped or failed; lost if its process ended without recording how."""
    status = sweep_info(path).get("status")
    if status != "running":
        return str(status) if status in ENDED else "lost"
    with suppress(OSError):
        if is_locked(path / SWEEP_JOURNAL):
            return "running"
    status = sweep_info(path).get("status")  # it may have ended between reading sweep.json and checking the lock
    return str(status) if status in ENDED else "lost"


def runs_of_sweep(path: Path) -> list[Run]:
    """Return the runs of a sweep in the order of its trials."""
    with suppress(OSError):
        return [Run(run) for run in sorted(folders(path)) if (run / RUN_INFO).is_file()]
    return []
