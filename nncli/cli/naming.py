"""The runs that a command is given, and where what it makes of them goes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nncli.store import Run


def find_runs(runs_dir: Path, references: list[str]) -> list[Run]:
    """The runs, each once however often it is named. Raises UsageError where a reference means none."""
    from nncli.store import find_run

    found = [find_run(runs_dir, reference) for reference in references]
    return list({run.path.resolve(): run for run in found}.values())


def usual_path(runs: list[Run], runs_dir: Path, file: str) -> Path:
    """A file in the run's directory; for several runs beside them all, with a name that is theirs together."""
    import hashlib  # here, as it loads OpenSSL

    if len(runs) == 1:
        return runs[0].path / file
    names, name = "\n".join(run.name for run in runs), Path(file)
    return runs_dir / f"{name.stem}-{hashlib.sha256(names.encode()).hexdigest()[:8]}{name.suffix}"
