"""`nncli plot`."""

from __future__ import annotations

import hashlib
import json as json_
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

from typer import Argument, Option

from nncli.cli.app import command
from nncli.cli.options import RUNS, Checkpoint, CheckpointName, Json, RunsDir
from nncli.errors import UsageError

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


RunNames: TypeAlias = Annotated[
    list[str] | None,
    Argument(
        metavar="RUN",
        help="Path of a run, a unique part of its name, or `latest`; several are drawn over one another.",
        show_default="latest",
    ),
]
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
        help="File to write: .png, .svg or .pdf.",
        show_default="RUN/figures/WHAT.png; for several runs RUNS_DIR/curves-<hash>.png",
    ),
]


@command
def plot(
    run: RunNames = None,
    what: WhatOption = What.curves,
    on: OnOption = None,
    by_seed: BySeed = False,
    dark: Dark = False,
    output: Output = None,
    open_: Open = False,
    checkpoint: Checkpoint = CheckpointName.last,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Draw how runs were trained, or what a network has learned; print the path of the figure.

    \b
    Examples:
      nncli plot
      nncli plot latest --what fit --on test -o fit.pdf
      nncli plot runs/sine/* --by-seed --dark --open
    """
    from nncli.render.figures import palette, require_matplotlib, save
    from nncli.system import show_file

    if output is not None:
        save.check_extension(output)
    check_options(what, on, checkpoint, by_seed)
    runs = _find(runs_dir, run or ["latest"])
    if what is not What.curves and len(runs) > 1:
        hint = "name one, or leave --what out for curves"
        raise UsageError(f"--what {what} draws one run, not {len(runs)}", hint=hint)
    require_matplotlib()
    path = output or _usual_path(runs, what, runs_dir)
    with palette.on_page(dark=dark):
        if what is What.curves:
            from nncli.render.figures import curves, series

            figure = curves.curves(series.series_of(runs, by_seed=by_seed))
        else:
            from nncli.api import Model
            from nncli.render.figures.kinds import KINDS

            figure = KINDS[what].draw(Model(runs[0], checkpoint.value), on.value if on else None)
        save.save(figure, path)
    print(json_.dumps({"figure": str(path)}) if json else path, flush=True)
    if open_:
        show_file(path)


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


def _find(runs_dir: Path, references: list[str]) -> list[Run]:
    """The runs, each once however often it is named."""
    from nncli.store import find_run

    found = [find_run(runs_dir, reference) for reference in references]
    return list({run.path.resolve(): run for run in found}.values())


def _usual_path(runs: list[Run], what: What, runs_dir: Path) -> Path:
    """In the run's directory; for several runs beside them all, with a name that is theirs together."""
    if len(runs) == 1:
        return runs[0].path / "figures" / f"{what.value}.png"
    names = "\n".join(run.name for run in runs)
    return runs_dir / f"{what.value}-{hashlib.sha256(names.encode()).hexdigest()[:8]}.png"
