"""`nncli plot`."""

from __future__ import annotations

import json as json_
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

from typer import Option

from nncli.cli.app import command
from nncli.cli.naming import find_runs, usual_path
from nncli.cli.options import RUNS, Checkpoint, CheckpointName, Json, RunNames, RunsDir
from nncli.errors import UsageError


class What(StrEnum):
    """What is drawn."""

    curves = "curves"
    fit = "fit"


class On(StrEnum):
    """The data that a fit is shown on."""

    train = "train"
    validation = "validation"
    test = "test"


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


@command
def plot(
    run: RunNames = None,
    what: WhatOption = What.curves,
    on: OnOption = None,
    output: Output = None,
    checkpoint: Checkpoint = CheckpointName.last,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Draw how runs were trained, or what a network has learned; print the path of the figure.

    \b
    Examples:
      nncli plot
      nncli plot latest --what fit --on test -o fit.pdf
      nncli plot runs/sine/*
    """
    from nncli.render.figures import require_matplotlib, save

    if output is not None:
        save.check_extension(output)
    if what is What.curves and (on is not None or checkpoint is CheckpointName.best):
        raise UsageError("--on and --checkpoint go with --what fit; curves show every epoch")
    runs = find_runs(runs_dir, run or ["latest"])
    if what is What.fit and len(runs) > 1:
        hint = "name one, or leave --what out for curves"
        raise UsageError(f"--what fit draws one run, not {len(runs)}", hint=hint)
    require_matplotlib()
    if what is What.curves:
        from nncli.render.figures import curves, series

        figure = curves.curves(series.series_of(runs))
    else:
        from nncli.api import Model
        from nncli.render.figures import fit

        figure = fit.fit(fit.fit_of(Model(runs[0], checkpoint.value), on.value if on else "train"))
    path = output or usual_path(runs, runs_dir, f"figures/{what.value}.png")
    save.save(figure, path)
    print(json_.dumps({"figure": str(path)}) if json else path)
