"""`nncli train`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from typer import Option

from nncli.cli.options import RUNS, Changes, Evaluate, Json, Quiet, RunsDir, Spec, Verbose


class Style(StrEnum):
    """How the epochs are told."""

    plain = "plain"
    book = "book"


def train(
    spec: Spec,
    changes: Changes = None,
    epochs: Annotated[int | None, Option(help="Short for train.epochs=N.", min=1)] = None,
    seed: Annotated[int | None, Option(help="Short for seed=N.", min=0)] = None,
    name: Annotated[str | None, Option(help="Short for name=TEXT.")] = None,
    seeds: Annotated[int | None, Option(help="Train this many seeds, each in a process of its own.", min=1)] = None,
    jobs: Annotated[int | None, Option(help="With --seeds: how many at once; one a core by default.", min=1)] = None,
    evaluate: Evaluate = False,
    style: Annotated[Style | None, Option(help="plain: ten lines; book: the lines that the book prints.")] = None,
    plot: Annotated[bool, Option("--plot", help="On a terminal, draw the loss and the fit while it trains.")] = False,
    threads: Annotated[int | None, Option(help="Threads of the matrix products; book precision has 1.", min=1)] = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> int:
    """Train the network that SPEC describes; print the path of the run.

    \b
    Examples:
      nncli train configs/sine.yaml
      nncli train configs/sine.yaml --plot
      nncli train configs/sine.yaml init.scale=0.01 optimizer.learning_rate=0.05
      run=$(nncli train configs/sine.yaml -q) && nncli eval "$run"
    """
    from nncli import config, start_up
    from nncli.threads import pin

    _refuse_together(seeds, jobs, evaluate, style, plot)
    tree = config.read(spec, config.with_options(changes or [], _overrides(epochs, seed, name)))
    pin(1 if config.uses_book_precision(tree) else threads)
    start_up.import_numpy()  # only now: BLAS reads its number of threads when NumPy is imported
    from nncli.cli.train_experiment import train_one, train_seeds
    from nncli.cli.training_output import TrainingOutput

    output = TrainingOutput(quiet, verbose, json, style.value if style else None, plot)
    if seeds is not None:
        return train_seeds(config.check(tree), seeds, jobs, runs_dir, output)
    return train_one(config.check(tree), evaluate, runs_dir, output)


def _refuse_together(seeds: int | None, jobs: int | None, evaluate: bool, style: Style | None, plot: bool) -> None:
    """Raise UsageError for options that do not go together."""
    from nncli.errors import UsageError

    if seeds is not None and (evaluate or style):
        raise UsageError("--eval and --style are for one training, and --seeds makes many")
    if plot and (seeds is not None or style):
        raise UsageError("--plot goes with the live display of one training, not with --seeds or --style")
    if jobs is not None and seeds is None:
        raise UsageError("--jobs goes with --seeds")


def _overrides(epochs: int | None, seed: int | None, name: str | None) -> dict[str, str]:
    """Return the override that each given option is short for, by the option as it was given."""
    from json import dumps

    short = (("epochs", "train.epochs", epochs), ("seed", "seed", seed), ("name", "name", name))
    return {f"--{key} {value}": f"{path}={dumps(value)}" for key, path, value in short if value is not None}
