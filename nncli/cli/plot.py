"""`nncli plot`."""

from __future__ import annotations

import hashlib
import json as json_
import sys
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


class On(StrEnum):
    """The data that a fit is shown on."""

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
        help="curves: loss and metrics by epoch. fit: for 1 input the prediction over the data, for classes of 2 "
        "inputs a map of the decisions, else predicted against true values."
    ),
]
OnOption: TypeAlias = Annotated[
    On | None, Option(help="With --what fit: which part of the data.", show_default="train")
]
Output: TypeAlias = Annotated[
    Path | None,
    Option(
        "--output",
        "-o",
        help="File to write: .png, .svg or .pdf.",
        show_default="RUN/figures/curves.png or fit.png; for several runs RUNS_DIR/curves-<hash>.png",
    ),
]
Term: TypeAlias = Annotated[bool, Option("--term", help="Draw into the terminal instead of a file.")]


@command
def plot(
    run: RunNames = None,
    what: WhatOption = What.curves,
    on: OnOption = None,
    output: Output = None,
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
      nncli plot runs/sine/*
      nncli plot --term --what fit
    """
    from nncli.render.figures import require_matplotlib, save

    if term and (output is not None or json):
        raise UsageError("--term writes no file, so --output and --json do not go with it")
    if output is not None:
        save.check_extension(output)
    if what is What.curves and (on is not None or checkpoint is CheckpointName.best):
        raise UsageError("--on and --checkpoint go with --what fit; curves show every epoch")
    runs = _find(runs_dir, run or ["latest"])
    if what is What.fit and len(runs) > 1:
        hint = "name one, or leave --what out for curves"
        raise UsageError(f"--what fit draws one run, not {len(runs)}", hint=hint)
    if term:
        return _print(runs, what, on, checkpoint)
    require_matplotlib()
    if what is What.curves:
        from nncli.render.figures import curves, series

        figure = curves.curves(series.series_of(runs))
    else:
        from nncli.api import Model
        from nncli.render.figures import fit

        figure = fit.fit(fit.fit_of(Model(runs[0], checkpoint.value), on.value if on else "train"))
    path = output or _usual_path(runs, what, runs_dir)
    save.save(figure, path)
    print(json_.dumps({"figure": str(path)}) if json else path)
    return None


def _print(runs: list[Run], what: What, on: On | None, checkpoint: CheckpointName) -> None:
    """Draws into the terminal."""
    from nncli.render.terminal import require_uniplot

    require_uniplot()
    from nncli.render.terminal import once

    if what is What.curves:
        from nncli.render.figures import series

        once.print_curves(series.series_of(runs), sys.stdout)
    else:
        from nncli.api import Model

        once.print_fit(Model(runs[0], checkpoint.value), on.value if on else "train", sys.stdout)


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
