"""`nncli film`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

from typer import Argument, Option

from nncli.cli.completion import values
from nncli.cli.options import RUNS, Json, RunsDir, output_option
from nncli.cli.output_paths import find_runs, usual_path
from nncli.errors import UsageError
from nncli.escaping import json_text

OneOrTwo: TypeAlias = Annotated[
    list[str] | None,
    Argument(
        metavar="RUN [RUN]",
        help="Path of a run, a part of its name (the newest that fits), or `latest`; two are filmed side by side.",
        show_default="latest",
        autocompletion=values.runs,
    ),
]
Frames: TypeAlias = Annotated[int, Option(help="How many frames at most, of the snapshots that the run kept.", min=1)]
FramesPerSecond: TypeAlias = Annotated[float, Option(help="Frames a second.", min=0.1, max=50)]
Output: TypeAlias = Annotated[
    Path | None,
    output_option("File to write: .gif.", default="RUN/figures/film.gif; for two runs RUNS_DIR/film-<hash>.gif"),
]


def film(
    run: OneOrTwo = None,
    frames: Frames = 100,
    fps: FramesPerSecond = 12.5,
    output: Output = None,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Make a film of what a network had learned after each of some epochs, an animated GIF; print its path.

    \b
    Examples:
      nncli film
      small=$(nncli train configs/sine.yaml init.scale=0.01 -q)
      large=$(nncli train configs/sine.yaml init.scale=0.1 -q)
      nncli film "$small" "$large" -o init.gif
    """
    from nncli.render.figures import require_matplotlib

    if output is not None and output.suffix.lower() != ".gif":
        raise UsageError("a film is written as .gif", place=str(output), hint=f"name it {output.with_suffix('.gif')}")
    names = run or ["latest"]
    if len(names) > 2:
        raise UsageError(f"a film shows one run or two side by side, not {len(names)}")
    found = find_runs(runs_dir, names)
    require_matplotlib()
    from nncli.render.figures import save
    from nncli.render.film import film as films

    path = output or usual_path(found, runs_dir, "figures/film.gif")
    save.write(path, films.film(found, frames, fps))
    print(json_text({"film": str(path)}) if json else path)
