"""`nncli plot`."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

from typer import Option

from nncli.cli.options import RUNS, Checkpoint, CheckpointName, Json, PartOfData, RunNames, RunsDir, output_option
from nncli.cli.output_paths import find_runs, usual_path
from nncli.errors import UsageError
from nncli.escaping import json_text
from nncli.render.figures import registry
from nncli.text import join_words

if TYPE_CHECKING:
    from nncli.render.figures.figure_inputs import Request
    from nncli.store import Run

    What: TypeAlias = str  # mypy takes no enumeration whose members it cannot see
else:
    What = StrEnum("What", registry.names())


CURVES = What("curves")
OF_A_PART = registry.names("--on")
WhatOption: TypeAlias = Annotated[What, Option(help=registry.help_text())]
OnOption: TypeAlias = Annotated[
    PartOfData | None,
    Option(
        help=f"Which part of the data, with --what {join_words(OF_A_PART, 'or')}.",
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
    output_option(
        "File to write: .png, .svg or .pdf.",
        default="RUN/figures/WHAT.png; for several runs RUNS_DIR/curves-<hash>.png",
    ),
]
Term: TypeAlias = Annotated[bool, Option("--term", help="Draw into the terminal instead of a file.")]


def plot(
    run: RunNames = None,
    what: WhatOption = CURVES,
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
    from nncli.render.figures import save
    from nncli.render.figures.figure_inputs import Request
    from nncli.system import show_file

    if term and (output is not None or json or open_ or dark):
        raise UsageError("--term writes no file, so --output, --json, --open and --dark do not go with it")
    if output is not None:
        save.check_extension(output)
    check_options(what, on, checkpoint, by_seed)
    runs = _runs(what, run or ["latest"], runs_dir)
    request = Request(runs, checkpoint.value, on.value if on else None, by_seed)
    if term:
        _print(what, request)
        return
    path = _write(what, request, output or usual_path(runs, runs_dir, f"figures/{what}.png"), dark)
    print(json_text({"figure": str(path)}) if json else path, flush=True)
    if open_:
        show_file(path)


def _write(what: What, request: Request, path: Path, dark: bool) -> Path:
    """Draw into a file; return its path."""
    from nncli.render.figures import palette, require_matplotlib, save

    require_matplotlib()
    with palette.on_page(dark=dark):
        save.save(registry.load(what).draw(request), path)
    return path


def _print(what: What, request: Request) -> None:
    """Draw into the terminal. Raises UsageError if the figure needs a file."""
    from nncli.render.terminal import require_uniplot

    if what not in registry.names("--term"):
        raise UsageError(f"--term draws {join_words(registry.names('--term'))}, and {what} needs a file")
    require_uniplot()
    kind = registry.load(what)
    assert kind.print
    kind.print(request, sys.stdout)


def _runs(what: What, names: list[str], runs_dir: Path) -> list[Run]:
    """Return the runs to draw. Raises UsageError for several if the figure shows one."""
    runs = find_runs(runs_dir, names)
    if len(runs) > 1 and not registry.declarations()[what].several_runs:
        hint = "name one, or leave --what out for curves"
        raise UsageError(f"--what {what} draws one run, not {len(runs)}", hint=hint)
    return runs


def check_options(what: What, on: PartOfData | None, checkpoint: CheckpointName, by_seed: bool) -> None:
    """Raise UsageError for an option that the figure does not take."""
    options = registry.declarations()[what].options
    if by_seed and "--by-seed" not in options:
        those = ", ".join(registry.names("--by-seed"))
        raise UsageError(f"--by-seed goes with {those}, and a figure of one network has one seed")
    if on and "--on" not in options:
        those = ", ".join(registry.names("--on"))
        raise UsageError(f"--on goes with --what {those}, not with {what}")
    if checkpoint is CheckpointName.best and "--checkpoint" not in options:
        raise UsageError(f"--checkpoint goes with one moment of training, and {what} shows all epochs")
