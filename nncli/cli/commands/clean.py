"""`nncli clean`."""

from __future__ import annotations

import sys
from typing import Annotated

from typer import Option

from nncli.cli.options import RUNS, Json, RunsDir
from nncli.escaping import json_text


def clean(
    yes: Annotated[bool, Option("--yes", "-y", help="Remove without asking, as scripts must.")] = False,
    dry_run: Annotated[bool, Option("--dry-run", "-n", help="Only print what would be removed.")] = False,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Remove the runs that came to nothing: diverged, and failed or lost without a checkpoint; print the path of each.

    It asks first. What a removal that was broken off has left behind goes too.

    \b
    Examples:
      nncli clean --dry-run
      nncli clean --yes
    """
    from nncli.errors import UsageError
    from nncli.render import removal as lines
    from nncli.store import removal

    found, removed = removal.broken_runs(runs_dir), []
    if found and not yes and not dry_run:
        lines.print_broken(found, sys.stderr)
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            hint = "--yes removes these, --dry-run only lists them"
            raise UsageError("nothing is removed unless somebody says so", hint=hint)
        found = found if lines.confirm_removal(len(found), sys.stderr) else []
    for broken in found:
        if dry_run or removal.remove_broken(runs_dir, broken):
            removed.append(str(broken.path))
            if not json:
                print(broken.path, flush=True)
    if json:
        print(json_text({"would_remove" if dry_run else "removed": removed}))
    elif not removed:
        print("nothing is removed", file=sys.stderr)
