"""`nncli repeat`."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from nncli.cli.completion import values
from nncli.cli.options import RUNS, Json, Quiet, RunName, RunsDir, Verbose
from nncli.cli.output_paths import find_run
from nncli.user_paths import expand


def repeat(
    run: RunName = "latest",
    data: Annotated[
        str | None,
        Option(
            parser=expand,
            metavar="FILE",
            help="Read the training data from here; the content must be the same.",
            autocompletion=values.files,
        ),
    ] = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> int:
    """Train a run again as a new run, compare every number of the two, and print the path of the new one.

    It exits with 4 if a number differs, and names its file and key. With another BLAS, processor or NumPy than the run
    was trained with, it excuses what rounding explains, and trains five times more if that has to be measured.

    \b
    Examples:
      nncli repeat
      nncli repeat sine/20250131-142501-9f3c
      nncli repeat houses --data moved/houses.csv
    """
    from nncli import store
    from nncli import threads as blas

    found = find_run(runs_dir, run, quiet=quiet)
    blas.pin(store.threads_of(found.info()))  # before NumPy is imported: the last bits hang on it
    from nncli.cli import continue_run
    from nncli.cli.training_output import TrainingOutput

    return continue_run.repeat(found, runs_dir, TrainingOutput(quiet, verbose, json), data)
