"""`nncli runs`."""

from __future__ import annotations

import sys
from typing import Annotated, TypeAlias

from typer import Option

from nncli.cli.completion import run_keys
from nncli.cli.options import RUNS, Json, RunsDir

GROUP = "Inspect"

Filter: TypeAlias = Annotated[
    str | None,
    Option(
        "--filter",
        metavar="TEXT",
        help="List only matching runs, as in 'loss<0.01 and optimizer.type=adam'.",
        autocompletion=run_keys.filter_keys,
    ),
]
Sort: TypeAlias = Annotated[
    str | None,
    Option(
        "--sort",
        metavar="KEY",
        help="Sort by a metric, field or setting; -KEY sorts in descending order.",
        autocompletion=run_keys.sort_keys,
    ),
]
Columns: TypeAlias = Annotated[
    str | None,
    Option(
        "--columns",
        metavar="KEY,KEY",
        help="Columns to print, as in run,loss,optimizer.type.",
        autocompletion=run_keys.column_keys,
    ),
]
BySeed: TypeAlias = Annotated[
    bool,
    Option("--by-seed", help="Print runs that differ only in the seed as one line: the median, with the range."),
]
Unfold: TypeAlias = Annotated[bool, Option("--unfold", help="List the runs of each sweep instead of one line for it.")]
Csv: TypeAlias = Annotated[bool, Option("--csv", help="Print the result as CSV, with all digits.")]


def runs(
    filter: Filter = None,
    sort: Sort = None,
    columns: Columns = None,
    by_seed: BySeed = False,
    unfold: Unfold = False,
    json: Json = False,
    csv: Csv = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """List runs and sweeps with results and differing settings.

    \b
    Examples:
      nncli runs
      nncli runs --filter 'loss<0.01 and (optimizer.type=adam or seed!=0)' --sort -r2
      nncli runs --unfold --by-seed
      nncli runs --filter status=done --sort loss --json | jq -r '.[0].run'
    """
    from nncli.catalog.listing import ListingOptions, listing
    from nncli.catalog.record import read_listed
    from nncli.errors import UsageError
    from nncli.escaping import json_text, printable
    from nncli.render import runs as renderer

    if json and csv:
        raise UsageError("--json and --csv cannot be combined")
    records, errors = read_listed(runs_dir, unfold=unfold)
    for error in errors:
        print(printable(error.lines()[0]), file=sys.stderr)
    table = listing(records, ListingOptions(filter, sort, columns, by_seed))
    if json:
        print(json_text(table.rows() if columns else [line.as_dict() for line in table.lines], indent=2))
        return
    if csv:
        renderer.print_csv(table, sys.stdout)
    elif table.lines:
        renderer.print_runs(table, sys.stdout)
    for note in renderer.notes(records, table, runs_dir):
        print(note, file=sys.stderr)
