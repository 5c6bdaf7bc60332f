"""`nncli why`."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

from typer import Argument, Option

from nncli.cli.completion import values
from nncli.cli.options import RUNS, Changes, Json, RunsDir, seconds, user_path
from nncli.cli.output_paths import check_new_file, find_run
from nncli.errors import UsageError

if TYPE_CHECKING:
    from nncli.store import Run

GROUP = "Inspect"
DEFAULT_BUDGET = 60.0  # seconds

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
Try: TypeAlias = Annotated[
    bool, Option("--try", help="Train variants of the run on several seeds, and print which of them learn.")
]
BudgetText: TypeAlias = Annotated[
    float | None,
    Option("--budget", parser=seconds, metavar="TIME", help="Time for --try, as in 90s or 5m.", show_default="60s"),
]
Save: TypeAlias = Annotated[
    Path | None,
    Option(
        "--save",
        parser=user_path,
        metavar="FILE",
        help="Write the experiment with the best change of --try here, as YAML.",
        show_default="no file",
        autocompletion=values.files,
    ),
]


def why(
    subject: RunOrSpec = "latest",
    changes: Changes = None,
    check: Check = False,
    attempt: Try = False,
    budget: BudgetText = None,
    save: Save = None,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> int:
    """Find out why a network does not learn.

    Print the verdict: healthy, learns badly, does not learn, or diverged. Then print at most three likely causes, each
    with what was seen, the change to try and the command that tries it.

    With --try, train these changes and a few others beside the unchanged experiment, each on up to eight seeds, and
    print on how many they learn, best first. These runs are kept in the folder `tries` of the run.

    \b
    Examples:
      nncli why
      nncli why configs/sine.yaml init.scale=0.01
      nncli why sine --try --budget 30s --save fixed.yaml
      nncli why sine --json | jq -r '.findings[0].change[0]'
    """
    from nncli.cli.explain import Request, explain_run, explain_spec

    if not attempt and (budget is not None or save is not None):
        raise UsageError("needs --try", place="--save" if budget is None else "--budget")
    if save is not None:
        check_new_file(save)
    request = Request(attempt, budget or DEFAULT_BUDGET, time.monotonic(), save, check, json)
    if values.is_spec(subject):
        return explain_spec(subject, changes or [], request)
    if "=" in subject and not os.path.exists(subject):  # noqa: PTH110  Path.exists() raises for some texts
        raise UsageError("is an override; name an experiment file before it", place=subject)
    run = _find(runs_dir, subject, changes or [])
    return explain_run(run, _config(run), _paths_of_moved_data(run), request)


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
