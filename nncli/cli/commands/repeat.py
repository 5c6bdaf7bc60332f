"""`nncli repeat`."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from nncli.cli.completion import values
from nncli.cli.options import RUNS, Json, Quiet, RunName, RunsDir, Verbose
from nncli.cli.output_paths import find_run
from nncli.user_paths import expand

GROUP = "Train"


def repeat(
    run: RunName = "latest",
    data: Annotated[
        str | None,
        Option(
            parser=expand,
            metavar="FILE",
            help="Read the training data from this file, whose content must be the same.",
            autocompletion=values.files,
        ),
    ] = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> int:
    """Train a run again as a new run and compare all numbers.

    Print the path of the new run. If a number differs, name its file and key and exit with 4. If BLAS, processor or
    NumPy differ from those of the run, tolerate differences that rounding explains; to measure rounding, train
    up to five times more.

    \b
    Examples:
      nncli repeat
      nncli repeat sine/20250131-142501-9f3c
      nncli repeat houses --data moved/houses.csv
    """
    from nncli import store
    from nncli import threads as blas

    original = find_run(runs_dir, run, quiet=quiet)
    blas.pin(store.threads_of(original.info()))  # before NumPy is imported; the last bits depend on it
    from nncli.cli import continue_run
    from nncli.cli.training_output import TrainingOutput

    return continue_run.repeat(original, runs_dir, TrainingOutput(quiet, verbose, json), data)
