"""`nncli runs`."""

from __future__ import annotations

import sys
from typing import Annotated, TypeAlias

from typer import Option

from nncli.cli.completion import run_keys
from nncli.cli.options import RUNS, Json, RunsDir

Filter: TypeAlias = Annotated[
    str | None,
    Option(
        "--filter",
        metavar="TEXT",
        help="Only these: 'loss<0.01 and optimizer.type=adam'.",
        autocompletion=run_keys.filter_keys,
    ),
]
Sort: TypeAlias = Annotated[
    str | None,
    Option(
        "--sort",
        metavar="KEY",
        help="In the order of a figure, field or setting; -KEY: greatest first.",
        autocompletion=run_keys.sort_keys,
    ),
]
Columns: TypeAlias = Annotated[
    str | None,
    Option(
        "--columns",
        metavar="KEY,KEY",
        help="These columns: run,loss,optimizer.type.",
        autocompletion=run_keys.column_keys,
    ),
]
BySeed: TypeAlias = Annotated[
    bool, Option("--by-seed", help="One line for runs that differ only in the seed: median and range.")
]
Csv: TypeAlias = Annotated[bool, Option("--csv", help="Print the table as CSV, with all digits.")]


def runs(
    filter: Filter = None,
    sort: Sort = None,
    columns: Columns = None,
    by_seed: BySeed = False,
    json: Json = False,
    csv: Csv = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """List the runs there are, newest first: how each went, and the settings in which they differ.

    \b
    Examples:
      nncli runs
      nncli runs --filter 'loss<0.01 and (optimizer.type=adam or seed!=0)' --sort -r2
      nncli runs --filter status=done --sort loss --json | jq -r '.[0].run'
    """
    from nncli import store
    from nncli.catalog.listing import ListingOptions, listing
    from nncli.catalog.record import read_records
    from nncli.errors import UsageError
    from nncli.escaping import json_text, printable
    from nncli.render import runs as table

    if json and csv:
        raise UsageError("--json and --csv are two forms of one result: say one of them")
    records, errors = read_records(store.list_runs(runs_dir))
    for error in errors:
        print(printable(error.lines()[0]), file=sys.stderr)
    found = listing(records, ListingOptions(filter, sort, columns, by_seed))
    if json:
        print(json_text(found.rows() if columns else [line.as_dict() for line in found.lines], indent=2))
        return
    if csv:
        table.print_csv(found, sys.stdout)
    elif found.lines:
        table.print_runs(found, sys.stdout)
    for note in table.notes(records, found, runs_dir):
        print(note, file=sys.stderr)
