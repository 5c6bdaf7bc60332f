"""`nncli report`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from nncli.cli.options import RUNS, Checkpoint, CheckpointName, Json, RunNames, RunsDir, output_option
from nncli.errors import UsageError
from nncli.escaping import json_text

if TYPE_CHECKING:
    from nncli.evaluation import Report
    from nncli.model import Model
    from nncli.render.report.sections import ReportedRun
    from nncli.store import Run


def report(
    run: RunNames = None,
    output: Annotated[
        Path | None,
        output_option("File to write.", default="RUN/report.html; for several RUNS_DIR/report-<hash>.html"),
    ] = None,
    checkpoint: Checkpoint = CheckpointName.last,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Write what was trained, how it went and how to repeat it as one HTML file; print its path.

    The file needs no network and no other file: to hand in, to print, to read on a phone.

    \b
    Examples:
      nncli report
      nncli report runs/sine/* -o sine.html
    """
    from nncli.cli.output_paths import find_runs, usual_path
    from nncli.render.figures import require_matplotlib, save
    from nncli.render.report.page import page

    if output is not None and output.suffix.lower() not in (".html", ".htm"):
        hint = f"name it {output.with_suffix('.html')}" if output.name not in ("", "-") else "name a file: report.html"
        raise UsageError("a report is written as .html", place=str(output), hint=hint)
    runs = find_runs(runs_dir, run or ["latest"])
    require_matplotlib()
    path = output or usual_path(runs, runs_dir, "report.html")
    save.write(path, page([_reported(each, checkpoint.value) for each in runs]).encode("utf-8", "backslashreplace"))
    print(json_text({"report": str(path)}) if json else path)


def _reported(run: Run, checkpoint: str) -> ReportedRun:
    """What can be had of a run: less of one that was lost, or whose data are gone."""
    from nncli import evaluation
    from nncli.catalog.record import read_record
    from nncli.errors import NncliError
    from nncli.model import Model
    from nncli.render.report.sections import ReportedRun

    record, model, measured, missing = read_record(run), None, None, ""
    try:
        model = Model(run, "best" if checkpoint == "best" else "last")
        measured = evaluation.evaluate(model)
    except NncliError as error:
        missing = error.lines()[0]
    lines = _contradictions(run, model, measured)
    for line in lines:
        print(line, file=sys.stderr)
    return ReportedRun(run, record, model, measured, missing, lines)


def _contradictions(run: Run, model: Model | None, measured: Report | None) -> list[str]:
    """Return the first numbers of a run that contradict one another or its weights, a line each."""
    from nncli.errors import NncliError
    from nncli.evaluation import as_dict, evaluate
    from nncli.render.repetition import difference_lines
    from nncli.repetition.agreement import contradictions, contradictions_with_weights

    try:
        found = contradictions(run)
        if model is not None and measured is not None and model.checkpoint == "last":
            on_training = measured if measured.on == "train" else evaluate(model, "train")
            found += contradictions_with_weights(run, as_dict(on_training))
    except NncliError:  # of rows that cannot be read: the page says so in the place of the curves
        return []
    return difference_lines(str(run.path), found)
