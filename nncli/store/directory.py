"""The runs directory: create a run, list all runs."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from nncli import run_names
from nncli.errors import NncliError, UsageError
from nncli.store.atomic import os_error
from nncli.store.run import RUN_INFO, Run
from nncli.store.settings import with_settings
from nncli.store.writer import Writer
from nncli.user_paths import expand

ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")
SWEEP_PREFIX, SWEEP_INFO, SWEEP_JOURNAL = "sweep-", "sweep.json", "trials.jsonl"
RUNS_DIR, RUNS_DIR_VARIABLE = "runs", "NNCLI_RUNS_DIR"
RETRY_SECONDS = 10.0  # reached only with more than 65,536 new runs per second


def default_runs_dir() -> Path:
    """Return the default runs directory: $NNCLI_RUNS_DIR, else `runs`."""
    return Path(expand(os.environ.get(RUNS_DIR_VARIABLE) or RUNS_DIR))


def new_run(
    runs_dir: Path,
    name: str,
    config_text: str,
    info: Mapping[str, Any],
    settings: Mapping[str, Any] | None = None,
    path: Path | None = None,
    sync_after: float = 0.0,
) -> Writer:
    """Create a run directory that no other process shares, and open it for writing.

    `settings` is the experiment as plain data; run.json keeps a copy so that runs can be listed without reading YAML.
    The directory is `path` if given, which must not exist. `sync_after` is that of the Writer.

    Raises UsageError for a name that is invalid or leads out of the runs directory, NncliError if the directory cannot
    be created.
    """
    path = new_directory(runs_dir, name) if path is None else _make(path)
    info = info if settings is None else with_settings(info, settings, config_text, path)
    try:
        return Writer.new(path, config_text, info, sync_after)
    except NncliError:
        _remove(path)
        raise


def new_directory(runs_dir: Path, name: str, prefix: str = "") -> Path:
    """Create a directory for a run, or for a sweep with a `prefix`, in the folder of its name. Raises as `new_run`."""
    if problem := run_names.problem(name):
        raise UsageError(f"is not a valid name for a run: it {problem}", place=ascii(name)[1:-1])
    parent = runs_dir / name
    try:
        parent.mkdir(parents=True, exist_ok=True)
        if parent.is_symlink() and not parent.resolve().is_relative_to(runs_dir.resolve()):
            hint = "choose another name, or remove the link"
            raise UsageError("is a link to a place outside the runs directory", place=str(parent), hint=hint)
        return _new_directory(parent, prefix)
    except OSError as error:
        raise os_error("be created", parent, error) from error


def _make(path: Path) -> Path:
    try:
        path.mkdir()
    except OSError as error:
        raise os_error("be created", path, error) from error
    return path


def _new_directory(parent: Path, prefix: str = "") -> Path:
    """Create `<date>-<time>-<4 hex>`; the hex is the fraction of the second, so ids also sort by time within it."""
    give_up = time.monotonic() + RETRY_SECONDS
    while True:
        now = datetime.now()
        path = parent / f"{prefix}{now:%Y%m%d-%H%M%S}-{(now.microsecond << 16) // 1_000_000:04x}"
        try:
            path.mkdir()
        except FileExistsError:
            if time.monotonic() > give_up:
                raise
        except FileNotFoundError:
            if time.monotonic() > give_up:
                raise
            parent.mkdir(parents=True, exist_ok=True)  # it was removed together with its last run
        else:
            return path


def _remove(path: Path) -> None:
    """Remove a run that could not be created completely, so that it is never listed."""
    with suppress(OSError):
        for file in path.iterdir():
            file.unlink()
        path.rmdir()


def list_runs(runs_dir: Path) -> list[Run]:
    """Return all runs, newest first, without following links; empty if the directory does not exist.

    A run is in a folder of the runs directory, or directly in it. It still has the name that `nncli train` gave it, or
    contains a run.json (after it was renamed or copied; only then are files opened). Other folders are skipped.

    Raises NncliError if the directory cannot be read.
    """
    try:
        paths = [path for folder in folders(runs_dir) for path in ([folder] if is_run(folder) else runs_in(folder))]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise os_error("be read", runs_dir, error) from error
    return sorted(map(Run, paths), key=lambda run: (_start(run), run.path.name, run.path.parent.name), reverse=True)


def runs_in(folder: Path) -> Iterator[Path]:
    """Yield the runs directly in a folder; none if the folder cannot be read."""
    with suppress(OSError):  # unreadable, or removed since
        for path in folders(folder):
            if is_run(path):
                yield path


def list_sweeps(runs_dir: Path) -> list[Path]:
    """Return the directories of all sweeps, newest first; empty if the runs directory does not exist.

    A sweep is in a folder of the runs directory, next to the runs with its name. Raises NncliError if the runs
    directory cannot be read.
    """
    paths = list[Path]()
    try:
        for folder in folders(runs_dir):
            with suppress(OSError):  # unreadable, or removed since
                paths += [path for path in folders(folder) if path.name.startswith(SWEEP_PREFIX) and is_sweep(path)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise os_error("be read", runs_dir, error) from error
    return sorted(paths, key=lambda path: (path.name, path.parent.name), reverse=True)


def is_sweep(path: Path) -> bool:
    """Return whether a directory is that of a sweep."""
    return (path / SWEEP_INFO).is_file()


def is_run(path: Path) -> bool:
    """Return whether a folder is a run: by its name, or by its run.json if it was renamed."""
    return bool(ID.fullmatch(path.name)) or (path / RUN_INFO).is_file()


def folders(parent: Path) -> list[Path]:
    """Return the subfolders that may be runs or contain runs: not hidden, no control characters in the name."""
    with os.scandir(parent) as entries:
        names = [entry.name for entry in entries if _is_listed(entry.name) and _is_folder(entry)]
    return [parent / name for name in names]


def _is_listed(name: str) -> bool:
    return not name.startswith(".") and name.isprintable()


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _start(run: Run) -> str:
    """Return the start of a run, from its name or, if it was renamed, from run.json; empty if unknown."""
    if match := ID.match(run.path.name):
        return match[0]
    with suppress(NncliError, KeyError, TypeError, ValueError, OverflowError):
        return f"{datetime.fromisoformat(run.info()['start']).astimezone():%Y%m%d-%H%M%S}"
    return ""
