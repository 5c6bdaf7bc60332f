"""`nncli sweep`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

from typer import Argument, Option

from nncli.cli.completion import values
from nncli.cli.options import RUNS, Changes, Json, Quiet, RunsDir

GROUP = "Train"

SweepSpec: TypeAlias = Annotated[
    Path | None,
    Argument(
        metavar="SPEC",
        help="Experiment file, with a section `sweep` or with choices after it.",
        allow_dash=True,
        show_default=False,
        autocompletion=values.specs,
    ),
]
Trials: TypeAlias = Annotated[int | None, Option(help="Short for sweep.trials=N.", min=1)]
Seeds: TypeAlias = Annotated[int | None, Option(help="Short for sweep.seeds=N.", min=1)]
Sampler: TypeAlias = Annotated[str | None, Option(help="Short for sweep.sampler=NAME.", metavar="NAME")]
Pruner: TypeAlias = Annotated[str | None, Option(help="Short for sweep.pruner=NAME.", metavar="NAME")]
Workers: TypeAlias = Annotated[int | None, Option(help="Short for sweep.workers=N.", min=1)]
Timeout: TypeAlias = Annotated[float | None, Option(help="Short for sweep.timeout=SECONDS.", metavar="SECONDS")]
Warm: TypeAlias = Annotated[bool, Option("--warm", help="Train many trials in each process: faster for tiny networks.")]
Resume: TypeAlias = Annotated[
    str | None, Option(metavar="SWEEP", help="Continue a sweep, given by its path, part of its name, or latest.")
]
Best: TypeAlias = Annotated[
    str | None, Option(metavar="SWEEP", help="Print the experiment of the best trial of a sweep as YAML, and stop.")
]
RetryFailed: TypeAlias = Annotated[bool, Option("--retry-failed", help="With --resume: train failed trials again.")]


def sweep(
    spec: SweepSpec = None,
    changes: Changes = None,
    trials: Trials = None,
    seeds: Seeds = None,
    sampler: Sampler = None,
    pruner: Pruner = None,
    workers: Workers = None,
    timeout: Timeout = None,
    warm: Warm = False,
    resume: Resume = None,
    retry_failed: RetryFailed = False,
    best: Best = None,
    quiet: Quiet = False,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> int:
    """Train an experiment with many settings and say what they show.

    Print the path of the new sweep.

    \b
    Examples:
      nncli sweep configs/sine.yaml init.scale=0.01,0.1
      nncli sweep configs/sine.yaml 'optimizer.learning_rate={log_uniform: [1e-4, 1e-1]}' --trials 20
      nncli sweep --resume latest --trials 40
      nncli sweep --best latest > best.yaml
    """
    import sys

    from nncli import start_up, threads
    from nncli.errors import ExitCode, UsageError

    threads.pin(None)
    start_up.import_numpy()
    from nncli.cli.run_sweep import run_sweep
    from nncli.render.sweep_progress import SweepProgress
    from nncli.sweeps.directory import find_sweep
    from nncli.sweeps.session import Session, read_tree, saved_tree

    if best is not None:
        from nncli.sweeps.best_spec import best_spec

        print(best_spec(find_sweep(runs_dir, best)), end="")
        return ExitCode.DONE
    given = {
        "trials": trials,
        "seeds": seeds,
        "sampler": sampler,
        "pruner": pruner,
        "workers": workers,
        "timeout": timeout,
    }
    options = {f"--{name} {value}": f"sweep.{name}={value}" for name, value in given.items() if value is not None}
    arguments = list(changes or [])
    if resume is not None:
        arguments = [*([str(spec)] if spec is not None else []), *arguments]
        directory = find_sweep(runs_dir, resume)
        session = Session.reopen(directory, saved_tree(directory, arguments, options), sys.argv)
    elif spec is None:
        raise UsageError("needs an experiment file, or --resume", place="nncli sweep")
    else:
        session = Session.new(read_tree(spec, arguments, options), runs_dir, sys.argv)
    return run_sweep(session, SweepProgress(quiet=quiet, json=json), warm=warm, retry_failed=retry_failed, quiet=quiet)
