"""`nncli diff`."""

from __future__ import annotations

import sys
from typing import Annotated, TypeAlias

from typer import Argument

from nncli.cli.completion import values
from nncli.cli.options import RUN_HELP, RUNS, Json, RunsDir
from nncli.cli.output_paths import find_run
from nncli.escaping import json_text

GROUP = "Inspect"

FirstRun: TypeAlias = Annotated[
    str,
    Argument(
        metavar="A",
        help=RUN_HELP,
        show_default=False,
        autocompletion=values.runs,
    ),
]
SecondRun: TypeAlias = Annotated[
    str,
    Argument(metavar="B", help="Run to compare it with.", show_default=False, autocompletion=values.runs),
]


def diff(a: FirstRun, b: SecondRun, json: Json = False, runs_dir: RunsDir = RUNS) -> None:
    """Compare two runs: settings, metrics and curves.

    Print the settings that differ, the metrics side by side, and the first epoch at which the curves differ.

    \b
    Examples:
      nncli diff sine latest
      nncli diff sine-small sine-large --json | jq '.settings'
    """
    from nncli.catalog.comparison import compare
    from nncli.render.comparison import print_comparison

    comparison = compare(find_run(runs_dir, a), find_run(runs_dir, b))
    if json:
        print(json_text(comparison.as_dict(), indent=2))
    else:
        print_comparison(comparison, sys.stdout)
