"""`nncli show`."""

from __future__ import annotations

import sys

from nncli.cli.options import RUNS, Json, RunName, RunsDir
from nncli.cli.output_paths import find_run
from nncli.escaping import json_text


def show(run: RunName = "latest", json: Json = False, runs_dir: RunsDir = RUNS) -> None:
    """Show all that is known of a run: how it went, how it was made, its settings and files, and what can be done next.

    \b
    Examples:
      nncli show
      nncli show sine --json | jq -r '.status'
    """
    from nncli.catalog.details import details
    from nncli.render.details import print_details
    from nncli.repetition.end_state import contradictions_at_end

    one = find_run(runs_dir, run)
    lines = [difference.line() for difference in contradictions_at_end(one)]
    found = details(one) | {"contradictions": lines}
    if json:
        print(json_text(found, indent=2))
    else:
        print_details(found, sys.stdout)
