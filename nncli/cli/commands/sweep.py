"""`nncli sweep`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

from typer import Argument, Option

from nncli.cli.completion import values
from nncli.cli.options import RUNS, Changes, Json, Quiet, RunsDir

GROUP = "Train"
OPTIONAL_VALUES = {"--print": ("lines", "slurm", "slurm-cluster")}  # the first one if the option has no value


class Printed(StrEnum):
    """The forms in which `--print` prints a sweep."""

    lines = "lines"
    slurm = "slurm"
    slurm_cluster = "slurm-cluster"


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
Sampler: TypeAlias = Annotated[
    str | None, Option(help="Short for sweep.sampler=NAME.", metavar="NAME", autocompletion=values.samplers)
]
Workers: TypeAlias = Annotated[int | None, Option(help="Short for sweep.workers=N.", min=1)]
Warm: TypeAlias = Annotated[bool, Option("--warm", help="Train many trials in each process: faster for tiny networks.")]
Cluster: TypeAlias = Annotated[
    str | None,
    Option(
        metavar="ADDRESS",
        help="Train on the workers of a Dask scheduler, given by its address, or local for a new one on this machine.",
        autocompletion=values.clusters,
    ),
]
SendData: TypeAlias = Annotated[
    bool, Option("--send-data", help="With --cluster: send data files to workers that lack them.")
]
Resume: TypeAlias = Annotated[
    str | None,
    Option(
        metavar="SWEEP",
        help="Continue a sweep, given by its path, part of its name, or latest.",
        autocompletion=values.sweeps,
    ),
]
Best: TypeAlias = Annotated[
    str | None,
    Option(
        metavar="SWEEP",
        help="Print the experiment of the best trial of a sweep as YAML, and stop.",
        autocompletion=values.sweeps,
    ),
]
Print: TypeAlias = Annotated[
    Printed | None,
    Option(
        "--print",
        metavar="[slurm|slurm-cluster]",
        help="Print a command for each training instead of running them, or a script for Slurm: of a job array, "
        "or of a job that starts a Dask cluster.",
    ),
]
RetryFailed: TypeAlias = Annotated[bool, Option("--retry-failed", help="With --resume: train failed trials again.")]


def sweep(
    spec: SweepSpec = None,
    changes: Changes = None,
    trials: Trials = None,
    seeds: Seeds = None,
    sampler: Sampler = None,
    workers: Workers = None,
    warm: Warm = False,
    cluster: Cluster = None,
    send_data: SendData = False,
    resume: Resume = None,
    retry_failed: RetryFailed = False,
    best: Best = None,
    print_: Print = None,
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
    """
    _prepare_imports(trains=best is None and print_ is None and cluster is None)
    from nncli.cli import run_sweep

    request = run_sweep.Request(spec, changes or [], _short(trials, seeds, sampler, workers), runs_dir)
    if best is not None:
        return run_sweep.print_best(best, request)
    if print_ is not None:
        return run_sweep.print_commands(request, print_.value)
    options = run_sweep.Options(resume, retry_failed, cluster, send_data, warm, quiet, json)
    return run_sweep.train(request, options)


def _short(trials: int | None, seeds: int | None, sampler: str | None, workers: int | None) -> dict[str, object]:
    """Return the options that are short for settings of the section `sweep`."""
    return {"trials": trials, "seeds": seeds, "sampler": sampler, "workers": workers}


def _prepare_imports(*, trains: bool) -> None:
    """Import NumPy, while the server for the processes of a sweep that `trains` here imports what they need."""
    from nncli import fork_server, start_up

    if trains:
        fork_server.start()
    start_up.import_numpy()
