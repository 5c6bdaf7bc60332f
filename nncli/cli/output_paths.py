"""The runs that a command is given, and where what it makes of them goes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nncli.errors import UsageError
from nncli.escaping import printable

if TYPE_CHECKING:
    from nncli.store import Run


def find_run(runs_dir: Path, reference: str, *, quiet: bool = False) -> Run:
    """The run that a reference means; of several the newest, which a note on stderr names unless it is quiet.

    Raises UsageError if it means none.
    """
    from nncli import store

    def tell(note: str) -> None:
        if not quiet:
            print(printable(note), file=sys.stderr)

    return store.find_run(runs_dir, reference, tell)


def find_runs(runs_dir: Path, references: list[str]) -> list[Run]:
    """The runs, each once however often it is named. Raises UsageError where a reference means none."""
    found = [find_run(runs_dir, reference) for reference in references]
    return list({run.path.resolve(): run for run in found}.values())


def usual_path(runs: list[Run], runs_dir: Path, file: str) -> Path:
    """A file in the run's directory; for several runs beside them all, with a name that is theirs together."""
    import hashlib  # here, as it loads OpenSSL

    if len(runs) == 1:
        path = runs[0].path / file
        if path.parent.is_symlink() and path.parent != runs[0].path:  # a stranger's run shall not say where we write
            hint = "name a file: --output"
            raise UsageError("is a link that leads out of the run", place=str(path.parent), hint=hint)
        return path
    names, name = "\n".join(run.name for run in runs), Path(file)
    return runs_dir / f"{name.stem}-{hashlib.sha256(names.encode()).hexdigest()[:8]}{name.suffix}"
