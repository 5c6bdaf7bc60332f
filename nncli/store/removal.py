"""Remove runs: completely, never during training, and nothing outside the runs directory."""

from __future__ import annotations

import os
import re
import shutil
import stat
import time
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import IO, NamedTuple

from nncli.errors import NncliError, UsageError
from nncli.escaping import printable
from nncli.store.atomic import os_error
from nncli.store.directory import ID, SWEEP_JOURNAL, folders, is_run, is_sweep, list_runs, runs_in
from nncli.store.lookup import find_unique_run
from nncli.store.run import METRICS, RUN_INFO, Run
from nncli.system import hold_lock, sync_directory

REMOVED = re.compile(r"\..+\.removed-[0-9a-f]{8}")
HALF = "half removed"
CREATION_SECONDS = 60.0  # far longer than writing run.json takes


class UselessRun(NamedTuple):
    """The path and status of a run that `nncli clean` can remove."""

    path: Path
    status: str


def find_removable(runs_dir: Path, reference: str) -> Run:
    """Return the run, or the sweep, with this path or name.

    Raises UsageError as `find_unique_run` does, and for a run outside `runs_dir`.
    """
    run = find_unique_run(runs_dir, reference, sweeps=True)
    _check_path(runs_dir, run)
    return run


def remove_run(runs_dir: Path, run: Run) -> None:
    """Remove a run or a sweep, and the folder that contains it if that is then empty.

    The directory is first renamed to a hidden name, so that a half removed run is never listed. Raises UsageError if
    the run is not in the runs directory, NncliError if it is still training or cannot be removed.
    """
    path = _check_path(runs_dir, run)
    hidden = path.with_name(f".{path.name}.removed-{os.urandom(4).hex()}")
    with _lock_metrics(run, path):
        try:
            path.rename(hidden)
            with suppress(OSError):
                sync_directory(path.parent)
        except FileNotFoundError:
            return  # another process removed it first
        except OSError as error:
            raise _removal_error(run.path, error) from error
        _delete(hidden)


def useless_runs(runs_dir: Path) -> list[UselessRun]:
    """Return useless runs, newest first: diverged, failed or lost without a checkpoint, and half removed.

    A run without run.json may be a new one, so it counts only after CREATION_SECONDS. Renamed runs are kept, because
    a user who renames a run wants it.
    """
    runs = [run for run in list_runs(runs_dir) if ID.fullmatch(run.path.name)]
    useless = [UselessRun(run.path, status) for run in runs if (status := _useless_status(run))]
    return useless + [UselessRun(path, HALF) for path in _leftovers(runs_dir)]


def remove_useless(runs_dir: Path, useless: UselessRun) -> bool:
    """Remove a useless run; return false if it has become useful meanwhile. Raises as `remove_run` does."""
    if useless.status == HALF:
        _delete(useless.path)
        return True
    run = Run(useless.path)
    if _useless_status(run) is None:
        return False
    remove_run(runs_dir, run)
    return True


def _useless_status(run: Run) -> str | None:
    """Return the status of a useless run, else None. A run written in another format may be useful."""
    try:
        status = run.status
    except NncliError:
        return None
    return status if status == "diverged" or (status in ("failed", "lost") and _has_no_weights(run)) else None


def _has_no_weights(run: Run) -> bool:
    if run.has_checkpoint("last") or run.has_checkpoint("best"):
        return False
    try:
        return (run.path / RUN_INFO).exists() or time.time() - run.path.stat().st_mtime > CREATION_SECONDS
    except OSError:
        return False


def _leftovers(runs_dir: Path) -> list[Path]:
    """Return the hidden folders of runs whose removal was interrupted."""
    paths = []
    with suppress(OSError):
        for folder in [runs_dir, *folders(runs_dir)]:
            with suppress(OSError), os.scandir(folder) as entries:
                paths += [Path(entry.path) for entry in entries if REMOVED.fullmatch(entry.name)]
    return sorted(paths)


def _delete(hidden: Path) -> None:
    """Delete a hidden folder, and its parent if that is empty now. Raises NncliError if it cannot be deleted."""
    while hidden.is_dir():
        try:
            shutil.rmtree(hidden)  # unlinks links without following them
        except FileNotFoundError:
            continue  # another process is deleting it too
        except OSError as error:
            raise _removal_error(hidden, error, "`nncli clean` removes the rest once that is possible") from error
    with suppress(OSError):  # the parent contains another run
        hidden.parent.rmdir()


def _removal_error(path: Path, error: OSError, hint: str = "") -> NncliError:
    return NncliError(os_error("be removed", path, error).message, place=printable(str(path)), hint=hint)


def _check_path(runs_dir: Path, run: Run) -> Path:
    """Return the resolved path: `<runs directory>/<name>/<id>` or `<runs directory>/<id>`, the last two not links."""
    path = Path(os.path.abspath(run.path))  # noqa: PTH100  resolve() would follow a link at the end of the path
    real, top = path.resolve(), runs_dir.resolve()
    inside = (real.parent == top or real.parent.parent == top) and (is_run(real) or is_sweep(real))
    if path.is_symlink() or (path.parent.is_symlink() and real.parent != top):
        hint = f"give its real path: {printable(str(real))}" if inside else ""
        message = "is reached through a link, and links are not followed"
        raise UsageError(message, place=printable(str(run.path)), hint=hint)
    if not inside:
        message = f"is not in the runs directory {printable(str(runs_dir))}"
        raise UsageError(message, place=printable(str(run.path)), hint="name its runs directory with --runs-dir")
    if not is_sweep(real) and any(runs_in(real)):
        hint = "move or remove the runs in it first"
        raise UsageError("contains other runs, which would be removed too", place=printable(str(run.path)), hint=hint)
    return real


def _lock_metrics(run: Run, path: Path) -> IO[bytes] | nullcontext[None]:
    """Lock the file that training keeps locked. Raises NncliError if the run is still training."""
    metrics = path / (SWEEP_JOURNAL if is_sweep(path) else METRICS)
    try:
        if not stat.S_ISREG(metrics.lstat().st_mode):  # training writes only files, and opening a pipe would block
            return nullcontext()
        file = metrics.open("rb")
    except FileNotFoundError:
        return nullcontext()
    except OSError as error:
        raise _removal_error(metrics, error) from error
    try:
        free = hold_lock(file)
    except OSError:  # on a file system without locks, rely on run.json
        free = run.status != "running"
    if not free:
        file.close()
        message = "is still training and cannot be removed"
        raise NncliError(message, place=printable(str(run.path)), hint=_how_to_stop(run))
    return file


def _how_to_stop(run: Run) -> str:
    info = run.info()
    pid, host = info.get("pid"), info.get("host")
    if type(pid) is int and isinstance(host, str):
        return f"stop it first: process {pid} on {printable(host)}"
    return "stop it first"
