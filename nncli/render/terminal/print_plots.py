"""Print the plots of trained runs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Literal, TextIO

from nncli.data.data import PartName
from nncli.errors import UsageError
from nncli.model import Model
from nncli.render.figures.series import Series
from nncli.render.terminal.canvas import capabilities_of
from nncli.render.terminal.curve import Line, legend, loss_panel
from nncli.render.terminal.fit import Fit, fit_panel

WIDTH, HEIGHT = 80, 20  # columns if the output is not a terminal, and rows
RESERVED = 4  # rows of a terminal for the prompt and the command


def print_curves(runs: Sequence[Series], file: TextIO) -> None:
    """Print the training and validation loss of one run, or the training losses of several."""
    if len(runs) == 1:
        (run,) = runs
        columns = {"training": "loss", "validation": "val_loss"}
        lines = [
            Line(name, run.epochs, run.columns[column], *run.divergence(column))
            for name, column in columns.items()
            if column in run.columns
        ]
    else:
        lines = [Line("", run.epochs, run.columns["loss"], run.divergence("loss")[0]) for run in runs]
    last = max(run.last for run in runs)
    terminal = capabilities_of(file)
    below = legend([run.full_label for run in runs], terminal) if len(runs) > 1 else []
    seeds = max(run.seeds for run in runs)
    print(*loss_panel(lines, last, size_of(file), terminal, seeds), *below, sep="\n", file=file)


def print_fit(model: Model, part: Literal["train"] | PartName, file: TextIO) -> None:
    """Print the fit of a network on a part of its data. Raises UsageError if the part is missing or cannot be drawn."""
    samples = model.samples(part)
    if samples is None:
        raise UsageError(f"has no {part} data", place=str(model.run.path), hint="use --on train")
    fit = Fit(model.outputs, samples, model.data)
    if not fit.drawable:
        if model.data.task == "multilabel":
            raise UsageError("the terminal cannot show a fit of several labels", hint="leave out --term")
        hint = "use `nncli eval` for the metrics"
        raise UsageError("a fit in the terminal is limited to 2 inputs and 7 classes", hint=hint)
    print(*fit_panel(fit, size_of(file), capabilities_of(file)), sep="\n", file=file)


def size_of(file: TextIO) -> tuple[int, int]:
    """Return columns and rows. The last column of a terminal stays free, since some begin a new line there."""
    try:
        columns, rows = os.get_terminal_size(file.fileno()) if file.isatty() else (WIDTH + 1, HEIGHT + RESERVED)
    except OSError:  # the terminal has no size
        columns, rows = WIDTH + 1, HEIGHT + RESERVED
    return columns - 1, min(rows - RESERVED, HEIGHT)
