"""`nncli show`."""

from __future__ import annotations

import sys

from nncli.cli.options import RUNS, Json, RunName, RunsDir
from nncli.cli.output_paths import find_run
from nncli.escaping import json_text

GROUP = "Inspect"


def show(run: RunName = "latest", json: Json = False, runs_dir: RunsDir = RUNS) -> None:
    """Show one run: results, settings, files and what to do next.

    \b
    Examples:
      nncli show
      nncli show sine --json | jq -r '.status'
    """
    from nncli.catalog.details import details
    from nncli.render.details import print_details
    from nncli.repetition.end_state import contradictions_at_end

    selected = find_run(runs_dir, run)
    lines = [difference.line() for difference in contradictions_at_end(selected)]
    description = details(selected) | {"contradictions": lines}
    if json:
        print(json_text(description, indent=2))
    else:
        print_details(description, sys.stdout)
