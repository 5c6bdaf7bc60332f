"""`nncli film`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

from typer import Argument, Option

from nncli.cli.completion import values
from nncli.cli.options import RUN_HELP, RUNS, Json, RunsDir, output_option
from nncli.cli.output_paths import default_path, find_runs
from nncli.errors import UsageError
from nncli.escaping import json_text

GROUP = "Inspect"

FilmedRuns: TypeAlias = Annotated[
    list[str] | None,
    Argument(
        metavar="RUN [RUN]",
        help=f"{RUN_HELP} Two runs are shown side by side.",
        show_default="latest",
        autocompletion=values.runs,
    ),
]
Frames: TypeAlias = Annotated[int, Option(help="Maximum number of frames.", min=1)]
FramesPerSecond: TypeAlias = Annotated[float, Option(help="Frames per second.", min=0.1, max=50)]
Output: TypeAlias = Annotated[
    Path | None,
    output_option(
        "File to write, ending in .gif.", default="RUN/figures/film.gif; RUNS_DIR/film-<hash>.gif for two runs"
    ),
]


def film(
    run: FilmedRuns = None,
    frames: Frames = 100,
    fps: FramesPerSecond = 12.5,
    output: Output = None,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Make an animated GIF of a network as it learns.

    Each frame shows the predictions after a number of epochs. Print the path of the file.

    \b
    Examples:
      nncli film
      small=$(nncli train configs/sine.yaml init.scale=0.01 -q)
      large=$(nncli train configs/sine.yaml init.scale=0.1 -q)
      nncli film "$small" "$large" -o init.gif
    """
    from nncli.render.figures import require_matplotlib

    if output is not None and output.suffix.lower() != ".gif":
        raise UsageError("a film must end in .gif", place=str(output), hint=f"name it {output.with_suffix('.gif')}")
    names = run or ["latest"]
    if len(names) > 2:
        raise UsageError(f"a film shows one run or two, not {len(names)}")
    runs = find_runs(runs_dir, names)
    require_matplotlib()
    from nncli.render.figures import save
    from nncli.render.film import film as renderer

    path = output or default_path(runs, runs_dir, "figures/film.gif")
    save.write(path, renderer.film(runs, frames, fps))
    print(json_text({"film": str(path)}) if json else path)
