"""The directory of all runs: making a new one, and listing them."""

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
RUNS_DIR, RUNS_DIR_VARIABLE = "runs", "NNCLI_RUNS_DIR"
PATIENCE = 10.0  # seconds of retries: at 65,536 ids a second nobody gets here


def default_runs_dir() -> Path:
    """Return the directory of runs when none is given: that of NNCLI_RUNS_DIR, else `runs`."""
    return Path(expand(os.environ.get(RUNS_DIR_VARIABLE) or RUNS_DIR))


def new_run(
    runs_dir: Path,
    name: str,
    config_text: str,
    info: Mapping[str, Any],
    settings: Mapping[str, Any] | None = None,
) -> Writer:
    """Makes a run's directory, which no other process gets as well, and opens it for writing.

    `settings` are the experiment as plain data, of which run.json keeps a copy for lists of runs.

    Raises UsageError for a name that is none or leads out of the runs directory, NncliError where it cannot be made.
    """
    if problem := run_names.problem(name):
        raise UsageError(f"cannot be the name of a run: it {problem}", place=ascii(name)[1:-1])
    parent = runs_dir / name
    try:
        parent.mkdir(parents=True, exist_ok=True)
        if parent.is_symlink() and not parent.resolve().is_relative_to(runs_dir.resolve()):
            raise UsageError("is a link that leads out of the runs directory", place=str(parent))
        path = _new_directory(parent)
    except OSError as error:
        raise os_error("be made", parent, error) from error
    info = info if settings is None else with_settings(info, settings, config_text, path)
    try:
        return Writer.new(path, config_text, info)
    except NncliError:
        _remove(path)
        raise


def _new_directory(parent: Path) -> Path:
    """Makes `<date>-<time>-<4 hex>`; the hex is the part of the second, so that ids sort by time within it too."""
    give_up = time.monotonic() + PATIENCE
    while True:
        now = datetime.now()
        path = parent / f"{now:%Y%m%d-%H%M%S}-{(now.microsecond << 16) // 1_000_000:04x}"
        try:
            path.mkdir()
        except FileExistsError:
            if time.monotonic() > give_up:
                raise
        except FileNotFoundError:
            if time.monotonic() > give_up:
                raise
            parent.mkdir(parents=True, exist_ok=True)  # whoever removed its last run has taken it away
        else:
            return path


def _remove(path: Path) -> None:
    """Takes away what was begun, so that no half of a run is listed."""
    with suppress(OSError):
        for file in path.iterdir():
            file.unlink()
        path.rmdir()


def list_runs(runs_dir: Path) -> list[Run]:
    """All runs, the newest first; what is no run is passed over, and links are not followed.

    A run lies in a folder in the runs directory, or in that itself. It has the name that `nncli train` gave it, or a
    run.json: somebody renamed or copied it. Only the latter's files are opened.

    Raises NncliError where the directory cannot be read; one that is not there holds no runs.
    """
    try:
        found = [path for folder in folders(runs_dir) for path in ([folder] if is_run(folder) else runs_in(folder))]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise os_error("be read", runs_dir, error) from error
    return sorted(map(Run, found), key=lambda run: (_began(run), run.path.name, run.path.parent.name), reverse=True)


def runs_in(folder: Path) -> Iterator[Path]:
    """The runs right in a folder; none if it cannot be read."""
    with suppress(OSError):  # unreadable, or removed since
        for path in folders(folder):
            if is_run(path):
                yield path


def is_run(path: Path) -> bool:
    """Whether a folder is a run: by its name, or by its run.json if it has another name now."""
    return bool(ID.fullmatch(path.name)) or (path / RUN_INFO).is_file()


def folders(parent: Path) -> list[Path]:
    """The folders in another that may be runs or hold runs: none that is hidden, and none with control characters."""
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


def _began(run: Run) -> str:
    """When a run began, as its name begins; as run.json says if it has another name, and empty if that is unknown."""
    if named := ID.match(run.path.name):
        return named[0]
    with suppress(NncliError, KeyError, TypeError, ValueError, OverflowError):
        return f"{datetime.fromisoformat(run.info()['start']).astimezone():%Y%m%d-%H%M%S}"
    return ""
