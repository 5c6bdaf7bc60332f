"""`nncli plot`."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

from typer import Option

from nncli.cli.completion import values
from nncli.cli.naming import find_runs, usual_path
from nncli.cli.options import RUNS, Checkpoint, CheckpointName, Json, RunNames, RunsDir, user_path
from nncli.errors import UsageError
from nncli.escaping import json_text

if TYPE_CHECKING:
    from nncli.store import Run


class What(StrEnum):
    """What is drawn."""

    curves = "curves"
    fit = "fit"
    confusion = "confusion"
    roc = "roc"
    residuals = "residuals"
    weights = "weights"
    activations = "activations"
    gradients = "gradients"
    network = "network"
    units = "units"


class On(StrEnum):
    """The data that a figure shows."""

    train = "train"
    validation = "validation"
    test = "test"


WhatOption: TypeAlias = Annotated[
    What,
    Option(
        help="curves: loss, metrics and learning rate by epoch. fit: the prediction over the data, a map of the "
        "decisions, or predicted against true values. confusion, roc, residuals: where it is mistaken. weights, "
        "activations, gradients: each layer over the epochs. network: its layers. units: what each hidden unit "
        "computes of 1 or 2 inputs."
    ),
]
OnOption: TypeAlias = Annotated[
    On | None,
    Option(
        help="Which part of the data, with --what fit, confusion, roc or residuals.",
        show_default="fit: train; else test where there is a test part",
    ),
]
BySeed: TypeAlias = Annotated[
    bool, Option("--by-seed", help="One line for runs that differ only in the seed: the median, with the range shaded.")
]
Dark: TypeAlias = Annotated[bool, Option("--dark", help="For a dark page.")]
Open: TypeAlias = Annotated[bool, Option("--open", help="Show the figure with the system's viewer too.")]
Output: TypeAlias = Annotated[
    Path | None,
    Option(
        "--output",
        "-o",
        parser=user_path,
        metavar="PATH",
        autocompletion=values.files,
        help="File to write: .png, .svg or .pdf.",
        show_default="RUN/figures/WHAT.png; for several runs RUNS_DIR/curves-<hash>.png",
    ),
]
Term: TypeAlias = Annotated[bool, Option("--term", help="Draw into the terminal instead of a file.")]


def plot(
    run: RunNames = None,
    what: WhatOption = What.curves,
    on: OnOption = None,
    by_seed: BySeed = False,
    dark: Dark = False,
    output: Output = None,
    open_: Open = False,
    checkpoint: Checkpoint = CheckpointName.last,
    term: Term = False,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Draw how runs were trained, or what a network has learned; print the path of the figure.

    \b
    Examples:
      nncli plot
      nncli plot latest --what fit --on test -o fit.pdf
      nncli plot runs/sine/* --by-seed --dark --open
      nncli plot --term --what fit
    """
    from nncli.render.figures import palette, require_matplotlib, save
    from nncli.system import show_file

    if term and (output is not None or json or open_ or dark):
        raise UsageError("--term writes no file, so --output, --json, --open and --dark do not go with it")
    if output is not None:
        save.check_extension(output)
    check_options(what, on, checkpoint, by_seed)
    runs = find_runs(runs_dir, run or ["latest"])
    if what is not What.curves and len(runs) > 1:
        hint = "name one, or leave --what out for curves"
        raise UsageError(f"--what {what} draws one run, not {len(runs)}", hint=hint)
    if term:
        _print(runs, what, on, checkpoint, by_seed)
        return
    require_matplotlib()
    path = output or usual_path(runs, runs_dir, f"figures/{what.value}.png")
    with palette.on_page(dark=dark):
        if what is What.curves:
            from nncli.render.figures import curves, series

            figure = curves.curves(series.series_of(runs, by_seed=by_seed))
        else:
            from nncli.model import Model
            from nncli.render.figures.kinds import KINDS

            figure = KINDS[what].draw(Model(runs[0], checkpoint.value), on.value if on else None)
        save.save(figure, path)
    print(json_text({"figure": str(path)}) if json else path, flush=True)
    if open_:
        show_file(path)


def _print(runs: list[Run], what: What, on: On | None, checkpoint: CheckpointName, by_seed: bool) -> None:
    """Draws into the terminal."""
    from nncli.render.terminal import require_uniplot

    if what not in (What.curves, What.fit):
        raise UsageError(f"--term draws curves and fit, and {what} needs a file")
    require_uniplot()
    from nncli.render.terminal import once

    if what is What.curves:
        from nncli.render.figures import series

        once.print_curves(series.series_of(runs, by_seed=by_seed), sys.stdout)
    else:
        from nncli.model import Model

        once.print_fit(Model(runs[0], checkpoint.value), on.value if on else "train", sys.stdout)


def check_options(what: What, on: On | None, checkpoint: CheckpointName, by_seed: bool) -> None:
    """Raises UsageError for an option that does not go with what is drawn."""
    if what is What.curves and on is None and checkpoint is CheckpointName.last:
        return
    from nncli.render.figures.kinds import KINDS

    kind = KINDS.get(what)
    if by_seed and kind:
        raise UsageError("--by-seed goes with curves, and a figure of one network has one seed")
    if on and not (kind and kind.of_part):
        those = ", ".join(name for name, each in KINDS.items() if each.of_part)
        raise UsageError(f"--on goes with --what {those}, not with {what}")
    if checkpoint is CheckpointName.best and (kind is None or kind.over_epochs):
        raise UsageError(f"--checkpoint goes with one moment of training, and {what} shows all epochs")
