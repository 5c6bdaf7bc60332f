"""`nncli rm`."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from typer import Argument

from nncli.cli.completion import values
from nncli.cli.options import RUNS, Json, RunsDir
from nncli.escaping import json_text

Named: TypeAlias = Annotated[
    list[str],
    Argument(
        metavar="RUN",
        help="Path of a run or a unique part of its name.",
        show_default=False,
        autocompletion=values.named_runs,
    ),
]


def rm(runs: Named, json: Json = False, runs_dir: RunsDir = RUNS) -> None:
    """Remove runs for good, without asking; print the path of each. One that is being trained stays.

    Where one of the names means no run, none is removed.

    \b
    Examples:
      nncli rm sine/20260101-120000-8000
      nncli runs --filter 'loss>1' --csv --columns run | tail -n +2 | xargs -r nncli rm
    """
    from nncli.store import removal

    found = {run.path.resolve(): run for run in [removal.find_removable(runs_dir, name) for name in runs]}
    for run in found.values():
        removal.remove_run(runs_dir, run)
        if not json:
            print(run.path, flush=True)
    if json:
        print(json_text({"removed": [str(run.path) for run in found.values()]}))
