"""`nncli runs`."""

from __future__ import annotations

import json as json_
import sys

from nncli.cli.app import command
from nncli.cli.options import RUNS, Json, RunsDir


@command
def runs(json: Json = False, runs_dir: RunsDir = RUNS) -> None:
    """List the runs there are, newest first: status, epochs, final loss and metric.

    \b
    Examples:
      nncli runs
      nncli runs --json | jq '.[0].loss'
    """
    from nncli import store
    from nncli.render import runs as table

    rows = [table.row(run) for run in store.list_runs(runs_dir)]
    if json:
        print(json_.dumps(rows, indent=2))
    elif rows:
        table.print_runs(rows, sys.stdout)
    else:
        print(f"no runs in {runs_dir}; `nncli train configs/sine.yaml` makes one", file=sys.stderr)
