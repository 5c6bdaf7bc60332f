"""`nncli predict`."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Annotated

from typer import Option

from nncli.cli.completion import values
from nncli.cli.options import RUNS, Checkpoint, CheckpointName, Json, NoHeader, RunName, RunsDir
from nncli.cli.output_paths import find_run
from nncli.user_paths import expand

GROUP = "Inspect"


def predict(
    data: Annotated[
        str,
        Option(
            "--data",
            parser=expand,
            metavar="FILE|-",
            help="CSV or JSON lines to predict for; - is standard input.",
            autocompletion=values.files,
        ),
    ],
    run: RunName = "latest",
    no_header: NoHeader = False,
    checkpoint: Checkpoint = CheckpointName.last,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Add predictions to the rows of a table.

    Print each row with its predictions as soon as it arrives: predicted_NAME for a number, or predicted_class and
    probability_CLASS for each class (with a single output, only for the second class). The output has the format of
    the input, CSV with a header or JSON lines; with --json, always JSON lines. Columns are matched by name, ignoring
    case if necessary, or with --no-header by position.

    \b
    Examples:
      nncli predict --data points.csv > predicted.csv
      seq 0 0.1 1 | nncli predict sine --data - --no-header --json
    """
    from nncli.evaluation.predictions import predictions
    from nncli.model import Model

    model = Model(find_run(runs_dir, run), checkpoint.value)
    _write(predictions(model, data, json, _print_note, no_header=no_header))


def _write(texts: Iterator[str]) -> None:
    from nncli import reading
    from nncli.escaping import without_controls
    from nncli.system import is_file

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    on_terminal = sys.stdout.isatty()  # files and pipes get the table unaltered
    # A terminal, or a program such as less, shows the rows as they are written.
    with nullcontext() if is_file(sys.stdout) else reading.listening(None):
        for text in texts:
            sys.stdout.write(without_controls(text) if on_terminal else text)
            sys.stdout.flush()


def _print_note(note: str) -> None:
    from nncli import reading

    reading.end()
    print(note, file=sys.stderr)
