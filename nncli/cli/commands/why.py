"""`nncli why`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

from typer import Argument, Option

from nncli.cli.completion import values
from nncli.cli.options import RUNS, Changes, Json, RunsDir
from nncli.cli.output_paths import find_run
from nncli.errors import ExitCode, UsageError
from nncli.escaping import json_text

if TYPE_CHECKING:
    from nncli.diagnosis.diagnose import Diagnosis
    from nncli.store import Run

GROUP = "Inspect"

RunOrSpec: TypeAlias = Annotated[
    str,
    Argument(
        metavar="RUN|SPEC",
        help="Path of a run, part of its name (the newest match is used), latest, or an experiment file (- for "
        "standard input), which is trained first for at most 10 seconds.",
        show_default="latest",
        autocompletion=values.runs_and_specs,
    ),
]
Check: TypeAlias = Annotated[bool, Option("--check", help="Exit with 4 unless the run is healthy.")]


def why(
    subject: RunOrSpec = "latest",
    changes: Changes = None,
    check: Check = False,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> int:
    """Find out why a network does not learn.

    Print the verdict: healthy, learns badly, does not learn, or diverged. Then print at most three likely causes, each
    with what was seen, the change to try and the command that tries it.

    \b
    Examples:
      nncli why
      nncli why configs/sine.yaml init.scale=0.01
      nncli why sine --json | jq -r '.findings[0].change[0]'
    """
    if values.is_spec(subject):
        from nncli.cli.diagnose_spec import diagnose_spec

        diagnosis = diagnose_spec(subject, changes or [])
        return _print(diagnosis, subject, changes or [], check=check, json=json)
    if "=" in subject and not os.path.exists(subject):  # noqa: PTH110  Path.exists() raises for some texts
        raise UsageError("is an override; name an experiment file before it", place=subject)
    run = _find(runs_dir, subject, changes or [])
    from nncli.diagnosis.diagnose import diagnose

    return _print(diagnose(run), _config(run), _paths_of_moved_data(run), check=check, json=json)


def _print(diagnosis: Diagnosis, spec: str, changes: list[str], *, check: bool, json: bool) -> int:
    """Print a diagnosis and return the exit code."""
    if json:
        print(json_text(diagnosis.as_dict(), indent=2))
    else:
        from nncli.render.diagnosis import print_diagnosis

        print_diagnosis(diagnosis, spec, changes, sys.stdout)
    return ExitCode.CHECK_FAILED if check and diagnosis.verdict != "healthy" else ExitCode.DONE


def _find(runs_dir: Path, reference: str, changes: list[str]) -> Run:
    """Return the run. Raises UsageError if none matches, for a sweep, and for overrides, which only a spec can have."""
    from nncli import store

    run = find_run(runs_dir, reference)
    if store.is_sweep(run.path):
        hint = "name one of its runs, which nncli runs --unfold lists"
        raise UsageError("is a sweep, not a run", place=str(run.path), hint=hint)
    if changes:
        import shlex

        hint = f"train it with them: {shlex.join(['nncli', 'why', _config(run), *changes])}"
        raise UsageError("is a run, whose settings cannot be overridden", place=str(run.path), hint=hint)
    return run


def _config(run: Run) -> str:
    from nncli.store.run import CONFIG

    return str(run.path / CONFIG)


def _paths_of_moved_data(run: Run) -> list[str]:
    """Return overrides with the new paths of data files that were moved or copied along with the run."""
    from nncli import config
    from nncli.config.writer import override
    from nncli.settings import data_files

    nearby = run.nearby_files()
    files = data_files(config.settings(config.read_saved(run.config_text(), _config(run))))
    return [override(key, nearby[file]) for key, file in files.items() if _is_other_file(nearby.get(file, file), file)]


def _is_other_file(path: str, saved: str) -> bool:
    """Return whether a file exists and is not the one at the saved path."""
    exists = os.path.exists  # Path.exists() raises for some texts
    return exists(path) and not (exists(saved) and os.path.samefile(path, saved))  # noqa: PTH121
