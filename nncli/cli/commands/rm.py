"""`nncli rm`."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from typer import Argument

from nncli.cli.completion import values
from nncli.cli.options import RUNS, UNIQUE_RUN_HELP, Json, RunsDir
from nncli.escaping import json_text

GROUP = "Manage"

RunsToRemove: TypeAlias = Annotated[
    list[str],
    Argument(
        metavar="RUN",
        help=UNIQUE_RUN_HELP,
        show_default=False,
        autocompletion=values.named_runs,
    ),
]


def rm(runs: RunsToRemove, json: Json = False, runs_dir: RunsDir = RUNS) -> None:
    """Remove runs without asking.

    Print the path of each. Refuse to remove a run that is still training. If a name matches no run, remove none.

    \b
    Examples:
      nncli rm sine/20260101-120000-8000
      nncli runs --filter 'loss>1' --csv --columns run | tail -n +2 | xargs -r nncli rm
    """
    from nncli.store import removal

    chosen = {run.path.resolve(): run for run in [removal.find_removable(runs_dir, name) for name in runs]}
    for run in chosen.values():
        removal.remove_run(runs_dir, run)
        if not json:
            print(run.path, flush=True)
    if json:
        print(json_text({"removed": [str(run.path) for run in chosen.values()]}))
