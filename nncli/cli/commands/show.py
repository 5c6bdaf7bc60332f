"""`nncli show`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, TypeAlias

from typer import Argument

from nncli.cli.completion import values
from nncli.cli.options import RUN_HELP, RUNS, Json, RunsDir
from nncli.cli.output_paths import find_run_or_sweep
from nncli.escaping import json_text

if TYPE_CHECKING:
    from nncli.store import Run
    from nncli.sweeps.directory import SweepDirectory

GROUP = "Inspect"

RunOrSweep: TypeAlias = Annotated[
    str,
    Argument(
        metavar="RUN",
        help=RUN_HELP.replace("a run", "a run or a sweep"),
        show_default="latest",
        autocompletion=values.runs,
    ),
]


def show(run: RunOrSweep = "latest", json: Json = False, runs_dir: RunsDir = RUNS) -> None:
    """Show one run, or a sweep with its conclusion, and next steps.

    \b
    Examples:
      nncli show
      nncli show sine --json | jq -r '.status'
    """
    from nncli.sweeps.directory import SweepDirectory

    selected = find_run_or_sweep(runs_dir, run)
    if isinstance(selected, SweepDirectory):
        _show_sweep(selected, json=json)
    else:
        _show_run(selected, json=json)


def _show_sweep(sweep: SweepDirectory, *, json: bool) -> None:
    from nncli.render.sweep_details import print_sweep_details
    from nncli.sweeps.details import sweep_details

    description = sweep_details(sweep)
    if json:
        print(json_text(description, indent=2))
    else:
        print_sweep_details(description, sys.stdout)


def _show_run(run: Run, *, json: bool) -> None:
    from nncli.catalog.details import details
    from nncli.render.details import print_details
    from nncli.repetition.end_state import contradictions_at_end

    lines = [difference.line() for difference in contradictions_at_end(run)]
    description = details(run, _verdict(run)) | {"contradictions": lines}
    if json:
        print(json_text(description, indent=2))
    else:
        print_details(description, sys.stdout)


def _verdict(run: Run) -> str | None:
    """Return the verdict of a run; if it must be computed, this imports NumPy and reads the data."""
    if run.status not in ("done", "stopped", "diverged"):
        return None
    if (verdict := run.verdict()) is not None or not run.has_checkpoint("last"):
        return verdict
    from nncli.diagnosis.saved import verdict_of_run

    return verdict_of_run(run)
