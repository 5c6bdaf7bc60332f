"""`nncli resume`."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from typer import Option

from nncli.cli.options import RUNS, Changes, CheckpointName, Evaluate, Json, OneRun, Quiet, RunsDir, Verbose

Fork: TypeAlias = Annotated[
    bool, Option("--fork", help="Start a child run from the checkpoint, with other settings and fresh patience.")
]
ForkCheckpoint: TypeAlias = Annotated[
    CheckpointName | None, Option(help="With --fork: start from this checkpoint; last by default.")
]


def resume(
    run: OneRun,
    changes: Changes = None,
    fork: Fork = False,
    checkpoint: ForkCheckpoint = None,
    evaluate: Evaluate = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> int:
    """Train a run on from where it was stopped or lost, or for more epochs; print its path.

    It ends with the same bits as if it had never stopped. What would make that untrue needs --fork.

    \b
    Examples:
      nncli resume sine/20250131-142501-9f3c
      nncli resume sine/20250131-142501-9f3c train.epochs=20001
      nncli resume sine/20250131-142501-9f3c --fork optimizer.learning_rate=0.001 train.epochs=20001
      nncli resume spiral --fork --checkpoint best train.early_stopping.patience=50
    """
    from nncli import store
    from nncli import threads as blas
    from nncli.errors import UsageError

    if checkpoint is not None and not fork:
        raise UsageError("--checkpoint goes with --fork; a run is resumed from its last checkpoint")
    found = store.find_unique_run(runs_dir, run)
    blas.pin(store.threads_of(found.info()))  # before NumPy is imported: the last bits hang on it
    from nncli.cli import continue_run
    from nncli.cli.training_output import TrainingOutput

    output = TrainingOutput(quiet, verbose, json)
    if not fork:
        return continue_run.resume(found, changes or [], evaluate, output)
    return continue_run.fork(
        found, changes or [], evaluate, runs_dir, output, checkpoint.value if checkpoint else "last"
    )
