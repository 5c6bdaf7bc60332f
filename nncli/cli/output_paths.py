"""The runs that a command is given, and the default paths of its output."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from nncli.errors import UsageError
from nncli.escaping import printable
from nncli.user_paths import expand

if TYPE_CHECKING:
    from nncli.store import Run
    from nncli.sweeps.directory import SweepDirectory


def find_run(runs_dir: Path, reference: str, *, quiet: bool = False) -> Run:
    """Return the run with a name or path; if several match, the newest, with a note on stderr unless quiet.

    Raises UsageError if none matches.
    """
    from nncli import store

    def print_note(note: str) -> None:
        if not quiet:
            print(printable(note), file=sys.stderr)

    return store.find_run(runs_dir, reference, print_note)


def find_newest_sweep(runs_dir: Path, reference: str) -> SweepDirectory:
    """Return the sweep with a name or path; if several match, the newest. Raises UsageError if none does."""
    from nncli.sweeps.directory import find_sweep

    return _newest_sweep(runs_dir, reference) or find_sweep(runs_dir, reference)


def find_run_or_sweep(runs_dir: Path, reference: str) -> Run | SweepDirectory:
    """Return the run or the sweep with a name or path; if several match, the newest. Raises UsageError if none does."""
    from nncli.store.directory import SWEEP_PREFIX

    sweep = _newest_sweep(runs_dir, reference)
    if sweep is None:
        return find_run(runs_dir, reference)
    if sweep.path == Path(expand(reference)):
        return sweep
    try:
        run = find_run(runs_dir, reference, quiet=True)
    except UsageError:
        return sweep
    return sweep if sweep.path.name.removeprefix(SWEEP_PREFIX) > run.path.name else find_run(runs_dir, reference)


def _newest_sweep(runs_dir: Path, reference: str) -> SweepDirectory | None:
    """Return the sweep at a path, else the newest one whose name matches or, for `latest`, of all."""
    from nncli import store
    from nncli.store.lookup import LATEST
    from nncli.sweeps.directory import SweepDirectory

    with suppress(OSError, ValueError):
        if reference and store.is_sweep(path := Path(expand(reference))):
            return SweepDirectory(path)
    sweeps = map(SweepDirectory, store.list_sweeps(runs_dir))
    text = reference.strip("/")
    return next((each for each in sweeps if text and (text == LATEST or text in each.name)), None)


def check_new_file(path: Path) -> None:
    """Raise UsageError if a file exists, or the folder to write it to does not."""
    if path.exists():
        raise UsageError("already exists; choose another name or remove it", place=str(path))
    if not path.parent.is_dir():
        raise UsageError("no such folder", place=str(path.parent))


def find_runs(runs_dir: Path, references: list[str]) -> list[Run]:
    """Return the runs without duplicates. Raises UsageError if a reference matches no run."""
    runs = [find_run(runs_dir, reference) for reference in references]
    return list({run.path.resolve(): run for run in runs}.values())


def find_runs_or_sweep(runs_dir: Path, references: list[str]) -> tuple[list[Run], SweepDirectory | None]:
    """Return the runs without duplicates, or the one sweep; `latest` is a run.

    Raises UsageError if a reference matches neither, or for a sweep among others.
    """
    from nncli.sweeps.directory import SweepDirectory

    if references == ["latest"]:
        return find_runs(runs_dir, references), None
    matches = [find_run_or_sweep(runs_dir, reference) for reference in references]
    runs = {each.path.resolve(): each for each in matches if not isinstance(each, SweepDirectory)}
    sweeps = [each for each in matches if isinstance(each, SweepDirectory)]
    if sweeps and len(matches) > 1:
        message = "a sweep cannot be combined with other sweeps or runs"
        raise UsageError(message, place=sweeps[0].name, hint="name one sweep, or only runs")
    return list(runs.values()), next(iter(sweeps), None)


def default_path(runs: Sequence[Run | SweepDirectory], runs_dir: Path, file: str) -> Path:
    """Return the default path of a file: in the run or sweep, or for several in `runs_dir`, with a hash in the name."""
    import hashlib  # slow, because it loads OpenSSL

    if len(runs) == 1:
        path = runs[0].path / file
        if path.parent.is_symlink() and path.parent != runs[0].path:  # a run must not choose where we write
            hint = "choose another file with --output"
            raise UsageError("is a symbolic link to outside the run", place=str(path.parent), hint=hint)
        return path
    names, name = "\n".join(run.name for run in runs), Path(file)
    return runs_dir / f"{name.stem}-{hashlib.sha256(names.encode()).hexdigest()[:8]}{name.suffix}"
