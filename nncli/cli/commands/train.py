"""`nncli train`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, TypeAlias

from typer import Option

from nncli.cli.options import RUNS, Changes, Evaluate, Json, Quiet, RunsDir, Spec, Verbose

GROUP = "Train"


class Style(StrEnum):
    """The style in which epochs are printed."""

    plain = "plain"
    book = "book"


Epochs: TypeAlias = Annotated[int | None, Option(help="Short for train.epochs=N.", min=1)]
Seed: TypeAlias = Annotated[int | None, Option(help="Short for seed=N.", min=0)]
Name: TypeAlias = Annotated[str | None, Option(help="Short for name=TEXT.")]
Seeds: TypeAlias = Annotated[int | None, Option(help="Train with this many seeds, each in its own process.", min=1)]
Jobs: TypeAlias = Annotated[
    int | None,
    Option(help="With --seeds: number of processes at a time.", show_default="number of processors", min=1),
]
StyleOption: TypeAlias = Annotated[
    Style | None, Option(help="plain: about ten lines; book: the output printed in the book.")
]
Plot: TypeAlias = Annotated[bool, Option("--plot", help="Draw the loss and the fit in the terminal during training.")]
Threads: TypeAlias = Annotated[
    int | None, Option(help="Threads for matrix products; always 1 in book precision.", min=1)
]
NoProbes: TypeAlias = Annotated[bool, Option("--no-probes", help="Do not measure the layers during training.")]


def train(
    spec: Spec,
    changes: Changes = None,
    epochs: Epochs = None,
    seed: Seed = None,
    name: Name = None,
    seeds: Seeds = None,
    jobs: Jobs = None,
    evaluate: Evaluate = False,
    style: StyleOption = None,
    plot: Plot = False,
    threads: Threads = None,
    no_probes: NoProbes = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> int:
    """Train a network as described in an experiment file.

    Print the path of the new run.

    \b
    Examples:
      nncli train configs/sine.yaml --plot
      nncli train configs/sine.yaml init.scale=0.01 optimizer.learning_rate=0.05
      run=$(nncli train configs/sine.yaml -q) && nncli eval "$run"
    """
    from nncli import config

    _check_combination(seeds, jobs, evaluate, style, plot)
    tree = config.read(spec, config.with_options(changes or [], _overrides(epochs, seed, name)))
    _pin_threads(1 if config.uses_book_precision(tree) else threads)
    from nncli.cli.train_experiment import train_one, train_seeds
    from nncli.cli.training_output import TrainingOutput

    output = TrainingOutput(quiet, verbose, json, style.value if style else None, plot)
    if seeds is not None:
        return train_seeds(config.check(tree), seeds, jobs, runs_dir, output, probes=not no_probes)
    return train_one(config.check_fields(tree), evaluate, runs_dir, output, probes=not no_probes)


def _check_combination(seeds: int | None, jobs: int | None, evaluate: bool, style: Style | None, plot: bool) -> None:
    """Raise UsageError for options that cannot be combined."""
    from nncli.errors import UsageError

    if seeds is not None and (evaluate or style):
        raise UsageError("--seeds cannot be combined with --eval or --style")
    if plot and (seeds is not None or style):
        raise UsageError("--plot cannot be combined with --seeds or --style")
    if jobs is not None and seeds is None:
        raise UsageError("--jobs needs --seeds")


def _pin_threads(number: int | None) -> None:
    """Set the number of threads of matrix products and import NumPy, whose BLAS reads the number at import."""
    from nncli import start_up, threads

    threads.pin(number)
    start_up.import_numpy()


def _overrides(epochs: int | None, seed: int | None, name: str | None) -> dict[str, str]:
    """Return the override of each given short option, by the text of the option."""
    from json import dumps

    short = (("epochs", "train.epochs", epochs), ("seed", "seed", seed), ("name", "name", name))
    return {f"--{key} {value}": f"{path}={dumps(value)}" for key, path, value in short if value is not None}
