"""`nncli diff`."""

from __future__ import annotations

import sys
from typing import Annotated, TypeAlias

from typer import Argument

from nncli.cli.completion import values
from nncli.cli.options import RUNS, Json, RunsDir
from nncli.cli.output_paths import find_run
from nncli.escaping import json_text

One: TypeAlias = Annotated[
    str,
    Argument(
        metavar="A",
        help="Path of a run, a part of its name (the newest that fits), or `latest`.",
        show_default=False,
        autocompletion=values.runs,
    ),
]
Other: TypeAlias = Annotated[
    str,
    Argument(metavar="B", help="The run to compare it with.", show_default=False, autocompletion=values.runs),
]


def diff(a: One, b: Other, json: Json = False, runs_dir: RunsDir = RUNS) -> None:
    """Compare two runs: the settings that differ, their figures side by side, and the epoch at which the curves part.

    \b
    Examples:
      nncli diff sine latest
      nncli diff sine-small sine-large --json | jq '.settings'
    """
    from nncli.catalog.comparison import compare
    from nncli.render.comparison import print_comparison

    found = compare(find_run(runs_dir, a), find_run(runs_dir, b))
    if json:
        print(json_text(found.as_dict(), indent=2))
    else:
        print_comparison(found, sys.stdout)
