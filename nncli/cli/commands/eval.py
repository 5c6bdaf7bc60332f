"""`nncli eval`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, TypeAlias

from typer import Option

from nncli.cli.completion import values
from nncli.cli.options import RUNS, Checkpoint, CheckpointName, Json, NoHeader, PartOfData, RunName, RunsDir
from nncli.cli.output_paths import find_run
from nncli.user_paths import expand

if TYPE_CHECKING:
    from nncli.evaluation import Report
    from nncli.store import Run

GROUP = "Inspect"

On: TypeAlias = Annotated[
    PartOfData | None,
    Option(help="Part of the data to evaluate on.", show_default="test if the experiment has a test part, else train"),
]
Data: TypeAlias = Annotated[
    str | None,
    Option(
        parser=expand,
        metavar="FILE|-",
        help="File to evaluate on instead, CSV or JSON lines; - is standard input.",
        autocompletion=values.files,
    ),
]
FailUnder: TypeAlias = Annotated[
    list[str] | None,
    Option(
        metavar="METRIC=NUMBER", help="Exit with 4 if the metric is below the number.", autocompletion=values.metrics
    ),
]
FailOver: TypeAlias = Annotated[
    list[str] | None,
    Option(
        metavar="METRIC=NUMBER", help="Exit with 4 if the metric is above the number.", autocompletion=values.metrics
    ),
]


def eval_(
    run: RunName = "latest",
    on: On = None,
    data: Data = None,
    no_header: NoHeader = False,
    checkpoint: Checkpoint = CheckpointName.last,
    fail_under: FailUnder = None,
    fail_over: FailOver = None,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> int:
    """Evaluate a run on its data or on a table.

    Print the metrics, those of a baseline that ignores the inputs, and the results by class; save them as eval.json.
    Also print the verdict on the run.

    \b
    Examples:
      nncli eval
      nncli eval spiral --on test --fail-under accuracy=0.9 --fail-over loss=0.3
      nncli eval --data houses.csv --json | jq .metrics.r2
    """
    from nncli import evaluation
    from nncli.diagnosis.saved import verdict_of_run
    from nncli.errors import ExitCode
    from nncli.model import Model

    model = Model(find_run(runs_dir, run), checkpoint.value)
    report = evaluation.evaluate(
        model, on.value if on else None, data, no_header=no_header, on_note=lambda note: print(note, file=sys.stderr)
    )
    failures = evaluation.failed_thresholds(report, fail_under or [], fail_over or [])
    _save(model.run, report)
    _print(report, verdict_of_run(model.run, model), json=json)
    for failure in failures:
        print(failure, file=sys.stderr)
    return ExitCode.CHECK_FAILED if failures else ExitCode.DONE


def _print(report: Report, verdict: str | None, *, json: bool) -> None:
    """Print the report and the verdict of the run."""
    from nncli import evaluation
    from nncli.escaping import json_text
    from nncli.render.console import verdict_text
    from nncli.render.evaluation import print_report

    if json:
        print(json_text(evaluation.as_dict(report) | {"verdict": verdict}, indent=2))
        return
    print_report(report, sys.stdout)
    if verdict is not None:
        print(f"\nverdict of the run: {verdict_text(verdict)}")


def _save(run: Run, report: Report) -> None:
    """Write eval.json. If it cannot be written, as in a read-only run, print the error and continue."""
    from nncli import evaluation
    from nncli.errors import NncliError
    from nncli.escaping import printable

    try:
        evaluation.save(run, report)
    except NncliError as error:
        print(printable(error.lines()[0]), file=sys.stderr)
