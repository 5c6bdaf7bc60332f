"""The curves of a range test in characters, and a line for each seed and each candidate."""

from __future__ import annotations

import math
from typing import TextIO

import numpy as np

from nncli.remedies.lr_range import RangeTest
from nncli.render.terminal.canvas import Capabilities, Series, capabilities_of, panel
from nncli.render.terminal.curve import DECADES_FOR_LOG
from nncli.render.terminal.marks import colours_and_marks, needs_marks
from nncli.render.terminal.print_plots import size_of

SUGGESTION = "|"  # the mark of the suggested rate


def print_range_test(test: RangeTest, file: TextIO) -> None:
    """Print the smoothed loss of each seed by learning rate, with a vertical line at the suggested rate."""
    print(*range_panel(test, size_of(file), capabilities_of(file)), sep="\n", file=file)


def range_panel(test: RangeTest, size: tuple[int, int], terminal: Capabilities) -> list[str]:
    """Return a panel of losses by learning rate; losses are on a log scale if they span more than two decades."""
    curves = [curve for curve in test.curves if curve.rates]
    losses = np.concatenate([curve.smoothed for curve in curves])
    log = bool(losses.min() > 0 and np.log10(losses.max() / losses.min()) > DECADES_FOR_LOG)
    series = [
        Series(np.array(curve.rates), np.array(curve.smoothed), colour, mark, line=True, name=f"seed {curve.seed}")
        for curve, (colour, mark) in zip(curves, colours_and_marks(len(curves)), strict=True)
    ]
    rate = np.array([test.learning_rate])
    name = f"suggestion {test.learning_rate:g}"
    series.append(Series(rate, np.zeros(1), "white", SUGGESTION, name=name, vertical=True))
    title = f"smoothed loss by learning rate{' (log scales)' if log else ''}"
    return panel(title, series, size, terminal, marks=needs_marks(len(curves), terminal), log=log, log_x=True)


def range_lines(test: RangeTest) -> list[str]:
    """Return a line for each seed, its lowest loss and the rate there, and for each candidate, its last trial."""
    lines = []
    for curve in test.curves:
        if curve.best_rate is None:
            lines.append(f"seed {curve.seed}: the loss falls at no learning rate")
            continue
        end = "" if curve.stopped is None else f"; {curve.stopped}"
        loss = curve.smoothed[curve.lowest]
        lines.append(f"seed {curve.seed}: lowest loss {loss:.3g} at rate {curve.best_rate:.2g}{end}")
    last = {trial.learning_rate: trial for trial in test.trials}
    for rate, trial in sorted(last.items()):
        finite = math.isfinite(trial.loss)
        result = f"loss {trial.loss:.3g} after" if finite else "diverged within"
        lines.append(f"rate {rate:g}: {result} {trial.steps:,} steps")
    return lines
