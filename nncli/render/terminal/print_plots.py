"""The plots of a run that has been trained, printed once."""

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
from nncli.render.terminal.fit import Shown, fit_panel

WIDTH, HEIGHT = 80, 20  # columns where no terminal says how many there are, and rows
BELOW = 4  # rows of a terminal that stay free, for the prompt and what was typed


def print_curves(runs: Sequence[Series], file: TextIO) -> None:
    """The loss of a run, on training and validation data; of several, that on training data of each."""
    if len(runs) == 1:
        (run,) = runs
        columns = {"training": "loss", "validation": "val_loss"}
        lines = [
            Line(name, run.epochs, run.columns[each], *run.divergence(each))
            for name, each in columns.items()
            if each in run.columns
        ]
    else:
        lines = [Line("", run.epochs, run.columns["loss"], run.divergence("loss")[0]) for run in runs]
    last = max(run.last for run in runs)
    terminal = capabilities_of(file)
    below = legend([run.full_label for run in runs], terminal) if len(runs) > 1 else []
    seeds = max(run.seeds for run in runs)
    print(*loss_panel(lines, last, _size(file), terminal, seeds), *below, sep="\n", file=file)


def print_fit(model: Model, part: Literal["train"] | PartName, file: TextIO) -> None:
    """What a network makes of a part of its data. Raises UsageError where it has no such part, or no such picture."""
    samples = model.samples(part)
    if samples is None:
        raise UsageError(f"has no {part} data", place=str(model.run.path), hint="--on train")
    shown = Shown(model.outputs, samples, model.data)
    if not shown.possible:
        if model.data.task == "multilabel":
            raise UsageError("the terminal cannot show a fit of several labels", hint="leave --term out")
        hint = "`nncli eval` tells how well it does"
        raise UsageError("a fit in the terminal is of at most 2 inputs and 7 classes", hint=hint)
    print(*fit_panel(shown, _size(file), capabilities_of(file)), sep="\n", file=file)


def _size(file: TextIO) -> tuple[int, int]:
    """Columns and rows: as wide as the terminal, but for the last column, in which some begin a new line."""
    try:
        columns, rows = os.get_terminal_size(file.fileno()) if file.isatty() else (WIDTH + 1, HEIGHT + BELOW)
    except OSError:  # nothing that has a size
        columns, rows = WIDTH + 1, HEIGHT + BELOW
    return columns - 1, min(rows - BELOW, HEIGHT)
