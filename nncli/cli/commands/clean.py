"""`nncli clean`."""

from __future__ import annotations

import sys
from typing import Annotated

from typer import Option

from nncli.cli.options import RUNS, Json, RunsDir
from nncli.escaping import json_text

GROUP = "Manage"


def clean(
    yes: Annotated[bool, Option("--yes", "-y", help="Remove without asking.")] = False,
    dry_run: Annotated[
        bool, Option("--dry-run", "-n", help="Print what would be removed, and remove nothing.")
    ] = False,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Remove runs that diverged, or failed before any checkpoint.

    Ask first, then print the path of each removed run. Runs whose process was killed count as failed. Also delete what
    remains of interrupted removals.

    \b
    Examples:
      nncli clean --dry-run
      nncli clean --yes
    """
    from nncli.errors import UsageError
    from nncli.render import removal as lines
    from nncli.store import removal

    runs, removed = removal.useless_runs(runs_dir), []
    nothing = "nothing removed" if runs else "no runs to remove"
    if runs and not yes and not dry_run:
        lines.print_useless_runs(runs, sys.stderr)
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            hint = "add --yes to remove these runs, or --dry-run to list them"
            raise UsageError("refusing to remove runs without confirmation", hint=hint)
        runs = runs if lines.confirm_removal(len(runs), sys.stderr) else []
    for run in runs:
        if dry_run or removal.remove_useless(runs_dir, run):
            removed.append(str(run.path))
            if not json:
                print(run.path, flush=True)
    if json:
        print(json_text({"would_remove" if dry_run else "removed": removed}))
    elif not removed:
        print(nothing, file=sys.stderr)
