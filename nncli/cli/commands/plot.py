"""`nncli plot`."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

from typer import Option

from nncli.cli.completion import sweep_keys
from nncli.cli.options import RUNS, Checkpoint, CheckpointName, Json, PartOfData, RunNames, RunsDir, output_option
from nncli.cli.output_paths import default_path, find_newest_sweep, find_runs, find_runs_or_sweep
from nncli.errors import UsageError
from nncli.escaping import json_text
from nncli.render.figures import registry
from nncli.text import join_words

if TYPE_CHECKING:
    from nncli.render.figures.figure_inputs import Request
    from nncli.store import Run
    from nncli.sweeps.directory import SweepDirectory

    FigureName: TypeAlias = str  # mypy rejects an enumeration whose members it cannot see
else:
    FigureName = StrEnum("FigureName", registry.names())


GROUP = "Inspect"
DEFAULT, DEFAULT_OF_SWEEP = "curves", "slices"
What: TypeAlias = Annotated[
    FigureName | None, Option(help=registry.help_text(), show_default=f"{DEFAULT}; {DEFAULT_OF_SWEEP} for a sweep")
]
On: TypeAlias = Annotated[
    PartOfData | None,
    Option(
        help=f"Part of the data to draw, with --what {join_words(registry.names('--on'), 'or')}.",
        show_default="train for fit; else test if the experiment has a test part",
    ),
]
BySeed: TypeAlias = Annotated[
    bool,
    Option("--by-seed", help="Draw runs that differ only in the seed as one line: the median, with the range shaded."),
]
Parameters: TypeAlias = Annotated[
    str | None,
    Option(
        metavar="KEY,KEY",
        help=f"Parameters of the sweep to draw, with --what {join_words(registry.names('--parameters'), 'or')}.",
        show_default="those that matter most",
        autocompletion=sweep_keys.parameters,
    ),
]
Dark: TypeAlias = Annotated[bool, Option("--dark", help="Draw for a dark background.")]
Open: TypeAlias = Annotated[bool, Option("--open", help="Open the figure in the system's viewer.")]
Output: TypeAlias = Annotated[
    Path | None,
    output_option(
        "File to write, ending in .png, .svg or .pdf.",
        default="RUN/figures/WHAT.png; RUNS_DIR/WHAT-<hash>.png for several runs",
    ),
]
Term: TypeAlias = Annotated[bool, Option("--term", help="Draw in the terminal instead of writing a file.")]


def plot(
    run: RunNames = None,
    what: What = None,
    on: On = None,
    by_seed: BySeed = False,
    parameters: Parameters = None,
    dark: Dark = False,
    output: Output = None,
    open_: Open = False,
    checkpoint: Checkpoint = CheckpointName.last,
    term: Term = False,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Draw how runs trained, what a network learned, or a sweep.

    Print the path of the figure.

    \b
    Examples:
      nncli plot latest --what fit --on test -o fit.pdf
      nncli plot runs/sine/* --by-seed --dark --open
      nncli plot --what heatmap
    """
    from nncli.render.figures.figure_inputs import Request
    from nncli.system import show_file

    _check_output(output, term, json or open_ or dark)
    selected, sweep = select(what, run or [], runs_dir)
    name = what or (DEFAULT_OF_SWEEP if sweep else DEFAULT)
    check_options(name, on, checkpoint, by_seed, parameters)
    request = Request(selected, checkpoint.value, on.value if on else None, by_seed, sweep, parameters or "")
    if term:
        _print(name, request)
        return
    path = output or default_path([sweep] if sweep else selected, runs_dir, f"figures/{name}.png")
    _write(name, request, path, dark)
    print(json_text({"figure": str(path)}) if json else path, flush=True)
    if open_:
        show_file(path)


def _check_output(output: Path | None, term: bool, has_file_options: bool) -> None:
    """Raise UsageError if the file cannot be a figure, or if options for a file are combined with --term."""
    from nncli.render.figures import save

    if term and (output is not None or has_file_options):
        raise UsageError("--term writes no file and cannot be combined with --output, --json, --open or --dark")
    if output is not None:
        save.check_extension(output)


def _write(what: str, request: Request, path: Path, dark: bool) -> None:
    """Write the figure to a file. Raises UsageError for an option that needs runs."""
    if request.sweep is not None and request.by_seed:
        raise UsageError("--by-seed draws runs, not a sweep", place=request.sweep.name)
    from nncli.render.figures import palette, require_matplotlib, save

    require_matplotlib()
    with palette.on_page(dark=dark):
        save.save(registry.load(what).draw(request), path)


def _print(what: str, request: Request) -> None:
    """Draw in the terminal. Raises UsageError if the figure needs a file."""
    from nncli.render.terminal import require_uniplot

    if request.sweep is not None:
        raise UsageError("--term draws runs, not a sweep", place=request.sweep.name)
    if what not in registry.names("--term"):
        raise UsageError(f"--term draws {join_words(registry.names('--term'))}; {what} needs a file")
    if what == "fit" and len(request.runs) > 1:
        raise UsageError(f"--term draws the fit of one run, not {len(request.runs)}", hint="name one run")
    require_uniplot()
    kind = registry.load(what)
    assert kind.print
    kind.print(request, sys.stdout)


def select(what: str | None, names: list[str], runs_dir: Path) -> tuple[list[Run], SweepDirectory | None]:
    """Return the runs or the sweep to draw; `latest` is the newest sweep if the figure shows only sweeps.

    Raises UsageError if the figure cannot show them.
    """
    from nncli import store

    kind = registry.declarations()[what or DEFAULT]
    if kind.sweeps == "only":
        if len(names) > 1:
            raise UsageError(f"--what {what} draws one sweep, not {len(names)}")
        return [], find_newest_sweep(runs_dir, *(names or ["latest"]))
    names = names or ["latest"]
    if what is None or kind.sweeps:
        runs, sweep = find_runs_or_sweep(runs_dir, names)
    else:
        runs, sweep = find_runs(runs_dir, names), None
        if sweeps := [run for run in runs if store.is_sweep(run.path)]:
            hint = f"name a run of the sweep, as in {sweeps[0].path.name}/00000-seed0"
            raise UsageError(f"--what {what} draws a run, not a sweep", place=str(sweeps[0].path), hint=hint)
    if len(runs) > 1 and not kind.several_runs:
        hint = "name one run, or draw their curves without --what"
        raise UsageError(f"--what {what} draws one run, not {len(runs)}", hint=hint)
    return runs, sweep


def check_options(
    what: str, on: PartOfData | None, checkpoint: CheckpointName, by_seed: bool, parameters: str | None = None
) -> None:
    """Raise UsageError if the figure does not take one of the options."""
    options = registry.declarations()[what].options
    if by_seed and "--by-seed" not in options:
        figures = join_words(registry.names("--by-seed"), "or")
        raise UsageError(f"--by-seed needs --what {figures}; {what} shows one network")
    if on and "--on" not in options:
        figures = join_words(registry.names("--on"), "or")
        raise UsageError(f"--on needs --what {figures}; {what} shows no part of the data")
    if checkpoint is CheckpointName.best and "--checkpoint" not in options:
        raise UsageError(f"--checkpoint cannot be combined with --what {what}, which shows all epochs")
    if parameters is not None and "--parameters" not in options:
        figures = join_words(registry.names("--parameters"), "or")
        raise UsageError(f"--parameters needs --what {figures}")
