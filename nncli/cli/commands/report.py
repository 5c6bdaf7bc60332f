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

GROUP = "Inspect"


def report(
    run: RunNames = None,
    output: Annotated[
        Path | None,
        output_option(
            "File to write, ending in .html.", default="RUN/report.html; RUNS_DIR/report-<hash>.html for several runs"
        ),
    ] = None,
    checkpoint: Checkpoint = CheckpointName.last,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Write an HTML report of one or more runs, or of a sweep.

    The report shows settings, figures, metrics and the commands to repeat each run, in a single file that needs no
    network. That of a sweep shows its conclusion, its best trials and its figures. Print its path.

    \b
    Examples:
      nncli report
      nncli report runs/sine/* -o sine.html
      nncli report runs/sine/sweep-*
    """
    from nncli.cli.output_paths import default_path, find_runs_or_sweep
    from nncli.render.figures import require_matplotlib, save
    from nncli.render.report.page import page
    from nncli.render.report.sweep import sweep_page

    if output is not None and output.suffix.lower() not in (".html", ".htm"):
        hint = f"name it {output.with_suffix('.html')}" if output.name not in ("", "-") else "name a file: report.html"
        raise UsageError("a report must end in .html", place=str(output), hint=hint)
    runs, sweep = find_runs_or_sweep(runs_dir, run or ["latest"])
    if sweep is not None and checkpoint is CheckpointName.best:
        raise UsageError("--checkpoint cannot be combined with a sweep", place=sweep.name)
    require_matplotlib()
    path = output or default_path(runs if sweep is None else [sweep], runs_dir, "report.html")
    html = page([_contents_of(each, checkpoint.value) for each in runs]) if sweep is None else sweep_page(sweep)
    save.write(path, html.encode("utf-8", "backslashreplace"))
    print(json_text({"report": str(path)}) if json else path)


def _contents_of(run: Run, checkpoint: str) -> ReportedRun:
    """Return what the report can show of a run: less if the run has no checkpoint or its data cannot be read."""
    from nncli import evaluation
    from nncli.catalog.record import read_record
    from nncli.diagnosis.saved import verdict_of_run
    from nncli.errors import NncliError
    from nncli.model import Model
    from nncli.render.report.sections import ReportedRun

    record, model, evaluated, missing = read_record(run), None, None, ""
    try:
        model = Model(run, "best" if checkpoint == "best" else "last")
        evaluated = evaluation.evaluate(model)
    except NncliError as error:
        missing = error.lines()[0]
    lines = _contradictions(run, model, evaluated)
    for line in lines:
        print(line, file=sys.stderr)
    return ReportedRun(run, record, model, evaluated, missing, lines, verdict_of_run(run, model))


def _contradictions(run: Run, model: Model | None, evaluated: Report | None) -> list[str]:
    """Return a line for each of the first numbers of a run that contradict one another or its weights."""
    from nncli.errors import NncliError
    from nncli.evaluation import as_dict, evaluate
    from nncli.render.repetition import difference_lines
    from nncli.repetition.contradictions import contradictions, contradictions_with_weights

    try:
        differences = contradictions(run)
        if model is not None and evaluated is not None and model.checkpoint == "last":
            on_training = evaluated if evaluated.on == "train" else evaluate(model, "train")
            differences += contradictions_with_weights(run, as_dict(on_training))
    except NncliError:  # unreadable metrics; the page says so in place of the curves
        return []
    return difference_lines(str(run.path), differences)
