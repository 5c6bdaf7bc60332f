"""Taking runs away: whole, never one that goes on, and nothing outside of the runs directory."""

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
from nncli.store.directory import ID, folders, is_run, list_runs, runs_in
from nncli.store.lookup import find_unique_run
from nncli.store.run import METRICS, RUN_INFO, Run
from nncli.system import hold_lock, sync_directory

REMOVED = re.compile(r"\..+\.removed-[0-9a-f]{8}")
HALF = "half removed"
MAKING_SECONDS = 60.0  # far longer than a run needs to get its run.json


class UselessRun(NamedTuple):
    """Where something lies that is of no use, and its status."""

    path: Path
    status: str


def find_removable(runs_dir: Path, reference: str) -> Run:
    """The run that the user means. Raises UsageError as `find_named`, and for one not in the runs directory itself."""
    run = find_unique_run(runs_dir, reference)
    _checked(runs_dir, run)
    return run


def remove_run(runs_dir: Path, run: Run) -> None:
    """Removes a run, and the folder of its name with the last run in it.

    The directory gets a hidden name first, so that half of a run is never listed. Raises UsageError where it is not in
    the runs directory, NncliError where it is being trained or cannot be removed.
    """
    path = _checked(runs_dir, run)
    aside = path.with_name(f".{path.name}.removed-{os.urandom(4).hex()}")
    with _locked(run, path):
        try:
            path.rename(aside)
            with suppress(OSError):
                sync_directory(path.parent)
        except FileNotFoundError:
            return  # somebody else was faster
        except OSError as error:
            raise _cannot(run.path, error) from error
        _sweep(aside)


def useless_runs(runs_dir: Path) -> list[UselessRun]:
    """Runs that came to nothing, the newest first: diverged, failed or lost without a checkpoint, and half removed.

    What has no run.json may be being made at this moment: it counts once it has been so for a while. A run that has
    another name than `nncli train` gave it is kept: somebody renamed it.
    """
    runs = [run for run in list_runs(runs_dir) if ID.fullmatch(run.path.name)]
    found = [UselessRun(run.path, status) for run in runs if (status := _broken(run))]
    return found + [UselessRun(path, HALF) for path in _leftovers(runs_dir)]


def remove_useless(runs_dir: Path, broken: UselessRun) -> bool:
    """Removes such a run, unless it has become something since it was found. Raises as `remove_run`."""
    if broken.status == HALF:
        _sweep(broken.path)
        return True
    run = Run(broken.path)
    if _broken(run) is None:
        return False
    remove_run(runs_dir, run)
    return True


def _broken(run: Run) -> str | None:
    """Return the status of a run that came to nothing, else None; a run of another format may be of use."""
    try:
        status = run.status
    except NncliError:
        return None
    return status if status == "diverged" or (status in ("failed", "lost") and _is_nothing(run)) else None


def _is_nothing(run: Run) -> bool:
    if run.has_checkpoint("last") or run.has_checkpoint("best"):
        return False
    try:
        return (run.path / RUN_INFO).exists() or time.time() - run.path.stat().st_mtime > MAKING_SECONDS
    except OSError:
        return False


def _leftovers(runs_dir: Path) -> list[Path]:
    """What is left of runs whose removal was broken off."""
    found = []
    with suppress(OSError):
        for folder in [runs_dir, *folders(runs_dir)]:
            with suppress(OSError), os.scandir(folder) as entries:
                found += [Path(entry.path) for entry in entries if REMOVED.fullmatch(entry.name)]
    return sorted(found)


def _sweep(aside: Path) -> None:
    """Deletes what was put aside, and the folder of its name where that is empty now. Raises NncliError."""
    while aside.is_dir():
        try:
            shutil.rmtree(aside)  # which unlinks links and follows none
        except FileNotFoundError:
            continue  # somebody else is at it too
        except OSError as error:
            raise _cannot(aside, error, "what is left of it is not listed, and goes with `nncli clean`") from error
    with suppress(OSError):  # another run is there
        aside.parent.rmdir()


def _cannot(path: Path, error: OSError, hint: str = "") -> NncliError:
    return NncliError(os_error("be removed", path, error).message, place=printable(str(path)), hint=hint)


def _checked(runs_dir: Path, run: Run) -> Path:
    """The directory itself: `<runs directory>/<name>/<id>` or `<runs directory>/<id>`, none of the last two a link."""
    path = Path(os.path.abspath(run.path))  # noqa: PTH100  resolve() would follow a link that is the run's own path
    real, top = path.resolve(), runs_dir.resolve()
    inside = (real.parent == top or real.parent.parent == top) and is_run(real)
    if path.is_symlink() or (path.parent.is_symlink() and real.parent != top):
        hint = f"name the run itself: {printable(str(real))}" if inside else ""
        raise UsageError("is reached by a link, and links are not followed", place=printable(str(run.path)), hint=hint)
    if not inside:
        message = f"is not in the runs directory {printable(str(runs_dir))}"
        raise UsageError(message, place=printable(str(run.path)), hint="say where it is with --runs-dir")
    if any(runs_in(real)):
        raise UsageError("holds other runs, which would be removed with it", place=printable(str(run.path)))
    return real


def _locked(run: Run, path: Path) -> IO[bytes] | nullcontext[None]:
    """Takes the lock of the metrics, by which a training says that it goes on, until it is left.

    Raises NncliError where a training has it.
    """
    metrics = path / METRICS
    try:
        if not stat.S_ISREG(metrics.lstat().st_mode):  # a pipe would be waited for, and none of ours is trained here
            return nullcontext()
        file = metrics.open("rb")
    except FileNotFoundError:
        return nullcontext()
    except OSError as error:
        raise _cannot(metrics, error) from error
    try:
        free = hold_lock(file)
    except OSError:  # nobody can tell here, so the word of run.json stands
        free = run.status != "running"
    if not free:
        file.close()
        raise NncliError("is being trained, so it stays", place=printable(str(run.path)), hint=_how_to_stop(run))
    return file


def _how_to_stop(run: Run) -> str:
    info = run.info()
    pid, host = info.get("pid"), info.get("host")
    if type(pid) is int and isinstance(host, str):
        return f"stop it first: its process is {pid} on {printable(host)}"
    return "stop it first"
