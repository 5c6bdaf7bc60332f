"""The fits of several runs on one page with common axes, each titled by what distinguishes its run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nncli.errors import NncliError, UsageError
from nncli.render.figures import style
from nncli.render.figures.figure_inputs import Request, part_label
from nncli.render.figures.fit_panel import Fit, check_inputs, draw_panel, fit_of, has_curve
from nncli.render.figures.labels import labels
from nncli.render.figures.series import settings_of
from nncli.render.figures.sweep_trials import sweep_trials
from nncli.render.limits import limits
from nncli.text import count_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from nncli.arrays import Array
    from nncli.store import Run

MAX_FITS = 16
MAX_COLUMNS = 4
WIDE, SQUARE = (3.0, 2.5), (2.9, 3.1)  # inches
MAP_WIDTH, MAP_HEIGHTS, MAP_MARGIN = 2.3, (0.9, 2.3), 1.4  # inches
LINE_LENGTH = 36  # characters of a panel's title


class Fits(NamedTuple):
    """The fits of several runs, and a label that distinguishes each from the others."""

    title: str
    labels: Sequence[str]
    fits: Sequence[Fit]


def draw_fits(request: Request) -> Figure:
    """Draw the runs, or the best 16 trials of a sweep, on a part of their data, by default the training data.

    Raises UsageError for too many runs, or for data that cannot share a page.
    """
    from nncli.model import Model

    part = request.part or "train"
    if request.sweep is None:
        runs, title = list(request.runs), count_of(len(request.runs), "run")
        names = [run.name for run in runs]
    else:
        runs, names, title = _trials(request)
    if len(runs) > MAX_FITS:
        hint = "name fewer runs, or draw each with: nncli plot RUN --what fit"
        raise UsageError(f"--what fit draws at most {MAX_FITS} runs, not {len(runs)}", hint=hint)
    fits = [fit_of(Model(run, request.checkpoint), part) for run in runs]
    _check_data(runs, fits)
    distinct = labels(names, [settings_of(run) for run in runs])
    return fits_page(Fits(f"{title}, {part_label(part)}", distinct, fits))


def _trials(request: Request) -> tuple[list[Run], list[str], str]:
    """Return the runs of the trials of a sweep with its first seed, their names, and the title of the page."""
    trials, sweep = sweep_trials(request), request.sweep
    assert sweep is not None
    order = [*trials.analysis.order, *map(int, trials.table.having("pruned", "diverged"))]
    runs: dict[int, Run] = {}
    for index in order:
        trial = trials.table.trials[index]
        run = sweep.run(trial.trainings[min(trial.trainings)].run)
        if len(runs) < MAX_FITS and run.has_checkpoint(request.checkpoint):
            runs[trial.number] = run
    if not runs:
        message = "has no trial with saved weights, so there is no fit to plot"
        raise NncliError(message, place=str(sweep.path))
    count = len(trials.table.trials)
    seed = f", seed {trials.table.plan.first_seed}" if len(trials.table.plan.seeds) > 1 else ""
    some = count_of(count, "trial") if len(runs) == count else f"the best {len(runs)} of {count} trials"
    numbers = sorted(runs)
    return [runs[n] for n in numbers], [f"trial {n}" for n in numbers], f"{sweep.name}\n{some}{seed}"


def _check_data(runs: Sequence[Run], fits: Sequence[Fit]) -> None:
    """Raise UsageError if the fits cannot share a page."""
    hint = "draw each one alone: nncli plot RUN --what fit"
    check_inputs(fits[0].data)
    if fits[0].data.label_names and len(fits[0].data.input_names) > 1:
        raise UsageError("a fit of several labels fills a page", place=str(runs[0].path), hint=hint)
    kinds = [(fit.data.task, fit.data.input_names, fit.data.target_names, fit.data.class_names) for fit in fits]
    for run, kind in zip(runs, kinds, strict=True):
        if kind != kinds[0]:
            message = f"its data differ from those of {runs[0].name}, so that they cannot share a page"
            raise UsageError(message, place=str(run.path), hint=hint)


@style.apply()
def fits_page(contents: Fits) -> Figure:
    """Draw a panel for each fit, with the same limits."""
    count = len(contents.fits)
    columns = count if count <= 3 else min(math.ceil(math.sqrt(count * 1.3)), MAX_COLUMNS)
    figure, panels = style.new_figure(count, _size(contents.fits[0]), columns=columns)
    for number, (axes, label, fit) in enumerate(zip(panels, contents.labels, contents.fits, strict=True)):
        draw_panel(axes, fit, colour_bar=False)
        axes.set_title("\n".join([_wrap(label), fit.title.splitlines()[-1]]), fontsize=8)
        if number % columns:
            axes.set_ylabel("")
        if number + columns < count:
            axes.set_xlabel("")
    _share_limits(panels, contents.fits)
    style.title(figure, contents.title)
    style.legend_below(figure, panels[0].get_legend_handles_labels()[0])
    return figure


def _size(fit: Fit) -> style.Size:
    """Return the size of a panel; that of a map follows its inputs."""
    if has_curve(fit.data):
        return WIDE
    if fit.data.class_names:
        x, y = np.ptp(fit.samples.inputs, axis=0)
        return SQUARE[0], float(np.clip(MAP_WIDTH * y / max(x, 1e-9), *MAP_HEIGHTS)) + MAP_MARGIN
    return SQUARE


def _wrap(label: str) -> str:
    """Wrap a label over lines that fit a panel."""
    lines: list[str] = []
    for word in label.split():
        if lines and len(lines[-1]) + len(word) + 1 <= LINE_LENGTH:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "\n".join(style.label(line, LINE_LENGTH) for line in lines)


def _share_limits(panels: Sequence[Axes], fits: Sequence[Fit]) -> None:
    """Give all panels the limits that contain each; predictions far from the data do not extend those of a curve."""
    x = np.array([axes.get_xlim() for axes in panels])
    y = np.array([axes.get_ylim() for axes in panels])
    low, high = float(y[:, 0].min()), float(y[:, 1].max())
    if fits[0].data.task == "regression" and has_curve(fits[0].data):
        truth: Array = np.concatenate([fit.samples.t.reshape(-1) for fit in fits])
        lines = [np.asarray(line.get_ydata(), float) for axes in panels for line in axes.get_lines()]
        low, high = limits(truth, np.concatenate(lines))
    for axes in panels:
        axes.set(xlim=(x[:, 0].min(), x[:, 1].max()), ylim=(low, high))
