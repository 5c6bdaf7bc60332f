"""`nncli resume`."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from typer import Option

from nncli.cli.options import RUNS, Changes, CheckpointName, Evaluate, Json, Quiet, RunsDir, UniqueRun, Verbose

GROUP = "Train"

Fork: TypeAlias = Annotated[
    bool,
    Option("--fork", help="Start a new run from the checkpoint, with other settings and patience counted from zero."),
]
ForkCheckpoint: TypeAlias = Annotated[
    CheckpointName | None, Option(help="With --fork: weights to start from.", show_default="last")
]


def resume(
    run: UniqueRun,
    changes: Changes = None,
    fork: Fork = False,
    checkpoint: ForkCheckpoint = None,
    evaluate: Evaluate = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> int:
    """Continue a run that was interrupted, or train it for more epochs.

    The result is the same to the last bit as if training had never stopped; changes that would break this need --fork.
    Print the path of the run.

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
        raise UsageError("--checkpoint needs --fork; without it, a run resumes from its last checkpoint")
    original = store.find_unique_run(runs_dir, run)
    blas.pin(store.threads_of(original.info()))  # before NumPy is imported; the last bits depend on it
    from nncli.cli import continue_run
    from nncli.cli.training_output import TrainingOutput

    output = TrainingOutput(quiet, verbose, json)
    if not fork:
        return continue_run.resume(original, changes or [], evaluate, output)
    return continue_run.fork(
        original, changes or [], evaluate, runs_dir, output, checkpoint.value if checkpoint else "last"
    )
