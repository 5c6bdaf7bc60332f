"""The directory of all runs: making a new one, finding one by what the user calls it, listing them."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from nncli.errors import NncliError, UsageError
from nncli.store.atomic import cannot
from nncli.store.run import ABOUT, CONFIG, Run
from nncli.store.settings import with_settings
from nncli.store.writer import Writer

NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")
LATEST = "latest"
SHOWN = 5
PATIENCE = 10.0  # seconds of retries: at 65,536 ids a second nobody gets here


def new_run(
    runs_dir: Path,
    name: str,
    config_text: str,
    about: Mapping[str, Any],
    settings: Mapping[str, Any] | None = None,
) -> Writer:
    """Makes a run's directory, which no other process gets as well, and opens it for writing.

    `settings` are the experiment as plain data, of which run.json keeps a copy for lists of runs.

    Raises UsageError for a name that is none or leads out of the runs directory, NncliError where it cannot be made.
    """
    if not NAME.fullmatch(name):
        rule = "a name holds letters, digits, `.`, `_` and `-` only, and does not begin with `.`"
        raise UsageError("cannot be the name of a run", place=ascii(name)[1:-1], hint=rule)
    parent = runs_dir / name
    try:
        parent.mkdir(parents=True, exist_ok=True)
        if parent.is_symlink() and not parent.resolve().is_relative_to(runs_dir.resolve()):
            raise UsageError("is a link that leads out of the runs directory", place=str(parent))
        path = _new_directory(parent)
    except OSError as error:
        raise cannot("be made", parent, error) from error
    about = about if settings is None else with_settings(about, settings, config_text, path)
    try:
        return Writer.new(path, config_text, about)
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
    """All runs, the newest first, without opening a file; what is no run is passed over, and links are not followed.

    Raises NncliError where the directory cannot be read; one that is not there holds no runs.
    """
    try:
        found = [(entry.name, name) for name in _folders(runs_dir) for entry in _ids(runs_dir / name)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise cannot("be read", runs_dir, error) from error
    return [Run(runs_dir / name / identity) for identity, name in sorted(found, reverse=True)]


def _folders(runs_dir: Path) -> list[str]:
    with os.scandir(runs_dir) as entries:
        return [entry.name for entry in entries if NAME.fullmatch(entry.name) and _is_folder(entry)]


def _ids(folder: Path) -> Iterator[os.DirEntry[str]]:
    with suppress(OSError), os.scandir(folder) as entries:  # unreadable, or removed since
        for entry in entries:
            if ID.fullmatch(entry.name) and _is_folder(entry):
                yield entry


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def find_run(runs_dir: Path, reference: str) -> Run:
    """The run that the user means by a path, by `latest` or by a unique part of its name.

    Raises UsageError where there is none or more than one.
    """
    if reference == LATEST:
        return _latest(runs_dir)
    if _is_there(reference, ABOUT) or _is_there(reference, CONFIG):
        return Run(Path(reference))
    runs = list_runs(runs_dir)
    matches = _matches(runs, reference)
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise UsageError(f"names {len(matches)} runs in {runs_dir}", place=reference, hint=_which(matches))
    message = "is a directory, but not of a run" if _is_there(reference) else f"names no run in {runs_dir}"
    raise UsageError(message, place=reference or '""', hint=_instead(runs, reference))


def find_named(runs_dir: Path, reference: str) -> Run:
    """The run that the user means, by a name that will still be its own tomorrow: what changes a run needs that.

    Raises UsageError as `find_run`, and for `latest`.
    """
    if reference == LATEST:
        runs = list_runs(runs_dir)
        hint = f"the newest is {runs[0].name}" if runs else "there are no runs yet"
        raise UsageError("is not enough to change a run by: name the run itself", place=LATEST, hint=hint)
    return find_run(runs_dir, reference)


def _is_there(reference: str, file: str = "") -> bool:
    """Whether a text is the path of a directory, or of one with that file."""
    try:
        return bool(reference) and (Path(reference, file).is_file() if file else Path(reference).is_dir())
    except (OSError, ValueError):  # too long for a path, or with a character that none has
        return False


def _latest(runs_dir: Path) -> Run:
    """The newest run with a checkpoint. Sweeps make many trials that nobody means by `latest`."""
    for run in list_runs(runs_dir):
        if (run.has_checkpoint("last") or run.has_checkpoint("best")) and run.info().get("trial") is not True:
            return run
    hint = "name another directory with --runs-dir, or train: nncli train configs/sine.yaml"
    raise UsageError(f"no run in {runs_dir} has a checkpoint", place=LATEST, hint=hint)


def _matches(runs: list[Run], reference: str) -> list[Run]:
    """The runs of that very name, else those with that very part, else those with that text in their name."""
    text = reference.strip("/")
    named = [(run, f"{run.path.parent.name}/{run.path.name}") for run in runs if text]
    exact = [run for run, name in named if name == text]
    part = [run for run, name in named if text in name.split("/")]
    return exact or part or [run for run, name in named if text in name]


def _which(matches: list[Run]) -> str:
    shown = ", ".join(run.name for run in matches[:SHOWN])
    return f"say which: {shown}" + (f" or {len(matches) - SHOWN} more" if len(matches) > SHOWN else "")


def _instead(runs: list[Run], reference: str) -> str:
    """The runs that may be meant: those of the nearest name, else the newest."""
    from difflib import get_close_matches

    if not runs:
        return "there are no runs yet; train one: nncli train configs/sine.yaml"
    near = get_close_matches(reference.split("/")[0], {run.path.parent.name for run in runs}, n=1)
    meant = [run for run in runs if run.path.parent.name in near]
    shown = ", ".join(run.name for run in (meant or runs)[:SHOWN])
    return f"did you mean one of these? {shown}" if meant else f"the newest are {shown}"
