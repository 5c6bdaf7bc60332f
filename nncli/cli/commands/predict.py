"""`nncli predict`."""

from __future__ import annotations

import io
import sys
from typing import Annotated

from typer import Option

from nncli.cli.completion import values
from nncli.cli.options import RUNS, Checkpoint, CheckpointName, Json, NoHeader, RunName, RunsDir
from nncli.cli.output_paths import find_run
from nncli.user_paths import expand


def predict(
    data: Annotated[
        str,
        Option(
            "--data",
            parser=expand,
            metavar="FILE|-",
            help="CSV or JSON lines; - is standard input.",
            autocompletion=values.files,
        ),
    ],
    run: RunName = "latest",
    no_header: NoHeader = False,
    checkpoint: Checkpoint = CheckpointName.last,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Predict for every row of a table; print the rows with the predictions added.

    Of CSV comes CSV, always with a header, of JSON lines come JSON lines; --json makes them of CSV too. Each row is
    answered as soon as it arrives. Columns are matched by the names in the header, if need be without regard to case;
    with --no-header by position. Added are predicted_NAME for a value, or predicted_class and probability_CLASS for
    each class; of a single output, probability_CLASS of the second class alone.

    \b
    Examples:
      nncli predict --data points.csv > predicted.csv
      seq 0 0.1 1 | nncli predict sine --data - --no-header --json
    """
    from nncli.escaping import without_controls
    from nncli.evaluation.predictions import predictions
    from nncli.model import Model

    model = Model(find_run(runs_dir, run), checkpoint.value)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    on_terminal = sys.stdout.isatty()  # elsewhere the table goes on as it came
    for text in predictions(model, data, json, lambda note: print(note, file=sys.stderr), no_header=no_header):
        sys.stdout.write(without_controls(text) if on_terminal else text)
        sys.stdout.flush()
